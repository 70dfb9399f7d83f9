"""Comparers: the named rules by which an output equals an expected output.

All of them run in the grader, on plain data that was decoded there. A comparer returns False for whatever it cannot
compare; none of them raises.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Literal, TypeAlias

from cotbench.core.errors import GradingError, near_matches
from cotbench.core.problem import Value

Comparer: TypeAlias = Callable[[Value, Value], bool]
"""(produced, expected) → whether they are equal."""

Form: TypeAlias = Literal["value", "text"]
"""What is compared: the result of a call, or what a program printed."""


def known_comparers() -> tuple[str, ...]:
    """Return the names of all comparers, sorted."""
    return tuple(sorted(_COMPARERS))


def comparer(name: str, form: Form) -> Comparer:
    """Return the comparer called `name` for results of that form. Raises GradingError."""
    forms = _COMPARERS.get(name)
    if forms is None:
        raise GradingError(f"there is no comparer {name!r}", hint=near_matches(name, _COMPARERS))
    rule = forms.get(form)
    if rule is None:
        fit = [other for other, its in _COMPARERS.items() if form in its]
        what = "results of calls" if form == "value" else "printed output"
        raise GradingError(
            f"the comparer {name!r} does not apply to {what}", hint=f"use one of: {', '.join(sorted(fit))}"
        )
    return _guarded(rule)


def _guarded(rule: Comparer) -> Comparer:
    def guarded(produced: Value, expected: Value) -> bool:
        try:
            return rule(produced, expected)
        except (TypeError, ValueError, ArithmeticError, RecursionError, AttributeError):
            return False

    return guarded


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


def _same_text(produced: Value, expected: Value) -> bool:
    return produced == expected


def _livecodebench_call(produced: Value, expected: Value) -> bool:
    if isinstance(produced, tuple):
        produced = list(produced)
    return bool(produced == expected)


def _livecodebench_stdin(produced: Value, expected: Value) -> bool:
    ours, theirs = _lines(produced), _lines(expected)
    return len(ours) == len(theirs) and all(map(_same_line, ours, theirs))


def _lines(text: Value) -> list[str]:
    return [line.strip() for line in str(text).strip().split("\n")]


def _same_line(ours: str, theirs: str) -> bool:
    return ours == theirs or _decimals(ours) == _decimals(theirs) is not None


def _decimals(line: str) -> list[Decimal] | None:
    try:
        return [Decimal(word) for word in line.split()]
    except InvalidOperation:
        return None


_COMPARERS: Mapping[str, Mapping[Form, Comparer]] = {
    "exact": {"value": _exact, "text": _same_text},
    "livecodebench-call": {"value": _livecodebench_call},
    "livecodebench-stdin": {"text": _livecodebench_stdin},
}
