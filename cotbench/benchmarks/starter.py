"""The starter benchmark: problems written for this project, one YAML file each in the folder `starter`.

Every file carries, besides the problem, programs that prove its cases: a reference, a brute force and wrong
programs that the hidden cases must catch. The public cases become the examples of the statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Literal

import yaml
from pydantic import ValidationError

from cotbench.benchmarks.schema import (
    Written,
    WrittenCase,
    convert_cases,
    first_fault,
    function_or_stdin,
    problems_digest,
)
from cotbench.core.errors import BenchmarkError
from cotbench.core.problem import Benchmark, CallCase, Case, Entry, Problem, StdinCase

NAME = "starter"

# The C loader is an order of magnitude faster, but not every build of the library has it.
_LOADER: type[yaml.SafeLoader] | type[yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class WrongProgram:
    """A plausible program that is wrong; `name` says in which way."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class AuthoredProblem:
    """A starter problem with its author's programs. `approaches` are the known ways to solve it, one line each."""

    problem: Problem
    title: str
    approaches: tuple[str, ...]
    reference: str
    brute_force: str
    wrong: tuple[WrongProgram, ...]


class _WrittenEntry(Written):
    kind: Literal["function", "stdin"]
    name: str = ""


class _WrittenWrong(Written):
    name: str
    code: str


class _WrittenProblem(Written):
    id: str
    title: str
    difficulty: Literal["trivial", "easy", "medium", "hard", "expert"]
    date: str
    tags: list[str]
    entry: _WrittenEntry
    statement: str
    starter: str = ""
    public: list[WrittenCase]
    hidden: list[WrittenCase]
    approaches: list[str]
    reference: str
    brute_force: str
    wrong: list[_WrittenWrong]


def load() -> Benchmark:
    """Return the starter benchmark, problems by id. Raises BenchmarkError naming the file and the field at fault."""
    problems = tuple(authored.problem for authored in load_authored())
    return Benchmark(name=NAME, digest=problems_digest(problems), problems=problems)


def load_authored() -> tuple[AuthoredProblem, ...]:
    """Return the starter problems with their authors' programs, by id. Raises BenchmarkError as `load` does."""
    folder = resources.files(__package__).joinpath("starter")
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".yaml")), key=lambda item: item.name)
    return tuple(_read(file) for file in files)


def _read(file: Traversable) -> AuthoredProblem:
    return parse_authored(file.read_text(encoding="utf-8"), file.name)


def parse_authored(text: str, file_name: str) -> AuthoredProblem:
    """Return the problem that a YAML text holds; the stem of `file_name` must be its id. Raises BenchmarkError."""
    try:
        data = yaml.load(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise BenchmarkError(f"{file_name}: not YAML: {_one_line(error)}") from error
    try:
        written = _WrittenProblem.model_validate(data)
        problem = _problem(written)
    except ValidationError as error:
        raise BenchmarkError(f"{file_name}: {first_fault(error)}") from error
    except ValueError as error:
        raise BenchmarkError(f"{file_name}: {error}") from error
    if f"{problem.id}.yaml" != file_name:
        raise BenchmarkError(f"{file_name}: id: {problem.id} is not the name of the file")
    return AuthoredProblem(
        problem=problem,
        title=written.title,
        approaches=tuple(written.approaches),
        reference=written.reference,
        brute_force=written.brute_force,
        wrong=tuple(WrongProgram(item.name, item.code) for item in written.wrong),
    )


def _problem(written: _WrittenProblem) -> Problem:
    kind = written.entry.kind
    if (kind == "function") != bool(written.entry.name):
        raise ValueError("entry: a function has a name, stdin has none")
    entry = Entry(kind=kind, name=written.entry.name)
    public = convert_cases(written.public, "public", kind)
    return Problem(
        id=written.id,
        statement=f"{written.statement.rstrip()}\n\n{_examples(entry, public)}",
        entry=entry,
        starter=written.starter,
        public=public,
        hidden=convert_cases(written.hidden, "hidden", kind),
        comparer=function_or_stdin(entry),
        difficulty=written.difficulty,
        date=written.date,
        source="cotbench starter",
        tags=tuple(written.tags),
        reference=written.reference,
    )


def _examples(entry: Entry, public: Sequence[Case]) -> str:
    """Return the public cases as the examples of a statement."""
    shown: list[str] = []
    for case in public:
        if isinstance(case, CallCase):
            shown.append(f"{entry.name}({', '.join(map(repr, case.arguments))}) returns {case.expected!r}")
        elif isinstance(case, StdinCase):
            shown.append(f"Example input:\n{case.stdin.rstrip()}\nExample output:\n{case.expected.rstrip()}\n")
    heading = "Examples:\n" if entry.kind == "function" else ""
    return heading + "\n".join(shown).rstrip() + "\n"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
