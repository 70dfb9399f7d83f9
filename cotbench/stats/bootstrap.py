"""The bootstrap over problems: resampled means, and percentile, BCa and simultaneous intervals made from them.

The unit of resampling is always the problem. Attempts on one problem share its difficulty, so pooling them gives
intervals that are far too narrow (Miller 2024, arXiv 2411.00640).
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from cotbench.stats.streams import stream

Floats = NDArray[np.float64]

DRAWS = 10_000
"""How many resamples are drawn unless told otherwise."""

_CHUNK_CELLS = 250_000


def resampled_means(values: Floats, *, draws: int = DRAWS, seed: int = 0) -> Floats:
    """Return bootstrap means, shape draws × columns, of `values` (problems × columns).

    All columns share their resamples, so a curve is resampled as a whole. Memory stays bounded: resamples are
    drawn in chunks. Raises ValueError for an empty or non-finite matrix.
    """
    matrix = as_matrix(values)
    problems = matrix.shape[0]
    rng = stream(seed, "bootstrap")
    step = max(1, _CHUNK_CELLS // problems)
    firsts = (np.arange(step) * problems)[:, None]
    means = np.empty((draws, matrix.shape[1]), dtype=np.float64)
    for start in range(0, draws, step):
        size = min(step, draws - start)
        chosen = firsts[:size] + rng.integers(problems, size=(size, problems), dtype=np.int32)
        # How often each problem is in each resample: far quicker than drawing these numbers from a multinomial.
        times = np.bincount(chosen.ravel(), minlength=size * problems).reshape(size, problems)
        means[start : start + size] = times @ matrix / problems
    return means


def percentile_limits(means: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return the lower and upper percentile limits per column of the bootstrap means."""
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(means, [tail, 1.0 - tail], axis=0)
    return low, high


def bca_limits(values: Floats, means: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return bias-corrected and accelerated limits of the mean per column (Efron 1987, JASA 82:171).

    `values` is problems × columns, `means` are its bootstrap means. A column without spread has limits equal to
    its mean: callers must not show that as an interval (see `intervals`).
    """
    matrix = as_matrix(values)
    normal = NormalDist()
    tail = (1.0 - confidence) / 2.0
    points = (normal.inv_cdf(tail), normal.inv_cdf(1.0 - tail))
    centre = matrix.mean(axis=0)
    deviations = matrix - centre
    squares = np.sum(deviations**2, axis=0)
    cubes = np.sum(deviations**3, axis=0)
    low, high = centre.copy(), centre.copy()
    draws = means.shape[0]
    for column in range(matrix.shape[1]):
        if squares[column] <= 1e-18:
            continue
        here, tolerance = means[:, column], 1e-12
        below = np.count_nonzero(here < centre[column] - tolerance)
        ties = np.count_nonzero(np.abs(here - centre[column]) <= tolerance)
        share = min(max((below + ties / 2) / draws, 1.0 / draws), 1.0 - 1.0 / draws)
        bias = normal.inv_cdf(share)
        # The jackknife acceleration of a mean has this closed form.
        acceleration = cubes[column] / (6.0 * squares[column] ** 1.5)
        levels = [normal.cdf(bias + (bias + z) / (1.0 - acceleration * (bias + z))) for z in points]
        low[column], high[column] = np.quantile(here, levels)
    return low, high


def simultaneous_factor(values: Floats, means: Floats, confidence: float) -> float:
    """Return the number of standard errors within which all columns stay at once, with this confidence.

    The quantile of the largest studentised deviation over the columns (sup-t band: Montiel Olea and
    Plagborg-Møller 2019, J. Applied Econometrics 34:1). Columns without spread are left out. Never below the
    pointwise normal quantile.
    """
    matrix = as_matrix(values)
    pointwise = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    errors = standard_errors(matrix)
    spread = errors > 1e-12
    if not bool(spread.any()):
        return pointwise
    deviations = np.abs(means[:, spread] - matrix[:, spread].mean(axis=0)) / errors[spread]
    return max(pointwise, float(np.quantile(deviations.max(axis=1), confidence)))


def standard_errors(values: Floats) -> Floats:
    """Return the standard error of the mean per column over problems; zero for a single problem."""
    matrix = as_matrix(values)
    if matrix.shape[0] < 2:
        return np.zeros(matrix.shape[1], dtype=np.float64)
    errors: Floats = matrix.std(axis=0, ddof=1) / np.sqrt(matrix.shape[0])
    return errors


def as_matrix(values: Floats) -> Floats:
    """Return `values` as a problems × columns matrix; a vector is one column.

    Raises ValueError if it is empty or not finite.
    """
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.ndim == 1:
        matrix = matrix[:, None]
    if matrix.ndim != 2 or matrix.shape[0] == 0:
        raise ValueError("values must be a vector or a problems × columns matrix with at least one problem")
    if not bool(np.all(np.isfinite(matrix))):
        raise ValueError("values must be finite")
    return matrix
