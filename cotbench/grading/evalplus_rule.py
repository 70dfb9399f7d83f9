"""EvalPlus's rule for results of calls: equality, closeness of floats, and its own oracles for some problems.

The source of every rule is the package evalplus 0.3.1: `evalplus/eval/__init__.py` (`unsafe_execute`, `is_floats`) and
`evalplus/eval/_special_oracle.py`. Where this differs from it on purpose, docs/grading.md says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from cotbench.core.errors import GradingError, near_matches
from cotbench.core.problem import Value

_RELATIVE = 1e-7
_OF_FLOATS = 1e-6
_NUMPY_INTEGERS = range(-(1 << 63), 1 << 64)

_Oracle: TypeAlias = Callable[[Sequence[Any], Any, Any, float], bool]
"""(arguments, produced, expected, tolerance) → whether an output is right though it need not equal the expected one."""


def evalplus_rule(tolerance: float, oracle: str) -> Callable[[Sequence[Value], Value, Value], bool]:
    """Return the rule for a problem with that `atol`; `oracle` is "" or one of `EVALPLUS_ORACLES`.

    Raises GradingError for an oracle that does not exist.
    """
    if oracle and oracle not in EVALPLUS_ORACLES:
        raise GradingError(f"EvalPlus has no oracle {oracle!r}", hint=near_matches(oracle, EVALPLUS_ORACLES))
    special = EVALPLUS_ORACLES.get(oracle)

    def compare(arguments: Sequence[Value], produced: Value, expected: Value) -> bool:
        try:
            if special is None:
                return bool(produced == expected) or _close(produced, expected, tolerance)
            if special(arguments, produced, expected, tolerance):
                return True
            return special is not _root and _close(produced, expected, tolerance)
        except (TypeError, ValueError, ArithmeticError, RecursionError, AttributeError):
            return False

    return compare


def _close(produced: Value, expected: Value, tolerance: float) -> bool:
    """Return whether two unequal values are of one type and as near to each other as `numpy.allclose` asks for."""
    atol = tolerance or (_OF_FLOATS if _floats(expected) else 0.0)
    if not atol or type(produced) is not type(expected):
        return False
    ours: list[Any] = []
    theirs: list[Any] = []
    # Broadcasting, which numpy would do, could make a small answer into a huge comparison.
    if _shape(expected, theirs) != _shape(produced, ours):
        return False
    # An infinite bound means that the expected number is infinite, and those are close to themselves only.
    return all(a == b or abs(a - b) <= atol + _RELATIVE * abs(b) < math.inf for a, b in zip(ours, theirs, strict=True))


def _floats(value: Value) -> bool:
    if isinstance(value, (list, tuple)):
        return bool(value) and all(isinstance(item, float) for item in value)
    return isinstance(value, float)


def _shape(value: Value, numbers: list[Any]) -> tuple[int, ...]:
    """Return the shape of an array of numbers and append the numbers. Raises ValueError if it is not one."""
    if isinstance(value, (list, tuple)):
        shapes = {_shape(item, numbers) for item in value}
        if len(shapes) > 1:
            raise ValueError("ragged")
        return (len(value), *(shapes.pop() if shapes else ()))
    if not isinstance(value, (int, float, complex)) or (isinstance(value, int) and value not in _NUMPY_INTEGERS):
        raise ValueError("not a number that fits in an array")
    numbers.append(value)
    return ()


def _root(arguments: Sequence[Any], produced: Any, expected: Any, tolerance: float) -> bool:
    (coefficients,) = arguments
    powers = (coefficient * math.pow(produced, power) for power, coefficient in enumerate(coefficients))
    return bool(abs(sum(powers)) <= tolerance)


def _anything(arguments: Sequence[Any], produced: Any, expected: Any, tolerance: float) -> bool:
    return True


def _zero_too(arguments: Sequence[Any], produced: Any, expected: Any, tolerance: float) -> bool:
    return bool(produced == expected or produced == 0)


def _pyramid(arguments: Sequence[Any], produced: Any, expected: Any, tolerance: float) -> bool:
    """Also right: the area if the second argument is the height of the pyramid, not that of its sides."""
    if produced == expected:
        return True
    base, height = arguments
    slant = math.sqrt((base / 2) ** 2 + height**2)
    return bool(abs(produced - round(base**2 + 4 * (base * slant) / 2)) <= tolerance)


def _padded_digits(arguments: Sequence[Any], produced: Any, expected: Any, tolerance: float) -> bool:
    """Also right: the distance if the shorter number is filled up with zeros on its left."""
    if produced == expected:
        return True
    first, second = map(str, arguments)
    width = max(len(first), len(second))
    pairs = zip(first.zfill(width), second.zfill(width), strict=True)
    return bool(produced == sum(abs(int(one) - int(other)) for one, other in pairs))


def _same_set(arguments: Sequence[Any], produced: Any, expected: Any, tolerance: float) -> bool:
    wanted = set(expected)
    # A range is the one value whose set can be far larger than what the program sent.
    if isinstance(produced, range) and len(produced) != len(wanted):
        return False
    return set(produced) == wanted


def _not_none(arguments: Sequence[Any], produced: Any, expected: Any, tolerance: float) -> bool:
    # The references return matches of a regular expression, which are not plain data, or None.
    wanted = expected if isinstance(expected, bool) else expected is not None
    if isinstance(produced, bool):
        return produced is wanted
    return bool(wanted == (produced is not None))


EVALPLUS_ORACLES: Mapping[str, _Oracle] = {
    "find_zero": _root,
    "are_equivalent": _anything,
    "sum_div": _zero_too,
    "surface_Area": _pyramid,
    "digit_distance_nums": _padded_digits,
    "similar_elements": _same_set,
    "find_char_long": _same_set,
    "common_in_nested_lists": _same_set,
    "extract_singly": _same_set,
    "larg_nnum": _same_set,
    "intersection_array": _same_set,
    "find_dissimilar": _same_set,
    "Diff": _same_set,
    "check_str": _not_none,
    "text_match_three": _not_none,
    "text_starta_endb": _not_none,
}
"""EvalPlus's oracles by the function that they are for; `find_zero` is of HumanEval, the others are of MBPP."""
