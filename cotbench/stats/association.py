"""Whether one quantity goes with another over runs or problems: Spearman's correlation, alone and given a third.

Points that share a model or a problem are not independent, so intervals resample clusters of points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cotbench.stats.streams import stream

Floats = NDArray[np.float64]

DRAWS = 2000
_CHUNK_CELLS = 2_000_000

FEWEST = 4
"""Below this number of points, or of clusters, no interval is given."""

FEWEST_PARTIAL = 5
"""Points below which no partial correlation is given: three are always at ±1, and four have one degree of freedom."""


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
    than three points, for the partial one `FEWEST_PARTIAL`, or a quantity that does not vary. Raises ValueError for
    vectors of different length or values that are not finite.
    """
    columns = [np.asarray(values, dtype=np.float64) for values in (x, y, *([] if given is None else [given]))]
    size = columns[0].size
    labels = np.arange(size) if clusters is None else np.unique(np.asarray(clusters), return_inverse=True)[1].ravel()
    if any(column.ndim != 1 or column.size != size for column in columns) or labels.size != size:
        raise ValueError("all quantities must be vectors of the same length")
    data = np.stack(columns, axis=1)
    if not bool(np.all(np.isfinite(data))):
        raise ValueError("values must be finite")
    estimate = None if given is not None and size < FEWEST_PARTIAL else _correlation(data)
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
    picks = stream(seed, "association").integers(count, size=(draws, count))
    step = max(1, _CHUNK_CELLS // data.shape[0])
    parts = [_resampled(data, labels, picks[start : start + step]) for start in range(0, draws, step)]
    found = np.concatenate(parts)
    found = found[np.isfinite(found)]
    if found.size < draws / 2:
        return None, None
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(found, [tail, 1.0 - tail])
    return float(low), float(high)


def _resampled(data: Floats, labels: NDArray[np.intp], picks: NDArray[np.int64]) -> Floats:
    """Return one correlation per row of picked clusters, NaN where it is undefined."""
    rows, count = picks.shape
    places = picks + count * np.arange(rows)[:, None]
    times = np.bincount(places.ravel(), minlength=rows * count).reshape(rows, count)
    return _correlations(data, times[:, labels].astype(np.float64))


def _correlation(data: Floats) -> float | None:
    value = float(_correlations(data, np.ones((1, data.shape[0])))[0])
    return value if np.isfinite(value) else None


def _correlations(data: Floats, weights: Floats) -> Floats:
    """Return a rank correlation per row of `weights` (rows × points), which say how often each point is there."""
    total = weights.sum(axis=1)
    columns: list[Floats] = []
    for values in data.T:
        ranks = _weighted_ranks(values, weights)
        centre = (weights * ranks).sum(axis=1) / np.maximum(total, 1.0)
        columns.append(ranks - centre[:, None])
    squares = [(weights * column**2).sum(axis=1) for column in columns]
    known = (total >= 3) & np.all([square > 1e-12 for square in squares], axis=0)

    def between(left: int, right: int) -> Floats:
        product: Floats = (weights * columns[left] * columns[right]).sum(axis=1)
        share: Floats = product / np.sqrt(squares[left] * squares[right])
        return share

    with np.errstate(divide="ignore", invalid="ignore"):
        value = between(0, 1)
        if len(columns) > 2:
            from_x, from_y = between(0, 2), between(1, 2)
            rest = (1.0 - from_x**2) * (1.0 - from_y**2)
            known &= rest > 1e-12
            value = (value - from_x * from_y) / np.sqrt(rest)
    found: Floats = np.where(known, np.clip(value, -1.0, 1.0), np.nan)
    return found


def _weighted_ranks(values: Floats, weights: Floats) -> Floats:
    """Return the rank of each point among as many copies of all points as `weights` say, equal ones at their mean."""
    _, group = np.unique(values, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(int(group.max(initial=0)) + 1))
    sizes = np.add.reduceat(weights[:, order], starts, axis=1)
    middle = np.cumsum(sizes, axis=1) - sizes / 2.0 + 0.5
    ranks: Floats = middle[:, group]
    return ranks
