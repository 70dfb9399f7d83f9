"""The written form of cases, shared by the starter problems and by users' own files, and its validation.

Fields that are not known are refused rather than ignored: a misspelt `hiden` must not make a problem easier.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from cotbench.core.ids import digest
from cotbench.core.problem import CallCase, Case, CheckCase, Entry, Problem, StdinCase, Value

EXACT = "exact"
STDIN = "livecodebench-stdin"
CHECKER = "checker"


class Written(BaseModel):
    """Base of all written records: strict types, no unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class WrittenCase(Written):
    """One case: `arguments` and `expected`, or `stdin` and `expected`, or `check` (a test program).

    `in_process` has the test run beside the program, which can then forge its verdict.
    """

    arguments: list[object] | None = None
    stdin: str | None = None
    check: str | None = None
    setup: str = ""
    in_process: bool = False
    expected: object = None

    def case(self, kind: Literal["function", "stdin"]) -> Case:
        """Return the case. Raises ValueError if its fields do not fit a problem of that kind."""
        given = self.model_fields_set
        if kind == "stdin":
            _only(given, {"stdin", "expected"})
            if not isinstance(self.stdin, str) or not isinstance(self.expected, str):
                raise ValueError("`stdin` and `expected` must be texts")
            return StdinCase(stdin=self.stdin, expected=self.expected)
        if "check" in given:
            if given - {"check", "setup", "in_process"} or not self.check:
                raise ValueError("`check` must be a test program, with at most `setup` and `in_process` beside it")
            return CheckCase(program=self.check, setup=self.setup, in_process=self.in_process)
        _only(given, {"arguments", "expected"})
        if self.arguments is None:
            raise ValueError("`arguments` must be a list")
        arguments: tuple[Value, ...] = tuple(self.arguments)
        return CallCase(arguments=arguments, expected=self.expected)


def convert_cases(
    written: list[WrittenCase], field: str, kind: Literal["function", "stdin"], faults: list[str] | None = None
) -> tuple[Case, ...]:
    """Return the cases of a field; what is wrong with bad ones is added to `faults`.

    Without `faults`, raises ValueError that names the field and the number of the first bad case.
    """
    cases: list[Case] = []
    for number, item in enumerate(written):
        try:
            cases.append(item.case(kind))
        except ValueError as error:
            if faults is None:
                raise ValueError(f"{field}.{number}: {error}") from error
            faults.append(f"{field}.{number}: {error}")
    return tuple(cases)


def function_or_stdin(entry: Entry) -> str:
    """Return the comparer that a problem has unless it names one."""
    return STDIN if entry.kind == "stdin" else EXACT


def first_fault(error: ValidationError) -> str:
    """Return the first fault of a validation as `field: what is wrong`."""
    return every_fault(error)[0]


def every_fault(error: ValidationError) -> tuple[str, ...]:
    """Return all faults of a validation, each as `field: what is wrong`."""
    found: list[str] = []
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        where = ".".join(str(part) for part in fault["loc"])
        said = fault["msg"].removeprefix("Value error, ")
        found.append(f"{where}: {said}" if where else said)
    return tuple(found)


def problems_digest(problems: tuple[Problem, ...]) -> str:
    """Return the digest of all that can change a result: what is asked and how it is judged, not titles or dates."""
    return digest(
        [
            [
                problem.id,
                problem.statement,
                [problem.entry.kind, problem.entry.name],
                problem.starter,
                problem.prelude,
                [repr(case) for case in problem.public],
                [repr(case) for case in problem.hidden],
                problem.comparer,
                problem.tolerance,
                problem.oracle,
                problem.time_limit,
            ]
            for problem in problems
        ]
    )


def _only(given: set[str], wanted: set[str]) -> None:
    if given != wanted:
        raise ValueError(f"a case holds {' and '.join(sorted(wanted))}, found {', '.join(sorted(given)) or 'nothing'}")
