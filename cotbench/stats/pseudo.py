"""Anytime curves problem by problem: values to pair, intervals at single costs, bands for a whole curve.

Where no unit was cut before a cost, a problem's value there is the share of its units that passed by then. Otherwise
it is the pseudo-observation M·F − (M−1)·F₋ᵢ, with F the product-limit estimate over M problems and F₋ᵢ the one without
problem i (Andersen, Klein and Rosthøj 2003, Biometrika 90:15). Both have the curve as their mean, the second nearly
so, and the first is what the second comes to where nothing was cut.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cotbench.stats.anytime import DRAWS, Searches, known_until, product_limit, resampled_weights, unit_weights
from cotbench.stats.intervals import (
    FEW_EVENTS,
    FEW_PROBLEMS,
    Interval,
    Method,
    check_confidence,
    mean_intervals,
    simultaneous_intervals,
    wilson,
)

Floats = NDArray[np.float64]

Band = Literal["pointwise", "simultaneous"]


def values_at(units: Searches, costs: ArrayLike) -> Floats:
    """Return one value per problem and cost (problems, ascending by number × costs); see the module text.

    Raises ValueError for a cost beyond which the curve is not known (`known_until`).
    """
    wanted = _known(units, costs)
    numbers, place = np.unique(units.problem, return_inverse=True)
    weights = unit_weights(units)
    reached = units.passed[:, None] & (units.cost[:, None] <= wanted)
    values = np.zeros((numbers.size, wanted.size), dtype=np.float64)
    np.add.at(values, place, reached * weights[:, None])
    clouded = _clouded(units, wanted)
    if clouded.any() and numbers.size > 1:
        without = np.where(place[None, :] == np.arange(numbers.size)[:, None], 0.0, weights)
        whole = product_limit(units, weights[None, :], wanted[clouded])
        rest = product_limit(units, without, wanted[clouded])
        values[:, clouded] = numbers.size * whole - (numbers.size - 1) * rest
    return values


def anytime_intervals(
    units: Searches,
    costs: ArrayLike,
    *,
    band: Band = "pointwise",
    confidence: float = 0.95,
    seed: int = 0,
    draws: int = DRAWS,
) -> tuple[Floats, tuple[Interval, ...]]:
    """Return the curve at ascending costs and its limits there, or with `band="simultaneous"` for all costs at once.

    Costs at which nothing was cut are treated as means over problems are (`mean_intervals`,
    `simultaneous_intervals`). Beyond a cut the product-limit estimate is resampled, problems and within them units:
    percentiles, or the estimate ± the quantile of the largest studentised deviation on the scale of arcsin √F, which is
    as wide at the ends as in the middle; where few problems are still known, passed or failed, Wilson's interval on
    those that are known. Raises ValueError as `values_at`.
    """
    check_confidence(confidence)
    wanted = _known(units, costs)
    if not wanted.size:
        return wanted, ()
    centre = product_limit(units, unit_weights(units)[None, :], wanted)[0]
    clouded = _clouded(units, wanted)
    clear = ~clouded
    # In a band the two parts of the curve must hold together: each gets its share of the error.
    limits: list[Interval | None] = [None] * wanted.size
    if clear.any():
        level = confidence if band == "pointwise" else 1.0 - (1.0 - confidence) * float(clear.mean())
        over = mean_intervals if band == "pointwise" else simultaneous_intervals
        found = over(np.clip(values_at(units, wanted[clear]), 0.0, 1.0), confidence=level, seed=seed)
        for index, interval in zip(np.flatnonzero(clear), found, strict=True):
            limits[index] = interval
    if clouded.any():
        level = confidence if band == "pointwise" else 1.0 - (1.0 - confidence) * float(clouded.mean())
        places = np.flatnonzero(clouded)
        for index, interval in zip(
            places, _resampled(units, wanted[places], centre[places], band, level, seed, draws), strict=True
        ):
            limits[index] = interval
    return centre, tuple(interval for interval in limits if interval is not None)


def known_problems(units: Searches, costs: ArrayLike) -> Floats:
    """Return, per cost, how many problems' worth of units passed, ended or were still watched there."""
    wanted = np.asarray(costs, dtype=np.float64)
    lost = units.cut[:, None] & (units.cost[:, None] < wanted)
    known: Floats = unit_weights(units) @ (~lost).astype(np.float64)
    return known


