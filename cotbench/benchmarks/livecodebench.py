"""LiveCodeBench (Jain et al. 2024): dated problems of programming contests, as functions and as stdin programs.

Public cases are the source's public ones, hidden cases its private ones. A source that repeats public cases among its
private ones is left as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from cotbench.benchmarks.livecodebench_files import find_release
from cotbench.benchmarks.livecodebench_rows import Found, read_rows
from cotbench.benchmarks.packed import NotText, unpack
from cotbench.benchmarks.schema import STDIN, first_fault
from cotbench.core.errors import BenchmarkError
from cotbench.core.problem import Benchmark, CallCase, Case, Entry, Problem, StdinCase
from cotbench.core.stored import StoredCases

CALL = "livecodebench-call"
TIME_LIMIT = 6.0
"""Seconds per case: the default of `--timeout` in lcb_runner/runner/parser.py."""

# What lcb_runner/evaluation/testing_util.py puts before every program (`import_string`).
_STARRED = (
    "string re datetime collections heapq bisect copy math random statistics itertools functools operator io sys json"
)
_PRELUDE = (
    "".join(f"from {module} import *\n" for module in [*_STARRED.split(), "builtins", "typing"])
    + "".join(f"import {module}\n" for module in _STARRED.split())
    + "sys.setrecursionlimit(50000)\n"
)


class _WrittenCase(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    input: str
    output: str


class _Metadata(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    func_name: str | None = None


_CASES = TypeAdapter(list[_WrittenCase])


def load(path: Path | None = None, release: str | None = None) -> Benchmark:
    """Return a release of LiveCodeBench from the hub or its cache, or from a file or a folder of its files.

    Without `release`: the newest one, or all that the folder has. Hidden cases stay in the files.
    Raises BenchmarkError if no source works, or naming the row that cannot be understood.
    """
    release, files = find_release(path, release)
    whole = hashlib.sha256()
    problems: dict[str, Problem] = {}
    places: dict[str, str] = {}
    for file in files:
        for found in read_rows(file, whole):
            problem = _problem(found)
            if problem.id in problems:
                raise BenchmarkError(f"{found.where}: {problem.id} is already at {places[problem.id]}")
            problems[problem.id], places[problem.id] = problem, found.where
    if not problems:
        raise BenchmarkError(f"{', '.join(map(str, files))}: no problems there")
    return Benchmark(
        name=f"livecodebench@{release}" if release else "livecodebench",
        digest=whole.hexdigest(),
        problems=tuple(problems.values()),
    )


def _problem(found: Found) -> Problem:
    row = found.row
    try:
        name = _Metadata.model_validate_json(row.metadata or "{}").func_name or ""
    except ValidationError as error:
        raise BenchmarkError(f"{found.where}: metadata: {first_fault(error)}") from error
    if name and not name.isidentifier():
        raise BenchmarkError(f"{found.where}: metadata: func_name: {name!r} is not the name of a function")
    entry = Entry("function", name) if name else Entry("stdin")
    public = _cases(row.public_test_cases, entry, f"{found.where}: public_test_cases")
    return Problem(
        id=row.question_id,
        statement=row.question_content,
        entry=entry,
        hidden=StoredCases(CallCase if name else StdinCase, _Hidden(found.private, found.where, entry, public)),
        public=public,
        starter=row.starter_code,
        # A method may be called like something that the star imports brought, which it must not be taken for.
        prelude=f'{_PRELUDE}globals().pop("{name}", None)\n' if name else _PRELUDE,
        comparer=CALL if name else STDIN,
        time_limit=TIME_LIMIT,
        difficulty=row.difficulty,
        date=row.contest_date,
        source=row.platform,
        tags=(f"contest:{row.contest_id}",) if row.contest_id else (),
    )


@dataclass(frozen=True, slots=True)
class _Hidden:
    """Reads a problem's private cases, after the public ones. Raises BenchmarkError."""

    private: Callable[[], str]
    where: str
    entry: Entry
    public: tuple[Case, ...]

    def __call__(self) -> Sequence[Case]:
        where = f"{self.where}: private_test_cases"
        try:
            text = unpack(self.private())
        except NotText as error:
            raise BenchmarkError(f"{where}: {error}") from error
        # As the official judge: a program must pass both lists.
        cases = (*self.public, *_cases(text, self.entry, where))
        if not cases:
            raise BenchmarkError(f"{where}: there are no cases, and no public ones either")
        return cases


def _cases(text: str, entry: Entry, where: str) -> tuple[Case, ...]:
    try:
        written = _CASES.validate_python(json.loads(text))
        if entry.kind == "stdin":
            return tuple(StdinCase(case.input, case.output) for case in written)
        return tuple(_call(number, case) for number, case in enumerate(written))
    except ValidationError as error:
        raise BenchmarkError(f"{where}: {first_fault(error)}") from error
    except (ValueError, RecursionError) as error:
        raise BenchmarkError(f"{where}: {error}") from error


def _call(number: int, case: _WrittenCase) -> CallCase:
    try:
        # One argument per line, as JSON; JSON never needs a line break of its own.
        arguments = tuple(json.loads(line) for line in case.input.split("\n") if line.strip())
        return CallCase(arguments, json.loads(case.output))
    except ValueError as error:
        raise ValueError(f"{number}: input and output of a call are not JSON: {error}") from error
