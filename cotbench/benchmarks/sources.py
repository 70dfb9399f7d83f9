"""Benchmarks from wherever users keep them: a file, a folder, a saved dataset, a dataset of the hub.

What the rows are is told from their content: one of the known formats, or the schema for one's own problems.
"""

from __future__ import annotations

import gzip
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from cotbench.benchmarks import jsonl
from cotbench.benchmarks.formats import format_of_row
from cotbench.benchmarks.hub import Missing, chosen_rows, saved_rows, table_rows
from cotbench.benchmarks.jsonl import Faulty
from cotbench.core.errors import BenchmarkError
from cotbench.core.problem import Benchmark, Problem

ENDINGS = (".jsonl", ".jsonl.gz", ".json", ".parquet")
"""How the names of files end that can be read."""

Load: TypeAlias = Callable[[Path], Benchmark]

_SAVED = ("dataset_info.json", "dataset_dict.json")
_HUB_NAME = re.compile(r"([A-Za-z0-9][\w.-]*/[\w.-]+)(?::([\w.-]+))?")


def is_hub_name(name: str) -> bool:
    """Whether a name may be that of a dataset of the hub, `org/name` or `org/name:split`."""
    return _HUB_NAME.fullmatch(name) is not None and not name.endswith(ENDINGS)


def load_path(path: Path, loader_for: Callable[[str], Load]) -> Benchmark:
    """Return the benchmark in a file or a folder; `loader_for` gives the loader of a known format by its name.

    Raises BenchmarkError if it cannot be read, or naming the row that cannot be understood.
    """
    if path.is_file() and path.name.endswith((".jsonl", ".jsonl.gz")):
        known = format_of_row(_first_line(path))
        return loader_for(known)(path) if known else jsonl.load(path)
    try:
        rows = _rows_of(path)
    except Missing as error:
        raise BenchmarkError(f"cannot read {path}: {error}") from error
    known = format_of_row(rows[0]) if rows else None
    if known and path.is_dir() and known == "livecodebench":
        # Its rows are too large to be held at the same time.
        return loader_for(known)(path)
    return _from_rows(rows, _stem(path), str(path), loader_for)


def load_hub(name: str, loader_for: Callable[[str], Load]) -> Benchmark:
    """Return the benchmark in a dataset of the hub, from its cache if it is there. Raises BenchmarkError."""
    found = _HUB_NAME.fullmatch(name)
    repository, split = (found[1], found[2] or "") if found else (name, "")
    try:
        rows = chosen_rows(repository, split)
    except Missing as error:
        raise BenchmarkError(
            f"there is no file or folder {name}, and the dataset {repository} of the hub could not be loaded: {error}",
            hint=f"download its files elsewhere and name their folder or one: --benchmark PATH ({_some(ENDINGS)})",
        ) from error
    return _from_rows(rows, repository.rsplit("/", 1)[-1], name, loader_for)


def own_entries(path: Path) -> Iterator[tuple[str, Problem | Faulty]] | None:
    """Give each entry of a file or folder of one's own problems, where it is and what it holds or what is wrong.

    None if it is in one of the other formats. Raises BenchmarkError if it cannot be read.
    """
    if path.is_file() and path.name.endswith((".jsonl", ".jsonl.gz")):
        return None if format_of_row(_first_line(path)) else jsonl.entries(jsonl.read_text(path), path.name)
    try:
        rows = _rows_of(path)
    except Missing as error:
        raise BenchmarkError(f"cannot read {path}: {error}") from error
    return None if rows and format_of_row(rows[0]) else jsonl.row_entries(rows, path.name)


def _rows_of(path: Path) -> Sequence[object]:
    """Return the rows of a file, or of all files of a folder in the order of their names. Raises Missing."""
    if path.is_file():
        return _rows_of_file(path)
    if any((path / name).is_file() for name in _SAVED):
        return saved_rows(path, "")
    files = sorted(item for item in path.iterdir() if item.is_file() and item.name.endswith(ENDINGS))
    if not files:
        raise Missing(f"no file in it ends in {_some(ENDINGS)}")
    return [row for file in files for row in _rows_of_file(file)]


def _rows_of_file(path: Path) -> Sequence[object]:
    if path.suffix == ".parquet":
        return table_rows(path)
    # Not through the library: the columns of such files need not have a single type.
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            if path.suffix != ".json":
                return [json.loads(line) for line in file if line.strip()]
            rows = json.load(file)
    except (OSError, EOFError, ValueError, RecursionError) as error:
        raise Missing(f"{path.name}: {type(error).__name__}: {error}") from error
    if not isinstance(rows, list):
        raise Missing(f"{path.name} is no list of problems")
    return rows


def _from_rows(rows: Sequence[object], name: str, place: str, loader_for: Callable[[str], Load]) -> Benchmark:
    if not rows:
        raise BenchmarkError(f"{place} holds no problems")
    known = format_of_row(rows[0])
    if known is None:
        return jsonl.from_rows(rows, name, place)
    if known == "livecodebench":
        raise BenchmarkError(
            f"{place} is in the format of {known}, whose rows are read from files only",
            hint=f"download them and name their folder: --benchmark {known}:PATH",
        )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        try:
            return loader_for(known)(file)
        except BenchmarkError as error:
            raise BenchmarkError(error.message.replace(str(file), place), hint=error.hint) from error


def _first_line(path: Path) -> object:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            return json.loads(next((line for line in file if line.strip()), ""))
    except (OSError, EOFError, ValueError, RecursionError):
        return None


def _stem(path: Path) -> str:
    name = path.resolve().name
    for ending in sorted(ENDINGS, key=len, reverse=True):
        name = name.removesuffix(ending)
    return name


def _some(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
