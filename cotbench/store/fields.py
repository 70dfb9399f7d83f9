"""Reading the fields of a row: each function returns a decoded JSON value of the kind it is named for, or raises."""

from __future__ import annotations

import sys
from collections.abc import Mapping

_LARGEST = (1 << 63) - 1


def text_of(value: object) -> str:
    """Return a text. Raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError(f"text expected, got {type(value).__name__}")
    return value


def word_of(value: object) -> str:
    """Return a text that many rows share; it is held once."""
    return sys.intern(text_of(value))


def whole_of(value: object) -> int:
    """Return a whole number of 64 bits.

    Raises TypeError for anything else, truth values included, and ValueError for a larger one.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"whole number expected, got {type(value).__name__}")
    if not -_LARGEST <= value <= _LARGEST:
        raise ValueError(f"{value} is too large")
    return value


def number_of(value: object) -> float:
    """Return a number. Raises TypeError for anything else, truth values included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"number expected, got {type(value).__name__}")
    return float(value)


def list_of(value: object) -> list[object]:
    """Return a list. Raises TypeError for anything else."""
    if not isinstance(value, list):
        raise TypeError(f"list expected, got {type(value).__name__}")
    return value


def object_of(value: object) -> Mapping[str, object]:
    """Return an object. Raises TypeError for anything else."""
    if not isinstance(value, dict):
        raise TypeError(f"object expected, got {type(value).__name__}")
    return value
