"""A set of cases as a worker keeps it: everything about it that is the same for every program, prepared once."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from cotbench.core.errors import GradingError
from cotbench.core.problem import UNKNOWN, CallCase, Case, CheckCase, Entry, StdinCase, Value
from cotbench.core.verdict import Job, Limits
from cotbench.grading.comparers import Comparer, comparer
from cotbench.grading.inside import wire
from cotbench.grading.inside.encoding import NotPlain, TooLarge, encode

_MOST_INPUT = 1 << 30
_LEAST_BUDGET = 1 << 20
_BUDGET_FACTOR = 4
_EVALPLUS_WHOLE = 60.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What all parts of a job share: entry, prelude, limits, the checker's source ("" where a comparer decides)."""

    entry: Entry
    prelude: str
    limits: Limits
    checker: str


@dataclass(frozen=True, slots=True)
class Calls:
    """Cases that call the function: their arguments as one packed frame, how much each result may hold in bytes.

    `whole` is the limit of all cases together, in seconds.
    """

    equal: Comparer
    arguments: tuple[tuple[Value, ...], ...]
    expected: tuple[Value, ...]
    packed: bytes
    budgets: tuple[int, ...]
    whole: float
    killers: Killers


@dataclass(frozen=True, slots=True)
class Scripts:
    """Cases of standard input."""

    equal: Comparer
    stdin: tuple[bytes, ...]
    expected: tuple[str, ...]
    killers: Killers


@dataclass(frozen=True, slots=True)
class Check:
    """One test program, and what is known of it."""

    case: CheckCase
    known: Known


@dataclass(slots=True)
class Known:
    """What a worker has learnt of a test: the calls that it makes, and how it ends when they are answered so and so.

    The same answers always have the same outcome, so right programs, which answer alike, cost no run of the test.
    `recorded` is the packed list of calls; None where they cannot be known beforehand.
    """

    _MOST = 64
    recorded: bytes | None = None
    calls: int = 0
    learnt: bool = False
    outcomes: OrderedDict[bytes, list[object]] = field(default_factory=OrderedDict)

    def remember(self, answers: bytes, outcome: list[object]) -> None:
        """Keep the outcome of some answers, by their digest."""
        self.outcomes[answers] = outcome
        if len(self.outcomes) > self._MOST:
            self.outcomes.popitem(last=False)


Part: TypeAlias = Calls | Scripts | Check


@dataclass(slots=True)
class Killers:
    """Which cases failed programs before: they are the likeliest to fail the next one, so they are worth trying first.

    Trying them first must never change whether a program passes; whoever uses the order sees to that.
    """

    _MOST = 3
    _FEWEST = 8
    size: int
    counts: dict[int, int] = field(default_factory=dict)

    def order(self) -> list[int]:
        """Return the cases that failed the most programs, the worst first; none where there are few cases."""
        if self.size < self._FEWEST:
            return []
        return sorted(self.counts, key=lambda number: (-self.counts[number], number))[: self._MOST]

    def add(self, number: int) -> None:
        """Count a program that failed at a case."""
        self.counts[number] = self.counts.get(number, 0) + 1


@dataclass(frozen=True, slots=True)
class CaseSet:
    """A job without its program, in parts of one kind each, in order."""

    rules: Rules
    parts: tuple[Part, ...]
    total: int


def prepare(job: Job) -> CaseSet:
    """Prepare the cases of a job. Raises GradingError if they cannot be judged."""
    checker = job.oracle if job.comparer == "checker" else ""
    rules = Rules(job.entry, job.prelude, job.limits, checker)
    parts: list[Part] = []
    for kind, group in itertools.groupby(job.cases, type):
        parts += _parts(job, kind, list(group))
    return CaseSet(rules, tuple(parts), len(job.cases))


def _parts(job: Job, kind: type, cases: Sequence[Case]) -> list[Part]:
    if kind is StdinCase:
        return [_scripts(job, [case for case in cases if isinstance(case, StdinCase)])]
    if not job.entry.name:
        raise GradingError("cases that call a function need the function's name")
    if kind is CallCase:
        return [_calls(job, [case for case in cases if isinstance(case, CallCase)])]
    return [Check(case, Known()) for case in cases if isinstance(case, CheckCase)]


def _calls(job: Job, cases: Sequence[CallCase]) -> Calls:
    seconds = job.limits.seconds
    return Calls(
        equal=comparer(job.comparer, "value", tolerance=job.tolerance, oracle=job.oracle),
        arguments=tuple(case.arguments for case in cases),
        expected=tuple(case.expected for case in cases),
        packed=wire.pack([_tree(list(case.arguments)) for case in cases]),
        budgets=tuple(min(job.limits.output, _budget(case.expected)) for case in cases),
        whole=min(len(cases) * seconds, max(_EVALPLUS_WHOLE, seconds))
        if job.comparer == "evalplus"
        else len(cases) * seconds,
        killers=Killers(len(cases)),
    )


def _budget(expected: Value) -> int:
    if expected is UNKNOWN:
        return _MOST_INPUT
    return _LEAST_BUDGET + _BUDGET_FACTOR * len(wire.text(encode(expected, _MOST_INPUT)))


def _tree(arguments: Value) -> object:
    try:
        return encode(arguments, _MOST_INPUT, strict=True)
    except TooLarge:
        raise GradingError("the arguments of a case are larger than 1 GiB") from None
    except NotPlain:
        raise GradingError("the arguments of a case are not plain data, or nested too deep") from None


def _scripts(job: Job, cases: Sequence[StdinCase]) -> Scripts:
    return Scripts(
        equal=comparer(job.comparer, "text", tolerance=job.tolerance, oracle=job.oracle),
        stdin=tuple(case.stdin.encode("utf-8", "surrogatepass") for case in cases),
        expected=tuple(case.expected for case in cases),
        killers=Killers(len(cases)),
    )
