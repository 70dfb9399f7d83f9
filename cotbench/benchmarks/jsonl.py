"""A user's own benchmark: a file of JSON lines, one problem per line.

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
from collections.abc import Iterator
from pathlib import Path

from pydantic import Field, ValidationError

from cotbench.benchmarks.schema import CHECKER, Written, WrittenCase, convert_cases, first_fault, function_or_stdin
from cotbench.core.errors import BenchmarkError
from cotbench.core.problem import Benchmark, Entry, Problem


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
    date: str = ""
    tags: list[str] = Field(default_factory=list)
    time_limit: float = Field(default=4.0, gt=0, allow_inf_nan=False)


def load(path: Path) -> Benchmark:
    """Return the problems of a file (.jsonl or .jsonl.gz) in its order; the benchmark is called after the file.

    Raises BenchmarkError naming the file, the line and the field at fault.
    """
    try:
        raw = path.read_bytes()
        data = gzip.decompress(raw) if path.suffix == ".gz" else raw
        text = data.decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise BenchmarkError(f"cannot read {path}: {error}") from error
    lines: dict[str, int] = {}
    problems: list[Problem] = []
    for number, line in _lines(text):
        where = f"{path}, line {number}"
        problem = _problem(line, where, path.name)
        if problem.id in lines:
            raise BenchmarkError(f"{where}: id: {problem.id} is already on line {lines[problem.id]}")
        lines[problem.id] = number
        problems.append(problem)
    if not problems:
        raise BenchmarkError(f"{path} holds no problems", hint="one JSON object per line")
    return Benchmark(name=_stem(path), digest=hashlib.sha256(data).hexdigest(), problems=tuple(problems))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    # Not `splitlines`: a JSON text may hold separators other than the newline.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line


def _problem(line: str, where: str, source: str) -> Problem:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BenchmarkError(f"{where}: not JSON: {error}") from error
    try:
        written = _WrittenProblem.model_validate(data)
        entry = Entry("stdin") if written.entry == "stdin" else Entry("function", written.entry)
        if entry.kind == "function" and not entry.name.isidentifier():
            raise ValueError(f"entry: {entry.name!r} is neither the name of a function nor stdin")
        public = convert_cases(written.public, "public", entry.kind)
        hidden = convert_cases(written.hidden, "hidden", entry.kind)
        if written.checker and written.comparer not in ("", CHECKER):
            raise ValueError("comparer: a problem has a checker or another comparer, not both")
    except ValidationError as error:
        raise BenchmarkError(f"{where}: {first_fault(error)}") from error
    except ValueError as error:
        raise BenchmarkError(f"{where}: {error}") from error
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
        source=source,
        tags=tuple(written.tags),
    )


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".jsonl")
