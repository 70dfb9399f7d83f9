"""One's own problems, and known formats, from files, folders, saved datasets, the hub's cache and installed packages."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cotbench.benchmarks.registry import describe_benchmarks, load_benchmark
from cotbench.core.errors import BenchmarkError
from cotbench.core.problem import CallCase, StdinCase

DOUBLE: dict[str, Any] = {
    "id": "double",
    "statement": "Return twice x.",
    "entry": "double",
    "public": [{"arguments": [1], "expected": 2}],
    "hidden": [{"arguments": [[4, "a"]], "expected": None}],
    "date": "2026-01-01",
}
ECHO: dict[str, Any] = {
    "id": "echo",
    "statement": "Print it.",
    "entry": "stdin",
    "hidden": [{"stdin": "é\n", "expected": "é\n"}],
    "difficulty": "hard",
    "platform": "atcoder",
}
HALVE = {
    "task_id": "Ours/0",
    "prompt": 'def halve(x: int) -> int:\n    """Return half of x.\n    >>> halve(4)\n    2\n    """\n',
    "entry_point": "halve",
    "canonical_solution": "    return x // 2\n",
    "test": "def check(candidate):\n    assert candidate(4) == 2\n",
}
HIDDEN = {"double": (CallCase(([4, "a"],), None),), "echo": (StdinCase("é\n", "é\n"),)}


def table(rows: list[dict[str, Any]]) -> Any:
    """Return own problems as a table: cases of mixed types are written as one text."""
    import datasets

    flat = [{**row, "hidden": json.dumps(row["hidden"])} for row in rows]
    keys = {key for row in flat for key in row}
    return datasets.Dataset.from_list([{key: row.get(key) for key in sorted(keys)} for row in flat])


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def make(kind: str, folder: Path) -> Path:
    path = folder / f"mine.{kind}"
    if kind == "jsonl":
        path.write_text(lines([DOUBLE, ECHO]))
    elif kind == "jsonl.gz":
        path.write_bytes(gzip.compress(lines([DOUBLE, ECHO]).encode()))
    elif kind == "json":
        path.write_text(json.dumps([DOUBLE, ECHO], indent=1))
    elif kind == "parquet":
        table([DOUBLE, ECHO]).to_parquet(str(path))
    elif kind == "folder":
        path.mkdir()
        (path / "1.jsonl").write_text(lines([DOUBLE]))
        (path / "2.json").write_text(json.dumps([ECHO]))
        (path / "readme.txt").write_text("not a problem")
    elif kind == "saved":
        table([DOUBLE, ECHO]).save_to_disk(str(path))
    else:
        import datasets

        datasets.DatasetDict({"train": table([ECHO]), "test": table([DOUBLE, ECHO])}).save_to_disk(str(path))
    return path


@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "json", "parquet", "folder", "saved", "splits"])
def test_own_problems_from_every_source(kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = make(kind, tmp_path)
    capfd.readouterr()
    benchmark = load_benchmark(str(path))
    assert {problem.id: problem.hidden for problem in benchmark.problems} == HIDDEN
    double, echo = benchmark.problems
    assert (double.public, double.date) == ((CallCase((1,), 2),), "2026-01-01")
    assert (echo.difficulty, echo.source) == ("hard", "atcoder")
    assert load_benchmark(str(path)).digest == benchmark.digest
    assert [problem.id for problem in load_benchmark(f"{path}[1:]").problems] == ["echo"]
    assert capfd.readouterr() == ("", ""), "loading is silent"


def test_a_known_format_is_told_by_its_content(tmp_path: Path) -> None:
    import datasets

    rows = datasets.Dataset.from_list([HALVE])
    rows.to_parquet(str(tmp_path / "rows.parquet"))
    rows.save_to_disk(str(tmp_path / "saved"))
    (tmp_path / "rows.json").write_text(json.dumps([HALVE]))
    (tmp_path / "rows.jsonl").write_text(lines([HALVE]))
    wanted = load_benchmark(f"humaneval:{tmp_path / 'rows.jsonl'}")
    for name in ("rows.parquet", "saved", "rows.json", "rows.jsonl"):
        found = load_benchmark(str(tmp_path / name))
        assert (found.problems, found.digest) == (wanted.problems, wanted.digest)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", "{}", "a.json is no list of problems"),
        ("a.json", "[", "a.json: JSONDecodeError"),
        ("a.json", "[]", "holds no problems"),
        ("a.json", json.dumps([DOUBLE, DOUBLE]), "row 2: id: double is already on row 1"),
        ("a.json", json.dumps([DOUBLE, {**ECHO, "entry": 3}]), "row 2: entry: "),
        ("a.parquet", "no table", "cannot read"),
        ("empty/readme.txt", "", "no file in it ends in .jsonl, .jsonl.gz, .json or .parquet"),
    ],
)
def test_what_cannot_be_read_says_why(name: str, content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    asked = path.parent if path.suffix == ".txt" else path
    with pytest.raises(BenchmarkError) as raised:
        load_benchmark(str(asked))
    assert said in str(raised.value)
    assert asked.name in str(raised.value)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty hub cache and no network."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "prepared")
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    return tmp_path / "hub"


def cache(hub: Path, name: str, files: dict[str, Any]) -> None:
    repository = hub / f"datasets--{name.replace('/', '--')}"
    data = repository / "snapshots" / ("7" * 40) / "data"
    data.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("7" * 40)
    for file, rows in files.items():
        rows.to_parquet(str(data / file))


def test_a_dataset_of_the_hub_from_its_cache(hub: Path) -> None:
    train, test = table([{**DOUBLE, "id": "other"}, ECHO]), table([DOUBLE, ECHO])
    cache(hub, "someone/problems", {"train-00000-of-00001.parquet": train, "test-00000-of-00001.parquet": test})
    benchmark = load_benchmark("someone/problems")
    assert (benchmark.name, [problem.id for problem in benchmark.problems]) == ("problems", ["double", "echo"])
    assert [problem.id for problem in load_benchmark("someone/problems:train").problems] == ["other", "echo"]
    assert [problem.id for problem in load_benchmark("someone/problems[:1]").problems] == ["double"]
    with pytest.raises(BenchmarkError, match="it has the splits train, test: name one"):
        load_benchmark("someone/problems:dev")


def test_a_hub_that_cannot_be_reached_is_one_line(hub: Path) -> None:
    with pytest.raises(BenchmarkError) as raised:
        load_benchmark("someone/absent")
    said = str(raised.value)
    assert "the dataset someone/absent of the hub could not be loaded" in said
    assert "--benchmark PATH" in said
    assert "\n" not in said


PLUGIN = """
from collections.abc import Iterator
from pathlib import Path
from cotbench.core.problem import Benchmark, CallCase, Entry, Problem

