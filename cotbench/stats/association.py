"""Whether one quantity goes with another over runs or problems: Spearman's correlation, alone and given a third.

Points that share a model or a problem are not independent, so intervals resample clusters of points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from cotbench.stats.streams import stream

Floats = NDArray[np.float64]

DRAWS = 2000
FEWEST = 4
"""Below this number of points, or of clusters, no interval is given."""


@dataclass(frozen=True, slots=True)
class Association:
    """A rank correlation over `points` points in `clusters` clusters; limits are None where there are too few."""

    points: int
    clusters: int
    estimate: float
    low: float | None
    high: float | None


def spearman(
    x: ArrayLike,
    y: ArrayLike,
    *,
    given: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    confidence: float = 0.95,
    seed: int = 0,
    draws: int = DRAWS,
) -> Association | None:
    """Return Spearman's correlation of x and y, partial given a third quantity if there is one, with an interval.

    The partial one is (r_xy − r_xz·r_yz) / √((1 − r_xz²)(1 − r_yz²)) of the rank correlations. The interval is the
    percentile bootstrap over clusters (by default every point is one). None where a correlation is undefined: fewer
    than three points, or a quantity that does not vary. Raises ValueError for vectors of different length or values
    that are not finite.
    """
    columns = [np.asarray(values, dtype=np.float64) for values in (x, y, *([] if given is None else [given]))]
    size = columns[0].size
    labels = np.arange(size) if clusters is None else np.unique(np.asarray(clusters), return_inverse=True)[1].ravel()
    if any(column.ndim != 1 or column.size != size for column in columns) or labels.size != size:
        raise ValueError("all quantities must be vectors of the same length")
    data = np.stack(columns, axis=1)
    if not bool(np.all(np.isfinite(data))):
        raise ValueError("values must be finite")
    estimate = _correlation(data)
    if estimate is None:
        return None
    count = int(labels.max()) + 1
    low, high = _limits(data, labels, count, confidence, seed, draws)
    return Association(size, count, estimate, low, high)


def _limits(
    data: Floats, labels: NDArray[np.intp], count: int, confidence: float, seed: int, draws: int
) -> tuple[float, float] | tuple[None, None]:
    if count < FEWEST:
        return None, None
    rng = stream(seed, "association")
    members = [np.flatnonzero(labels == label) for label in range(count)]
    found: list[float] = []
    for picks in rng.integers(count, size=(draws, count)):
        value = _correlation(data[np.concatenate([members[pick] for pick in picks])])
        if value is not None:
            found.append(value)
    if len(found) < draws / 2:
        return None, None
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(found, [tail, 1.0 - tail])
    return float(low), float(high)


def _correlation(data: Floats) -> float | None:
    if data.shape[0] < 3:
        return None
    ranks = rankdata(data, axis=0)
    centred = ranks - ranks.mean(axis=0)
    squares = (centred**2).sum(axis=0)
    if np.any(squares <= 1e-12):
        return None
    r = (centred.T @ centred) / np.sqrt(np.outer(squares, squares))
    if data.shape[1] == 2:
        return float(np.clip(r[0, 1], -1.0, 1.0))
    rest = (1.0 - r[0, 2] ** 2) * (1.0 - r[1, 2] ** 2)
    if rest <= 1e-12:
        return None
    return float(np.clip((r[0, 1] - r[0, 2] * r[1, 2]) / np.sqrt(rest), -1.0, 1.0))
