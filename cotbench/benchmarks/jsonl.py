"""A user's own benchmark: JSON lines, one problem per line (docs/own_benchmark.md has every field).

    {"id": "double", "statement": "Return twice x.", "entry": "double", "starter": "def double(x):\\n",
     "public": [{"arguments": [1], "expected": 2}], "hidden": [{"arguments": [4], "expected": 8}]}

`entry` is the name of a function, or "stdin" for programs; the cases of those hold `stdin` and `expected`. A case
`{"check": "def check(candidate): ..."}` is a test program; with `"in_process": true` it runs beside the program, for
results that are not plain data. `checker` is the source of a function `check(given, produced, expected)` for a problem
with many right answers; `given` is the tuple of arguments, or the input. `id`, `statement`, `entry` and `hidden` are
needed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError

from cotbench.benchmarks.schema import CHECKER, Written, WrittenCase, convert_cases, every_fault, function_or_stdin
from cotbench.core.errors import BenchmarkError
from cotbench.core.ids import digest
from cotbench.core.problem import Benchmark, Entry, Problem
from cotbench.core.syntax import checker_fault
from cotbench.core.window import is_date


class Faulty(ValueError):
    """A problem that is not of the schema; `faults` says in which fields and why, one text each."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(faults[0])
        self.faults = faults


def _date(text: str) -> str:
    if text and not is_date(text):
        raise ValueError(f"{text!r} is not a date like 2024-05-31")
    return text


class _WrittenProblem(Written):
    id: str = Field(min_length=1)
    statement: str = Field(min_length=1)
    entry: str = Field(min_length=1)
    hidden: list[WrittenCase] = Field(min_length=1)
    public: list[WrittenCase] = Field(default_factory=list)
    starter: str = ""
    comparer: str = ""
    checker: str = ""
    reference: str = ""
    difficulty: str = ""
    date: Annotated[str, AfterValidator(_date)] = ""
    platform: str = ""
    tags: list[str] = Field(default_factory=list)
    time_limit: float = Field(default=4.0, gt=0, allow_inf_nan=False)


def load(path: Path) -> Benchmark:
    """Return the problems of a file (.jsonl or .jsonl.gz) in its order; the benchmark is called after the file.

    Raises BenchmarkError naming the file, the line and the field at fault.
    """
    text = read_text(path)
    problems = _all_of(entries(text, path.name), str(path))
    if not problems:
        raise BenchmarkError(f"{path} holds no problems", hint="one JSON object per line")
    name = path.name.removesuffix(".gz").removesuffix(".jsonl")
    return Benchmark(name, hashlib.sha256(text.encode()).hexdigest(), problems)


def from_rows(rows: Iterable[object], name: str, place: str) -> Benchmark:
    """Return the problems of a table's rows; `place` says where they are from.

    In a table, cases may also be written as one JSON text per field, because lists of mixed types fit no column, and
    what a row leaves out is null. Raises BenchmarkError naming the row and the field at fault.
    """
    plain = [_without_nulls(row) for row in rows]
    return Benchmark(name, digest(plain), _all_of(row_entries(plain, name), place))


def read_text(path: Path) -> str:
    """Return the text of a file of JSON lines, .gz too, without a byte order mark. Raises BenchmarkError."""
    try:
        raw = path.read_bytes()
        return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise BenchmarkError(f"cannot read {path}: {error}") from error


def entries(text: str, source: str) -> Iterator[tuple[str, Problem | Faulty]]:
    """Give each line that is not blank as where it is (`line 3`) and its problem, or what is wrong with it."""
    # Not `splitlines`: a JSON text may hold separators other than the newline.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield f"line {number}", Faulty((f"not JSON: {error}",))
        else:
            yield f"line {number}", _read(data, source)


def row_entries(rows: Iterable[object], source: str) -> Iterator[tuple[str, Problem | Faulty]]:
    """Give each row of a table as where it is (`row 3`) and its problem, or what is wrong with it."""
    for number, row in enumerate(rows, start=1):
        yield f"row {number}", _read(_without_nulls(row), source)


def _read(data: object, source: str) -> Problem | Faulty:
    try:
        return _problem(_WrittenProblem.model_validate(data), source)
    except ValidationError as error:
        return Faulty(every_fault(error))
    except Faulty as error:
        return error
    except ValueError as error:
        return Faulty((str(error),))


def _all_of(found: Iterable[tuple[str, Problem | Faulty]], place: str) -> tuple[Problem, ...]:
    where: dict[str, str] = {}
    problems: list[Problem] = []
    for line, item in found:
        if isinstance(item, Faulty):
            more = f"{len(item.faults) - 1} more faults there; " if len(item.faults) > 1 else ""
            hint = f"{more}`cotbench benchmark validate {place}` lists all"
            raise BenchmarkError(f"{place}, {line}: {item.faults[0]}", hint=hint)
        if item.id in where:
            raise BenchmarkError(f"{place}, {line}: id: {item.id} is already on {where[item.id]}")
        where[item.id] = line
        problems.append(item)
    return tuple(problems)


def _problem(written: _WrittenProblem, source: str) -> Problem:
    entry = Entry("stdin") if written.entry == "stdin" else Entry("function", written.entry)
    faults: list[str] = []
    if entry.kind == "function" and not entry.name.isidentifier():
        faults.append(f"entry: {entry.name!r} is neither the name of a function nor stdin")
    if written.checker and written.comparer not in ("", CHECKER):
        faults.append("comparer: a problem has a checker or another comparer, not both")
    if written.checker and (fault := checker_fault(written.checker)):
        faults.append(f"checker: the source {fault}")
    public = convert_cases(written.public, "public", entry.kind, faults)
    hidden = convert_cases(written.hidden, "hidden", entry.kind, faults)
    if faults:
        raise Faulty(tuple(faults))
    return Problem(
        id=written.id,
        statement=written.statement,
        entry=entry,
        hidden=hidden,
        public=public,
        starter=written.starter,
        comparer=CHECKER if written.checker else written.comparer or function_or_stdin(entry),
        oracle=written.checker,
        reference=written.reference,
        time_limit=written.time_limit,
        difficulty=written.difficulty,
        date=written.date,
        source=written.platform or source,
        tags=tuple(written.tags),
    )


def _without_nulls(row: object) -> object:
    if not isinstance(row, dict):
        return row
    plain = {key: value for key, value in row.items() if value is not None}
    for field in ("public", "hidden"):
        cases = plain.get(field)
        if isinstance(cases, str):
            try:
                cases = json.loads(cases)
            except (ValueError, RecursionError):
                continue
        if isinstance(cases, list):
            plain[field] = [_case_without_nulls(case) for case in cases]
    return plain


def _case_without_nulls(case: object) -> object:
    if not isinstance(case, dict):
        return case
    kept = {key: value for key, value in case.items() if value is not None}
    # Null is a value that a function may return.
    return {"expected": None, **kept} if "arguments" in kept else kept
