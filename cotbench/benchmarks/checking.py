"""What can be said against a benchmark by reading it: rows that are not of the schema, duplicates, contradictions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cotbench.benchmarks.jsonl import Faulty
from cotbench.core.problem import UNKNOWN, CallCase, Case, Problem, StdinCase

Kind: TypeAlias = Literal[
    "schema", "duplicate id", "same statement", "no hidden cases", "contradiction", "broken test", "reference", "slow"
]
"""What is wrong, in the order in which it is reported."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: where it stands (a line, or empty), with which problem, and in which way."""

    kind: Kind
    problem: str
    where: str
    text: str


Placed: TypeAlias = tuple[str, Problem]
"""A problem and where it stands: `line 3`, `row 3`, or empty."""


def sort_out(entries: Iterable[tuple[str, Problem | Faulty]]) -> tuple[list[Placed], list[Finding]]:
    """Return the problems that could be read, the first of each id, and what is wrong with the other entries."""
    placed: list[Placed] = []
    found: list[Finding] = []
    first: dict[str, str] = {}
    for where, item in entries:
        if isinstance(item, Faulty):
            found += [Finding("schema", "", where, fault) for fault in item.faults]
        elif item.id in first:
            found.append(Finding("duplicate id", item.id, where, f"is already on {first[item.id]}"))
        else:
            first[item.id] = where
            placed.append((where, item))
    return placed, found


def read_through(placed: Sequence[Placed]) -> list[Finding]:
    """Return what is wrong with problems as far as it can be seen without running anything."""
    found: list[Finding] = []
    statements: dict[str, str] = {}
    for where, problem in placed:
        text = " ".join(problem.statement.split())
        if text in statements:
            found.append(Finding("same statement", problem.id, where, f"as {statements[text]}"))
        statements.setdefault(text, problem.id)
        if not problem.hidden:
            found.append(Finding("no hidden cases", problem.id, where, "no program could be judged"))
        found += [Finding("contradiction", problem.id, where, text) for text in _contradictions(problem)]
    return found


def _contradictions(problem: Problem) -> Iterator[str]:
    """Give a text for each case that another one contradicts: the same input, another output."""
    if problem.oracle:
        # Many outputs may be right.
        return
    seen: dict[str, tuple[str, object]] = {}
    for field, cases in (("public", problem.public), ("hidden", problem.hidden)):
        for number, case in enumerate(cases):
            given, expected = _sides(case)
            if given is None:
                continue
            name = f"{field}.{number}"
            before = seen.setdefault(given, (name, expected))
            if repr(before[1]) != repr(expected) and before[1] != expected:
                yield f"{before[0]} and {name} have the same input and different outputs"


def _sides(case: Case) -> tuple[str | None, object]:
    """Return the input of a case as a text, None if it has none to compare, and its output."""
    match case:
        case CallCase(arguments, expected) if expected is not UNKNOWN:
            return repr(arguments), expected
        case StdinCase(stdin, output):
            return stdin, output.split()
    return None, None
