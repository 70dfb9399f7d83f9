"""A set of cases as a worker keeps it: everything about it that is the same for every program, prepared once."""

from __future__ import annotations

import functools
import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from cotbench.core.errors import GradingError
from cotbench.core.problem import CheckCase, Entry, Value
from cotbench.core.verdict import Limits
from cotbench.grading.comparers import Comparer, Form, comparer, is_reflexive
from cotbench.grading.inside import results, wire

_LEAST_BUDGET = 1 << 20
_BUDGET_FACTOR = 4
_EVALPLUS_WHOLE = 60.0
_UNEQUAL_TO_ITSELF = (b"NaN", b'{"o":', b'{"a":', b'{"n":', b'{"D":')
"""How values are written that need not equal themselves (not a number, opaque, arrays), or can hold such numbers."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What all parts of a job share: entry, prelude, limits, the checker's source ("" where a comparer decides)."""

    entry: Entry
    prelude: str
    limits: Limits
    checker: str


@dataclass(frozen=True)
class Calls:
    """Cases that call the function. Arguments and expected outputs stay packed until a comparer needs them.

    `budgets` says how much each result may hold in bytes, `whole` is the limit of all cases together in seconds.
    `right` remembers the digest of an answer to a case that was right: the same text is right again. `reflexive` says
    whether the comparer takes every output that equals the expected one.
    """

    equal: Comparer
    packed: bytes
    expected: tuple[bytes, ...]
    budgets: tuple[int, ...]
    whole: float
    killers: Killers
    reflexive: bool
    right: dict[int, bytes] = field(default_factory=dict)
    _certain: dict[int, bool] = field(default_factory=dict)

    def arguments(self, number: int) -> tuple[Value, ...]:
        """Return the arguments of a case."""
        return tuple(self._arguments[number])

    def output(self, number: int) -> Value:
        """Return the expected output of a case."""
        return results.read(self.expected[number])

    def is_expected(self, number: int, frame: bytes) -> bool:
        """Whether a frame answers a case with, to the letter, an expected output that is right by being equal to it."""
        expected = self.expected[number]
        if not self.reflexive or not expected:
            return False
        head = b'["value",%d,' % number
        begin = len(head)
        end = begin + len(expected)
        # The expected output may be long, so that nothing of it is copied.
        if not (frame.startswith(head) and frame.startswith(expected, begin) and frame.startswith(b",", end)):
            return False
        certain = self._certain.get(number)
        if certain is None:
            certain = self._certain[number] = _equals_itself(expected)
        return certain

    @functools.cached_property
    def _arguments(self) -> list[Any]:
        arguments: Any = wire.unpack(self.packed[wire.HEADER :])
        return list(arguments)


@dataclass(frozen=True, slots=True)
class Scripts:
    """Cases of standard input."""

    equal: Comparer
    stdin: tuple[bytes, ...]
    expected: tuple[str, ...]


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

    def outcome(self, answers: bytes) -> list[object] | None:
        """Return the outcome of some answers, by their digest, if it is known."""
        if answers in self.outcomes:
            self.outcomes.move_to_end(answers)
        return self.outcomes.get(answers)

    def remember(self, answers: bytes, outcome: list[object]) -> None:
        """Keep the outcome of some answers; the one used longest ago makes room."""
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


def read_cases(frame: list[Any], read: Callable[[], bytes]) -> CaseSet:
    """Make a set of cases of what `passing.job_bodies` wrote; `read` gives the next body.

    Raises GradingError if they cannot be judged, when everything has been read.
    """
    (kind, name), (comparing, tolerance, oracle, prelude, limits), written = frame
    bodies = [[read() for _ in range(1 + part[1])] if part[0] == "calls" else [] for part in written]
    rules = Rules(Entry(kind, name), prelude, Limits(float(limits[0]), limits[1], limits[2]), "")
    if comparing == "checker":
        rules = replace(rules, checker=oracle)

    def equal(form: Form) -> Comparer:
        return comparer(comparing, form, tolerance=float(tolerance), oracle=oracle)

    parts: list[Part] = []
    for part, body in zip(written, bodies, strict=True):
        if part[0] == "stdin":
            parts.append(_scripts(part[1], equal("text")))
            continue
        if not name:
            raise GradingError("cases that call a function need the function's name")
        if part[0] == "calls":
            parts.append(_calls(rules, comparing, oracle, body, equal("value")))
        else:
            equal("value")
            parts.append(Check(CheckCase(*part[1:]), Known()))
    total = sum(part[1] if part[0] == "calls" else len(part[1]) if part[0] == "stdin" else 1 for part in written)
    return CaseSet(rules, tuple(parts), total)


def _calls(rules: Rules, comparing: str, oracle: str, bodies: Sequence[bytes], equal: Comparer) -> Calls:
    arguments, *expected = bodies
    most, seconds = rules.limits.output, rules.limits.seconds
    whole = len(expected) * seconds
    return Calls(
        equal=equal,
        packed=wire.framed(arguments),
        expected=tuple(expected),
        # Where nothing is expected yet, the limit is all that bounds a result.
        budgets=tuple(min(most, _LEAST_BUDGET + _BUDGET_FACTOR * len(body)) if body else most for body in expected),
        whole=min(whole, max(_EVALPLUS_WHOLE, seconds)) if comparing == "evalplus" else whole,
        killers=Killers(len(expected)),
        reflexive=is_reflexive(comparing, oracle),
    )


def _equals_itself(written: bytes) -> bool:
    """Whether a written value certainly equals itself, as one that holds what is not a number does not."""
    match written[:1]:
        case b"S" | b"Q":
            return True
        case b"D":
            numbers: Any = results.read(written)
            return not any(map(math.isnan, numbers))
    return not any(tag in written for tag in _UNEQUAL_TO_ITSELF)


def _scripts(cases: Sequence[tuple[str, str]], equal: Comparer) -> Scripts:
    return Scripts(
        equal=equal,
        stdin=tuple(given.encode("utf-8", "surrogatepass") for given, _ in cases),
        expected=tuple(expected for _, expected in cases),
    )
