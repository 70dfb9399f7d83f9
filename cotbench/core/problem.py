"""Problems: what is asked, the cases that a strategy may see and those that it may not.

A `Problem` holds everything. Strategies and selectors receive a `ProblemView`, which has no field, method or
reference that leads to the hidden cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal, TypeAlias

Value: TypeAlias = object
"""Plain Python data: None, bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, nested."""


class Unknown(Enum):
    """The type of UNKNOWN."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
"""Stands for an expected output that is not known until the problem's reference has been run."""


@dataclass(frozen=True, slots=True)
class CallCase:
    """Call the entry function with `arguments`; the result must equal `expected` under the problem's comparer."""

    arguments: tuple[Value, ...]
    expected: Value


@dataclass(frozen=True, slots=True)
class StdinCase:
    """Run the program with `stdin` on its standard input; its standard output must match `expected`."""

    stdin: str
    expected: str


@dataclass(frozen=True, slots=True)
class CheckCase:
    """A test program that defines `check(candidate)` and raises if the candidate is wrong (HumanEval's form).

    A program that defines no `check` is itself the test, and calls the entry function by its name. `setup` is trusted
    source that runs before it, in the judge's process: the helpers that the statement defines, and the reference.
    `in_process` tests run beside the judged program, which can then forge their verdict: a last resort for results
    that are not plain data.
    """

    program: str
    setup: str = ""
    in_process: bool = False


Case: TypeAlias = CallCase | StdinCase | CheckCase


@dataclass(frozen=True, slots=True)
class Entry:
    """How a program is entered: by calling the function `name`, or through standard input (`name` empty)."""

    kind: Literal["function", "stdin"]
    name: str = ""


@dataclass(frozen=True, slots=True)
class ProblemView:
    """A Problem without its hidden cases: all that a strategy or a selector can ever see."""

    id: str
    statement: str
    entry: Entry
    starter: str
    public: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a benchmark.

    `starter` is code that the answer begins with (a function header), empty for stdin problems.
    `prelude` is source that the grader puts before the answer (HumanEval's imports and helper functions).
    `comparer` names the rule by which an output equals an expected output; `tolerance` (absolute) and `oracle` are what
    that rule needs to know of this problem: the name of EvalPlus's own rule, or the source of a checker.
    `reference` is a right answer, written like one, where the source has it.
    `time_limit` is in seconds per case. `hidden` may be stored cases, which are read anew at every use.
    `date` is the day, in ISO 8601, on which the problem was published; `source` the site or benchmark that it is from.
    """

    id: str
    statement: str
    entry: Entry
    hidden: Sequence[Case]
    public: tuple[Case, ...] = ()
    starter: str = ""
    prelude: str = ""
    comparer: str = "exact"
    tolerance: float = 0.0
    oracle: str = ""
    reference: str = ""
    time_limit: float = 4.0
    difficulty: str = ""
    date: str = ""
    source: str = ""
    tags: tuple[str, ...] = field(default=())

    def view(self) -> ProblemView:
        """Return what a strategy may see of this problem."""
        return ProblemView(
            id=self.id,
            statement=self.statement,
            entry=self.entry,
            starter=self.starter,
            public=self.public,
        )


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A named, versioned list of problems. `digest` is the SHA-256 of its source data."""

    name: str
    digest: str
    problems: tuple[Problem, ...]
