"""Whether two judgements of the same things agree: the share that does, and Cohen's kappa."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """`share` is the share of `pairs` judged alike; kappa is None where chance alone explains all agreement."""

    pairs: int
    share: float
    kappa: float | None


def agreement(first: Sequence[bool], second: Sequence[bool]) -> Agreement | None:
    """Return how far two series of judgements agree; None where there is none.

    Kappa is (observed − expected) / (1 − expected), expected from each series' own share of yes (Cohen 1960,
    Educational and Psychological Measurement 20:37). Raises ValueError for series of different length.
    """
    if len(first) != len(second):
        raise ValueError("both series must judge the same things")
    count = len(first)
    if not count:
        return None
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / count
    yes, also = sum(first) / count, sum(second) / count
    expected = yes * also + (1 - yes) * (1 - also)
    kappa = None if expected >= 1 else (observed - expected) / (1 - expected)
    return Agreement(count, observed, kappa)
