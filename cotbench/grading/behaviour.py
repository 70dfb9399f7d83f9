"""What makes two outputs the same behaviour: one text per output, equal where the outputs are.

A comparer decides about pairs, and closeness of floats is no equivalence: grouping needs a form to group by. It is as
strict as the problem's comparer where that asks for equality, and rounds floats where that takes close ones for equal.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from cotbench.core.ids import canonical
from cotbench.core.problem import Value

FORM = 1
"""Raised whenever outputs of one form could get another one."""

_ROUNDED = ".6g"
_STRICT_ABOUT_FLOATS = ("exact", "equal", "livecodebench-call")
_STRICT_ABOUT_SEQUENCES = ("equal", "evalplus")
_MOST_SHOWN = 80
_HELD = 2000


def output_digest(value: Value, comparer: str) -> str:
    """Return a digest of what a call returned, equal for outputs that a comparer of that name takes for equal.

    Truth values equal 0 and 1, floats of whole value equal the integer, as in Python. Floats are rounded to 6 digits
    where the comparer knows closeness; lists equal tuples where it says so. What is not plain data is all alike.
    """
    try:
        text = canonical(_node(value, comparer))
    except RecursionError:
        text = '{"nested":"too deep"}'
    return _digest(text)


def printed_digest(text: str, comparer: str) -> str:
    """Return a digest of what a program printed.

    Under `exact` every character counts; else lines are stripped, and numbers of the same value (to 6 digits, where
    they have a point or an exponent) are equal; under `codecontests` letter case does not count.
    """
    if comparer == "exact":
        return _digest(text)
    folded = text.lower() if comparer == "codecontests" else text
    return _digest("\n".join(" ".join(map(_word, line.split())) for line in folded.strip().split("\n")))


def input_text(value: Value) -> str:
    """Return an input as a text, the same in every process; different inputs have different ones, but for 1 and 1.0."""
    return canonical(_node(value, "equal"))


def shown(value: Value) -> str:
    """Return an output in at most 80 characters, on one line, to be read by people."""
    try:
        text = repr(_beginning(value, 4))
    except (ValueError, RecursionError):
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _node(value: Value, comparer: str) -> object:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        # JSON writes them in decimal, which Python refuses for very long ones.
        return hex(value)
    if isinstance(value, float):
        return _float(value, comparer)
    if isinstance(value, (list, tuple)):
        kind = type(value).__name__ if comparer in _STRICT_ABOUT_SEQUENCES else "sequence"
        return {kind: [_node(item, comparer) for item in value]}
    if isinstance(value, (set, frozenset)):
        return {"set": sorted(canonical(_node(item, comparer)) for item in value)}
    if isinstance(value, Mapping):
        pairs = ([canonical(_node(key, comparer)), _node(item, comparer)] for key, item in value.items())
        return {"dict": sorted(pairs, key=lambda pair: str(pair[0]))}
    if isinstance(value, complex):
        return {"complex": [_float(value.real, comparer), _float(value.imag, comparer)]}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    # Ranges, decimals and fractions say what they hold; what is not plain data says nothing.
    return {type(value).__name__: str(value) if type(value).__module__ in ("builtins", "decimal", "fractions") else ""}


def _float(value: float, comparer: str) -> object:
    if not math.isfinite(value):
        return {"float": repr(value)}
    if value.is_integer():
        return hex(int(value))
    if comparer in _STRICT_ABOUT_FLOATS:
        return {"float": repr(value)}
    rounded = float(format(value, _ROUNDED))
    return hex(int(rounded)) if rounded.is_integer() else {"float": repr(rounded)}


def _word(word: str) -> str:
    try:
        number = Decimal(word)
    except InvalidOperation:
        return word
    if not number.is_finite():
        return word
    if any(mark in word for mark in ".eE"):
        number = Decimal(format(number, _ROUNDED))
    return str(number.normalize() + 0)


def _beginning(value: Value, depth: int) -> Value:
    """Return the beginning of a value, enough to show: the whole of a large one is never written out."""
    if isinstance(value, (str, bytes)):
        return value[:_HELD]
    if isinstance(value, (list, tuple)):
        items = [_beginning(item, depth - 1) for item in value[:_MOST_SHOWN]] if depth else ["…"]
        return items if isinstance(value, list) else tuple(items)
    return value
