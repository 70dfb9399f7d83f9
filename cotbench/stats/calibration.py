"""Calibration: whether what is said to be right with chance p is right that often.

Bins of equal width, the expected calibration error Σ n_b/N · |right_b − stated_b| (Naeini et al. 2015, AAAI) and the
Brier score, the mean of (stated − right)² (Brier 1950, Monthly Weather Review 78). Statements on one problem are not
independent: scores resample problems, and the interval of a bin is Wilson's for as many trials as it has problems.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cotbench.stats.bootstrap import DRAWS
from cotbench.stats.intervals import Interval, check_confidence, wilson
from cotbench.stats.streams import stream

Floats = NDArray[np.float64]

FEWEST = 5
"""Below this number of problems the scores have no interval."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Statements between two chances: how many, on how many problems, the mean chance stated, the share right."""

    low: float
    high: float
    statements: int
    problems: int
    stated: float
    right: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Score:
    """A score with its limits, which are None where problems are too few."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """Bins that hold a statement, the two scores, and `base`, the Brier score of always stating the share right."""

    bins: tuple[Bin, ...]
    statements: int
    problems: int
    right: float
    error: Score
    brier: Score
    base: float


def calibration(
    stated: ArrayLike,
    right: ArrayLike,
    problems: ArrayLike,
    *,
    bins: int = 10,
    confidence: float = 0.95,
    seed: int = 0,
    draws: int = DRAWS // 5,
) -> Calibration:
    """Return the calibration of chances `stated`, one per statement, with whether it was `right` and its problem.

    Raises ValueError for vectors of different length, no statement, or chances outside [0, 1].
    """
    check_confidence(confidence)
    chance, truth = np.asarray(stated, dtype=np.float64), np.asarray(right, dtype=np.float64)
    _, owner = np.unique(np.asarray(problems), return_inverse=True)
    if chance.ndim != 1 or chance.size == 0 or not chance.shape == truth.shape == owner.shape:
        raise ValueError("stated, right and problems must be vectors of one length, and not empty")
    if not np.all((chance >= 0) & (chance <= 1)):
        raise ValueError("a chance must lie between 0 and 1")
    place = np.minimum((chance * bins).astype(np.int64), bins - 1)
    count = int(owner.max()) + 1
    # One row per problem, so that a resample of problems is a product of matrices.
    sums = np.zeros((count, 3 * bins + 1))
    np.add.at(sums, (owner, place), 1.0)
    np.add.at(sums, (owner, bins + place), chance)
    np.add.at(sums, (owner, 2 * bins + place), truth)
    np.add.at(sums, (owner, np.full(owner.shape, 3 * bins)), (chance - truth) ** 2)
    error, brier = (float(values[0]) for values in _scores(sums.sum(axis=0, keepdims=True), bins))
    limits = _limits(sums, bins, confidence, seed, draws)
    share = float(truth.mean())
    found = [
        _bin(number, bins, chance[place == number], truth[place == number], owner[place == number], confidence)
        for number in range(bins)
        if np.any(place == number)
    ]
    return Calibration(
        bins=tuple(found),
        statements=chance.size,
        problems=count,
        right=share,
        error=Score(error, *limits[0]),
        brier=Score(brier, *limits[1]),
        base=share * (1.0 - share),
    )


def _bin(number: int, bins: int, stated: Floats, right: Floats, owner: NDArray[np.intp], confidence: float) -> Bin:
    problems, share = int(np.unique(owner).size), float(right.mean())
    return Bin(
        low=number / bins,
        high=(number + 1) / bins,
        statements=stated.size,
        problems=problems,
        stated=float(stated.mean()),
        right=share,
        interval=wilson(share * problems, problems, confidence),
    )


def _scores(sums: Floats, bins: int) -> tuple[Floats, Floats]:
    """Return the calibration error and the Brier score per row of summed counts, chances, passes and squares."""
    total = sums[:, :bins].sum(axis=1)
    gaps = np.abs(sums[:, 2 * bins : 3 * bins] - sums[:, bins : 2 * bins]).sum(axis=1)
    return gaps / total, sums[:, 3 * bins] / total


def _limits(
    sums: Floats, bins: int, confidence: float, seed: int, draws: int
) -> tuple[tuple[float | None, float | None], tuple[float | None, float | None]]:
    problems = sums.shape[0]
    if problems < FEWEST:
        return (None, None), (None, None)
    weights = stream(seed, "calibration").multinomial(problems, np.full(problems, 1.0 / problems), size=draws)
    tail = (1.0 - confidence) / 2.0
    error, brier = (np.quantile(values, [tail, 1.0 - tail]) for values in _scores(weights @ sums, bins))
    return (float(error[0]), float(error[1])), (float(brier[0]), float(brier[1]))