def load(path: Path | None = None) -> Benchmark:
    hidden = (CallCase((1,), 2),)
    return Benchmark(path.name if path else "puzzles", "d" * 64, (Problem("p", "s", Entry("function", "f"), hidden),))

def broken():
    raise RuntimeError("no such table")

def other():
    return 3
"""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A distribution on the path, as an installer leaves it."""
    (tmp_path / "puzzle_pack.py").write_text(PLUGIN)
    info = tmp_path / "puzzle_pack-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: puzzle-pack\nVersion: 1.2\n")
    points = (
        "puzzles = puzzle_pack:load\nbroken = puzzle_pack:broken\nother = puzzle_pack:other\nstarter = puzzle_pack:load"
    )
    (info / "entry_points.txt").write_text(f"[cotbench.benchmarks]\n{points}\nabsent = puzzle_pack_two:load\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("puzzle_pack", None)


@pytest.mark.usefixtures("plugin")
def test_a_benchmark_of_an_installed_package() -> None:
    assert load_benchmark("puzzles").problems[0].hidden == (CallCase((1,), 2),)
    assert load_benchmark("puzzles:some/file.txt").name == "file.txt"
    assert load_benchmark("starter").name == "starter", "built-in names come first"
    for name, said in [
        ("broken", "the benchmark broken of puzzle-pack 1.2 failed: RuntimeError: no such table"),
        ("other", "gave int, not a Benchmark"),
        ("absent", "ModuleNotFoundError"),
        ("puzles", "did you mean puzzles"),
    ]:
        with pytest.raises(BenchmarkError, match=said):
            load_benchmark(name)


@pytest.mark.usefixtures("plugin")
def test_listing_shows_installed_benchmarks_without_importing_them() -> None:
    listed = {listing.name: listing.origin for listing in describe_benchmarks()}
    assert listed["puzzles"] == "puzzle-pack 1.2"
    assert "puzzle_pack" not in sys.modules


def test_the_digest_follows_the_content_of_a_table(tmp_path: Path) -> None:
    table([DOUBLE]).to_parquet(str(tmp_path / "a.parquet"))
    before = load_benchmark(str(tmp_path)).digest
    assert before == load_benchmark(str(tmp_path / "a.parquet")).digest
    table([{**DOUBLE, "hidden": [{"arguments": [1], "expected": 3}]}]).to_parquet(str(tmp_path / "a.parquet"))
    assert load_benchmark(str(tmp_path)).digest != before
