"""Rows of LiveCodeBench's files, read one at a time, and their private cases, which stay in the file.

The files are large (4 GB for a whole release) and nearly all of that is private cases. So a file of JSON lines is
read once for everything else, and the place of each line is remembered; from a packed file the private cases are
kept compressed.
"""

from __future__ import annotations

import datetime
import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cotbench.benchmarks.schema import first_fault
from cotbench.core.errors import BenchmarkError
from cotbench.core.ids import digest

ENDINGS = (".jsonl", ".jsonl.gz", ".parquet")
_FAST = 1


class LiveRow(BaseModel):
    """One row but for its private cases. The columns `metadata` and `public_test_cases` are JSON texts."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    question_id: str = Field(min_length=1)
    question_content: str = Field(min_length=1)
    platform: str
    contest_id: str = ""
    contest_date: str
    starter_code: str = ""
    difficulty: str
    public_test_cases: str
    metadata: str = ""

    @field_validator("contest_date", mode="before")
    @classmethod
    def _day(cls, value: object) -> object:
        """Take a time as the text or the date that it is; keep the day."""
        moment = value if isinstance(value, datetime.date) else datetime.datetime.fromisoformat(str(value))
        return moment.isoformat()[:10]


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Found:
    """A row, where it stands, for messages, and how to get its private cases: a packed text, read at every call."""

    row: LiveRow
    where: str
    private: Callable[[], str]


@dataclass(frozen=True, slots=True)
class _Line:
    """The private cases in a line of a file that does not change. Raises BenchmarkError if it did."""

    path: Path
    where: str
    offset: int
    length: int
    check: bytes

    def __call__(self) -> str:
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                line = file.read(self.length)
        except OSError as error:
            raise BenchmarkError(f"{self.where}: it can no longer be read: {error.strerror or error}") from error
        if _check(line) != self.check:
            raise BenchmarkError(f"{self.where}: the file has changed since it was loaded")
        return _private(_parsed(line, self.where), self.where)


@dataclass(frozen=True, slots=True)
class _Held:
    """Private cases that are kept in memory, compressed."""

    packed: bytes

    def __call__(self) -> str:
        return zlib.decompress(self.packed).decode("utf-8", "surrogatepass")


def read_rows(path: Path, whole: _Hash) -> Iterator[Found]:
    """Give the rows of a file (.jsonl, .jsonl.gz, .parquet) in its order; `whole` takes in its content.

    Raises BenchmarkError naming the file, the row and the field at fault.
    """
    if not path.is_file():
        raise BenchmarkError(f"there is no file {path}", hint="LiveCodeBench's are test.jsonl to test6.jsonl")
    if not path.name.endswith(ENDINGS):
        raise BenchmarkError(
            f"{path} is not a file of LiveCodeBench", hint=f"its name must end in {', '.join(ENDINGS)}"
        )
    if path.suffix == ".parquet":
        yield from _table(path, whole)
        return
    offset, place = 0, path.absolute()
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                whole.update(line)
                if line.strip():
                    where = f"{path}, line {number}"
                    data = _parsed(line, where)
                    private = _private(data, where)
                    if path.suffix == ".gz":
                        yield Found(_row(data, where), where, _held(private))
                    else:
                        yield Found(_row(data, where), where, _Line(place, where, offset, len(line), _check(line)))
                offset += len(line)
    except (OSError, EOFError, zlib.error) as error:
        raise BenchmarkError(f"cannot read {path}: {error}") from error


def _table(path: Path, whole: _Hash) -> Iterator[Found]:
    import pyarrow
    from pyarrow import parquet

    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=1):
                for data in batch.to_pylist():
                    number += 1
                    where = f"{path}, row {number}"
                    private = _private(data, where)
                    row = _row(data, where)
                    whole.update(digest([row.model_dump(), private]).encode())
                    yield Found(row, where, _held(private))
    except (OSError, pyarrow.ArrowException) as error:
        raise BenchmarkError(f"cannot read {path}: {error}") from error


def _parsed(line: bytes, where: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BenchmarkError(f"{where}: not JSON: {error}") from error


def _row(data: object, where: str) -> LiveRow:
    try:
        return LiveRow.model_validate(data)
    except ValidationError as error:
        raise BenchmarkError(f"{where}: {first_fault(error)}") from error


def _private(data: object, where: str) -> str:
    private = data.get("private_test_cases") if isinstance(data, dict) else None
    if not isinstance(private, str):
        raise BenchmarkError(f"{where}: private_test_cases: a text is needed")
    return private


def _held(private: str) -> _Held:
    return _Held(zlib.compress(private.encode("utf-8", "surrogatepass"), _FAST))


def _check(line: bytes) -> bytes:
    return hashlib.blake2b(line, digest_size=16).digest()
