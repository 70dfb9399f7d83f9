"""Intervals for means over problems, honest where problems are few: which method is used is part of the answer.

The bootstrap is right when there are many problems and fails when there are few: with 5 problems a nominal 95 %
BCa interval of pass@k covers 22–92 % depending on the difficulty of the problems, and with all problems solved it
has no width at all. Bowyer et al. 2025 (arXiv 2503.01747) show the same of intervals from the central limit theorem
below a few hundred problems and advise Wilson or Beta intervals. Per-problem values of pass@k lie in [0, 1], where
no distribution with mean m has a larger variance than the coin with chance m: the Wilson interval for "mean·M of M"
is therefore conservative for them, and for single attempts it is the usual one. It is used

- below `FEW_PROBLEMS` problems, and
- where fewer than `FEW_EVENTS` problems' worth of passes, or of failures, were seen (all solved included).

Elsewhere BCa is used. Simulated for four Beta distributions of difficulty, three pairs of attempts and k, and 5 to 164
problems, the rule covered 92–100 % (1000 rounds each).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cotbench.stats.bootstrap import (
    DRAWS,
    as_matrix,
    bca_limits,
    percentile_limits,
    resampled_means,
    simultaneous_factor,
    standard_errors,
)

Floats = NDArray[np.float64]

Method = Literal["wilson", "bca", "percentile", "wilson-bonferroni", "sup-t bootstrap", "agresti-min", "student"]

FEW_PROBLEMS = 20
"""Below this number of problems no bootstrap interval is shown."""

FEW_EVENTS = 5.0
"""Below this number of problems' worth of passes, or of failures, no bootstrap interval is shown."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Lower and upper limit, and the method that gave them."""

    low: float
    high: float
    method: Method


def wilson(successes: float, total: float, confidence: float = 0.95) -> Interval:
    """Return the Wilson score interval of a proportion (Wilson 1927); `successes` need not be whole.

    Raises ValueError unless total > 0, 0 <= successes <= total and 0 < confidence < 1.
    """
    check_confidence(confidence)
    if not total > 0 or not 0 <= successes <= total:
        raise ValueError(f"not a proportion: {successes} of {total}")
    z = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    share = successes / total
    shrink = 1.0 + z * z / total
    centre = (share + z * z / (2.0 * total)) / shrink
    half = z / shrink * math.sqrt(share * (1.0 - share) / total + z * z / (4.0 * total * total))
    # Rounding must not push the limit off the end that it equals in exact arithmetic.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == total else min(1.0, centre + half)
    return Interval(low, high, "wilson")


def mean_interval(values: Floats, *, confidence: float = 0.95, seed: int = 0, draws: int = DRAWS) -> Interval:
    """Return the interval of the mean over problems of `values` in [0, 1] (one per problem); see the module text.

    Raises ValueError for an empty vector or values outside [0, 1].
    """
    return mean_intervals(np.asarray(values, dtype=np.float64)[:, None], confidence=confidence, seed=seed, draws=draws)[
        0
    ]


def mean_intervals(
    values: Floats, *, confidence: float = 0.95, seed: int = 0, draws: int = DRAWS
) -> tuple[Interval, ...]:
    """Return one pointwise interval per column of `values` (problems × columns, in [0, 1]); see the module text.

    All columns share their resamples. Raises ValueError for an empty matrix or values outside [0, 1].
    """
    check_confidence(confidence)
    matrix = _shares(values)
    few = _few(matrix)
    problems = matrix.shape[0]
    centre = matrix.mean(axis=0)
    intervals = [wilson(_within(mean) * problems, problems, confidence) for mean in centre]
    if not few.all():
        wide = ~few
        columns = matrix[:, wide]
        low, high = bca_limits(columns, resampled_means(columns, draws=draws, seed=seed), confidence)
        for place, left, right in zip(np.flatnonzero(wide), low, high, strict=True):
            intervals[place] = Interval(float(left), float(right), "bca")
    return tuple(intervals)


def percentile_intervals(
    values: Floats, *, confidence: float = 0.95, seed: int = 0, draws: int = DRAWS
) -> tuple[Interval, ...]:
    """Return the plain percentile bootstrap interval of the mean per column, with no care for few problems.

    For comparison with other tools; tables and figures use `mean_intervals`.
    """
    check_confidence(confidence)
    low, high = percentile_limits(resampled_means(values, draws=draws, seed=seed), confidence)
    return tuple(Interval(float(a), float(b), "percentile") for a, b in zip(low, high, strict=True))


def simultaneous_intervals(
    values: Floats, *, confidence: float = 0.95, seed: int = 0, draws: int = DRAWS
) -> tuple[Interval, ...]:
    """Return a band per column of `values` (problems × columns, in [0, 1]) that covers the whole curve at once.

    Many problems: the mean ± the max-statistic quantile × the standard error, cut to [0, 1]. Few problems, or few
    passes or failures in a column: Wilson at the Bonferroni-adjusted level, which is conservative.
    """
    check_confidence(confidence)
    matrix = _shares(values)
    problems, columns = matrix.shape
    few = _few(matrix)
    centre = matrix.mean(axis=0)
    adjusted = 1.0 - (1.0 - confidence) / columns
    factor = 0.0
    if not few.all():
        shown = matrix[:, ~few]
        factor = simultaneous_factor(shown, resampled_means(shown, draws=draws, seed=seed), confidence)
        if few.any():
            # The two parts of the curve must hold together: the bootstrapped part gets its share of the error.
            part = 1.0 - (1.0 - confidence) * shown.shape[1] / columns
            factor = simultaneous_factor(shown, resampled_means(shown, draws=draws, seed=seed), part)
    errors = standard_errors(matrix)
    band: list[Interval] = []
    for column in range(columns):
        mean = _within(centre[column])
        if few[column]:
            limits = wilson(mean * problems, problems, adjusted)
            band.append(Interval(limits.low, limits.high, "wilson-bonferroni"))
        else:
            half = factor * float(errors[column])
            band.append(Interval(max(0.0, mean - half), min(1.0, mean + half), "sup-t bootstrap"))
    return tuple(band)


def check_confidence(confidence: float) -> None:
    """Raise ValueError unless 0 < confidence < 1."""
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")


def _shares(values: Floats) -> Floats:
    matrix = as_matrix(values)
    if matrix.shape[1] and (matrix.min() < -1e-9 or matrix.max() > 1.0 + 1e-9):
        raise ValueError("values must lie in [0, 1]")
    return matrix


def _few(matrix: Floats) -> NDArray[np.bool_]:
    problems = matrix.shape[0]
    if problems < FEW_PROBLEMS:
        return np.ones(matrix.shape[1], dtype=np.bool_)
    total = matrix.sum(axis=0)
    sparse: NDArray[np.bool_] = np.minimum(total, problems - total) < FEW_EVENTS
    # Equal values everywhere have no spread to resample.
    level: NDArray[np.bool_] = np.ptp(matrix, axis=0) <= 1e-12
    return sparse | level


def _within(mean: float) -> float:
    return min(1.0, max(0.0, float(mean)))
