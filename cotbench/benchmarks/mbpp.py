"""MBPP (Austin et al. 2021), full and sanitized: a function from one sentence and a few asserts.

The asserts of `test_list` stand in the statement and are the public cases. The hidden cases are the same and the
source's challenge tests after them.
"""

from __future__ import annotations

import ast
import builtins
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cotbench.benchmarks.evalplus import count_tag
from cotbench.benchmarks.hub import Missing, file_rows, hub_rows
from cotbench.benchmarks.schema import first_fault
from cotbench.core.asserts import equality_case
from cotbench.core.errors import BenchmarkError, near_matches
from cotbench.core.ids import digest
from cotbench.core.problem import Benchmark, CallCase, Case, CheckCase, Entry, Problem

NAME = "mbpp"
HUB_NAME = "google-research-datasets/mbpp"
COMPARER = "equal"
TEST_SPLIT = range(11, 511)
"""The numbers of the problems that are for measuring; the others are for prompts and for training."""

Version: TypeAlias = Literal["full", "sanitized"]
VERSIONS: tuple[Version, ...] = ("full", "sanitized")

_RELEASED = "2021-08-16"
_IMPORTS = ("import math", "import sys")


class _Row(BaseModel):
    """A row of either version: full has `text`, set-up code and challenge tests, sanitized has `prompt` and imports."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    task_id: int
    text: str = ""
    prompt: str = ""
    code: str
    test_list: list[str] = Field(min_length=1)
    test_setup_code: str = ""
    challenge_test_list: list[str] = Field(default_factory=list)
    test_imports: list[str] = Field(default_factory=list)


def load(path: Path | None = None, release: str | None = None) -> Benchmark:
    """Return the test split of MBPP: `full` (the default) or `sanitized` from the hub, or what a file holds.

    Of a file with rows inside and outside the test split, those inside are taken.
    Raises BenchmarkError if no source works, or naming the row that cannot be understood.
    """
    if release is not None and release not in VERSIONS:
        raise BenchmarkError(f"MBPP has no version {release!r}", hint=near_matches(release, VERSIONS))
    if path is not None and release is not None:
        raise BenchmarkError(f"{path} is what it is, {release} or not", hint=f"use {NAME}:{path}")
    rows = _from_hub(release or "full") if path is None else _from_file(path)
    inside = [row for row in rows if row.task_id in TEST_SPLIT]
    chosen = inside or rows
    return Benchmark(
        name=f"{NAME}@{release}" if release else NAME,
        digest=digest([row.model_dump() for row in chosen]),
        problems=tuple(map(_problem, chosen)),
    )


def _from_hub(version: str) -> list[_Row]:
    try:
        return _validated(hub_rows(HUB_NAME, "test", version), HUB_NAME)
    except Missing as error:
        raise BenchmarkError(
            f"MBPP could not be loaded: {HUB_NAME}, {version}: {error}",
            hint="download mbpp.jsonl, sanitized-mbpp.json or a Parquet file of it elsewhere and name it: "
            f"--benchmark {NAME}:PATH",
        ) from error


def _from_file(path: Path) -> list[_Row]:
    if not path.is_file():
        raise BenchmarkError(f"there is no file {path}", hint="MBPP's are mbpp.jsonl and sanitized-mbpp.json")
    try:
        return _validated(file_rows(path), str(path))
    except Missing as error:
        raise BenchmarkError(f"{path} is not in MBPP's format: {error}") from error


def _validated(rows: Sequence[object], origin: str) -> list[_Row]:
    if not rows:
        raise BenchmarkError(f"{origin} holds no problems")
    found: dict[int, _Row] = {}
    for number, data in enumerate(rows, start=1):
        try:
            row = _Row.model_validate(data)
        except ValidationError as error:
            raise BenchmarkError(f"{origin}: row {number}: {first_fault(error)}") from error
        if row.task_id in found:
            raise BenchmarkError(f"{origin}: row {number}: task_id: {row.task_id} is there twice")
        found[row.task_id] = row
    return list(found.values())


def _problem(row: _Row) -> Problem:
    name = _entry(row)
    public = tuple(_case(row, text, name) for text in row.test_list)
    tests = "\n".join(text.strip() for text in row.test_list)
    setting = f"{row.test_setup_code.strip()}\n" if row.test_setup_code.strip() else ""
    return Problem(
        id=f"Mbpp/{row.task_id}",
        statement=f"{(row.text or row.prompt).strip()}\n\nThese tests must pass:\n\n{setting}{tests}\n",
        entry=Entry("function", name),
        hidden=(*public, *(_case(row, text, name) for text in row.challenge_test_list)),
        public=public,
        comparer=COMPARER,
        reference=row.code.replace("\r\n", "\n"),
        date=_RELEASED,
        source="MBPP",
        tags=(count_tag(len(public)),),
    )


def _entry(row: _Row) -> str:
    """Return the function that the asserts call: of those that the reference defines the one that comes first."""
    defined = {node.name for node in _parsed(row, row.code).body if isinstance(node, ast.FunctionDef)}
    for node in (node for text in row.test_list for node in ast.walk(_parsed(row, text))):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in defined:
                return name
    raise BenchmarkError(f"Mbpp/{row.task_id}: test_list calls no function that the code defines")


def _case(row: _Row, text: str, name: str) -> Case:
    """Return an assert as a call where it is one, else as a test program."""
    setting = row.test_setup_code.strip()
    literal: CallCase | None = None if setting else equality_case(_parsed(row, text), name)
    if literal is not None:
        return literal
    imports = "\n".join(dict.fromkeys((*_IMPORTS, *(line.strip() for line in row.test_imports))))
    if not setting and not _others(_parsed(row, f"{imports}\n{text.strip()}"), name):
        return CheckCase(program=text.strip(), setup=imports)
    # It makes objects of the program's own classes, which exist in the program's process only.
    return CheckCase(program=f"{imports}\n{setting}\n{text.strip()}\n", in_process=True)


def _parsed(row: _Row, text: str) -> ast.Module:
    try:
        # The references have escape sequences of which newer versions of Python warn.
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(text.strip())
    except (SyntaxError, ValueError) as error:
        raise BenchmarkError(f"Mbpp/{row.task_id}: its code or a test is not Python: {error}") from error


def _others(test: ast.Module, name: str) -> set[str]:
    """Return the names in a test that only the judged program can have defined, but for the entry function."""
    nodes = list(ast.walk(test))
    used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    bound |= {
        (alias.asname or alias.name).partition(".")[0]
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    return used - bound - set(dir(builtins)) - {name}