def over_at(units: Searches, costs: ArrayLike) -> Floats:
    """Return, per cost, the share of problems whose units had ended by themselves, unsolved, before it."""
    wanted = np.asarray(costs, dtype=np.float64)
    over = (~units.passed & ~units.cut)[:, None] & (units.cost[:, None] < wanted)
    weights = unit_weights(units)
    share: Floats = weights @ over.astype(np.float64) / weights.sum()
    return share


def _resampled(
    units: Searches, costs: Floats, centre: Floats, band: Band, confidence: float, seed: int, draws: int
) -> list[Interval]:
    sets = product_limit(units, resampled_weights(units, draws=draws, seed=seed), costs)
    tail = (1.0 - confidence) / 2.0
    low, high = np.nanquantile(sets, [tail, 1.0 - tail], axis=0)
    errors = np.nanstd(sets, axis=0, ddof=1)
    known = known_problems(units, costs)
    events = known * np.minimum(centre, 1.0 - centre)
    few = (known < FEW_PROBLEMS) | (events < FEW_EVENTS) | (errors <= 1e-12)
    angles, angle = np.arcsin(np.sqrt(np.clip(sets, 0.0, 1.0))), np.arcsin(np.sqrt(np.clip(centre, 0.0, 1.0)))
    spread = np.nanstd(angles, axis=0, ddof=1)
    factor = 0.0
    if band == "simultaneous" and not few.all():
        # The few columns are widened by Bonferroni, so that the others need only their own share.
        part = 1.0 - (1.0 - confidence) * float(np.mean(~few))
        largest = np.nanmax(np.abs(angles[:, ~few] - angle[~few]) / spread[~few], axis=1)
        factor = max(NormalDist().inv_cdf(0.5 + part / 2.0), float(np.nanquantile(largest, part)))
    intervals: list[Interval] = []
    for column in range(costs.size):
        mean = min(1.0, max(0.0, float(centre[column])))
        if few[column]:
            level = confidence if band == "pointwise" else 1.0 - (1.0 - confidence) / costs.size
            found = wilson(mean * known[column], max(float(known[column]), 1e-9), level)
            method: Method = "wilson" if band == "pointwise" else "wilson-bonferroni"
            intervals.append(Interval(min(found.low, mean), max(found.high, mean), method))
        elif band == "pointwise":
            intervals.append(Interval(float(min(low[column], mean)), float(max(high[column], mean)), "percentile"))
        else:
            ends = np.clip(angle[column] + factor * spread[column] * np.array([-1.0, 1.0]), 0.0, math.pi / 2.0)
            below, above = (np.sin(ends) ** 2).tolist()
            intervals.append(Interval(below, above, "sup-t bootstrap"))
    return intervals


def _clouded(units: Searches, costs: Floats) -> NDArray[np.bool_]:
    """Costs before which some unit was cut."""
    first = float(units.cost[units.cut].min()) if units.cut.any() else np.inf
    clouded: NDArray[np.bool_] = costs > first
    return clouded


def _known(units: Searches, costs: ArrayLike) -> Floats:
    wanted = np.asarray(costs, dtype=np.float64)
    if wanted.ndim != 1 or np.any(np.diff(wanted) <= 0):
        raise ValueError("costs must ascend")
    if wanted.size and wanted[-1] > known_until(units):
        raise ValueError(f"the curve is known up to {known_until(units):g} only")
    return wanted
