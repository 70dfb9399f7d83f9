"""Comparers: the named rules by which an output equals an expected output.

All of them run in the grader, on plain data that was decoded there. A comparer returns False for whatever it cannot
compare, and none raises whatever the program returned. docs/grading.md has the table of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal, TypeAlias

from cotbench.core.errors import GradingError, near_matches
from cotbench.core.problem import Value
from cotbench.core.syntax import checker_fault
from cotbench.grading.evalplus_rule import evalplus_rule

Comparer: TypeAlias = Callable[[Sequence[Value], Value, Value], bool]
"""(arguments, produced, expected) → whether what was produced is right. For printed output, arguments is (stdin,)."""

Form: TypeAlias = Literal["value", "text"]
"""What is compared: the result of a call, or what a program printed."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """`make` takes the tolerance and the oracle of a problem; it raises GradingError if the oracle does not fit."""

    forms: tuple[Form, ...]
    make: Callable[[float, str], Comparer]


def known_comparers() -> tuple[str, ...]:
    """Return the names of all comparers, sorted."""
    return tuple(sorted(_RULES))


def comparer(name: str, form: Form, *, tolerance: float = 0.0, oracle: str = "") -> Comparer:
    """Return the comparer called `name` for results of that form.

    `tolerance` (absolute) and `oracle` are the problem's. A `checker` is only validated here: it must run in the
    sandbox, and calling what is returned raises GradingError.
    Raises GradingError for a name, form or oracle that does not fit.
    """
    rule = _RULES.get(name)
    if rule is None:
        raise GradingError(f"there is no comparer {name!r}", hint=near_matches(name, _RULES))
    if form not in rule.forms:
        fit = [other for other, its in _RULES.items() if form in its.forms]
        what = "results of calls" if form == "value" else "printed output"
        raise GradingError(
            f"the comparer {name!r} does not apply to {what}", hint=f"use one of: {', '.join(sorted(fit))}"
        )
    return rule.make(tolerance, oracle)


def is_reflexive(name: str, oracle: str) -> bool:
    """Whether a comparer takes every output that equals the expected one by `==`."""
    return name in ("exact", "livecodebench-call") or (name == "evalplus" and not oracle)


def _plain(equal: Callable[[Value, Value], bool]) -> Callable[[float, str], Comparer]:
    """Return the maker of a rule that looks at the two outputs only, and by which equal things are always equal."""

    def compare(arguments: Sequence[Value], produced: Value, expected: Value) -> bool:
        try:
            return bool(produced == expected) or equal(produced, expected)
        except (TypeError, ValueError, ArithmeticError, RecursionError, AttributeError):
            return False

    return lambda tolerance, oracle: compare


def _exact(produced: Value, expected: Value) -> bool:
    if isinstance(produced, (list, tuple)) and isinstance(expected, (list, tuple)):
        return len(produced) == len(expected) and all(map(_exact, produced, expected))
    if isinstance(produced, dict) and isinstance(expected, dict):
        return len(produced) == len(expected) and all(
            key in produced and _exact(produced[key], value) for key, value in expected.items()
        )
    if isinstance(produced, float) and isinstance(expected, float) and math.isnan(produced):
        return math.isnan(expected)
    return bool(produced == expected)


def _livecodebench_call(produced: Value, expected: Value) -> bool:
    return isinstance(produced, tuple) and list(produced) == expected


def _livecodebench_stdin(produced: Value, expected: Value) -> bool:
    ours, theirs = _lines(produced), _lines(expected)
    return ours == theirs or (len(ours) == len(theirs) and all(map(_same_line, ours, theirs)))


def _lines(text: Value) -> list[str]:
    return [line.strip() for line in str(text).strip().split("\n")]


def _same_line(ours: str, theirs: str) -> bool:
    return ours == theirs or _decimals(ours) == _decimals(theirs) is not None


def _decimals(line: str) -> list[Decimal] | None:
    try:
        return [Decimal(word) for word in line.split()]
    except InvalidOperation:
        return None


_CODECONTESTS_WORD = re.compile(r"[^ \n\t\r\v]+")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_CODECONTESTS_TOLERANCE = 1e-5


def _codecontests(produced: Value, expected: Value) -> bool:
    ours, theirs = (_CODECONTESTS_WORD.findall(str(text).lower()) for text in (produced, expected))
    return ours == theirs or (len(ours) == len(theirs) and all(map(_same_word, ours, theirs)))


def _same_word(ours: str, theirs: str) -> bool:
    if ours == theirs:
        return True
    if _WHOLE.fullmatch(ours) and _WHOLE.fullmatch(theirs):
        return int(ours) == int(theirs)
    # Python's own underscores in numbers are not in the rule.
    if "_" in ours or "_" in theirs:
        return False
    return abs(float(ours) - float(theirs)) < _CODECONTESTS_TOLERANCE


def _checker(tolerance: float, oracle: str) -> Comparer:
    fault = checker_fault(oracle)
    if fault:
        raise GradingError(f"the checker {fault}")

    def compare(arguments: Sequence[Value], produced: Value, expected: Value) -> bool:
        raise GradingError("a checker runs in the sandbox, not in the grader")

    return compare


_RULES: Mapping[str, _Rule] = {
    # For two texts the rule comes down to equality.
    "exact": _Rule(("value", "text"), _plain(_exact)),
    "equal": _Rule(("value",), _plain(lambda produced, expected: False)),
    "evalplus": _Rule(("value",), evalplus_rule),
    "livecodebench-call": _Rule(("value",), _plain(_livecodebench_call)),
    "livecodebench-stdin": _Rule(("text",), _plain(_livecodebench_stdin)),
    "codecontests": _Rule(("text",), _plain(_codecontests)),
    "checker": _Rule(("value", "text"), _checker),
}
