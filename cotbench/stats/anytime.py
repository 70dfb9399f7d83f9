"""Anytime curves: the share of problems solved by the time that a given cost was spent on each.

One definition for every strategy, adaptive ones included: a unit (one search on one problem) reaches its first passing
attempt at some cost, or ends by itself without one (it never will), or is cut by a budget (nobody knows). The curve is
the product-limit estimate of P(cost of the first pass <= b) (Kaplan and Meier 1958, JASA 53:457), each problem having
the same weight however many units it has. Without cut units that is the plain mean over problems of the share of
units that passed by b. It assumes that a budget cuts units whatever their chances; it ends where no unit is left.

For repeated sampling the curve on the axis of attempts is pass@k for one order of the attempts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cotbench.stats.streams import stream

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

DRAWS = 1000

_CHUNK_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Searches:
    """Units, one entry each: the problem's number, the cost at which it ended, and how.

    `cost` is that of the first pass where `passed`, of the cut where `cut`, and without meaning elsewhere: the unit
    ended by itself, unsolved.
    """

    problem: Ints
    cost: Floats
    passed: Bools
    cut: Bools


def searches(problem: ArrayLike, cost: ArrayLike, passed: ArrayLike, cut: ArrayLike) -> Searches:
    """Return checked units. Raises ValueError for vectors of different length, no unit, negative or missing costs of
    units that passed or were cut, or a unit that did both.
    """
    numbers, costs = np.asarray(problem, dtype=np.int64), np.asarray(cost, dtype=np.float64)
    right, stopped = np.asarray(passed, dtype=np.bool_), np.asarray(cut, dtype=np.bool_)
    if numbers.ndim != 1 or not numbers.size or not numbers.shape == costs.shape == right.shape == stopped.shape:
        raise ValueError("units must be vectors of the same length, at least 1")
    if np.any(right & stopped):
        raise ValueError("a unit either passed or was cut")
    known = costs[right | stopped]
    if not np.all(np.isfinite(known)) or np.any(known < 0):
        raise ValueError("costs must be finite and not negative")
    return Searches(numbers, costs, right, stopped)


def known_until(units: Searches) -> float:
    """Return the largest cost at which some unit is still watched: infinite unless all unsolved ones were cut."""
    if np.any(~units.passed & ~units.cut) or not units.cut.any():
        return float("inf")
    return float(units.cost.max())


def unit_weights(units: Searches) -> Floats:
    """Return one weight per unit: problems weigh the same, and so do the units of one problem."""
    _, place, counts = np.unique(units.problem, return_inverse=True, return_counts=True)
    weights: Floats = 1.0 / counts[place]
    return weights


def resampled_weights(units: Searches, *, draws: int, seed: int) -> Floats:
    """Return bootstrap weights, shape draws × units: problems drawn with replacement, then units within each draw."""
    rng = stream(seed, "anytime")
    names, place, counts = np.unique(units.problem, return_inverse=True, return_counts=True)
    chosen = rng.multinomial(names.size, np.full(names.size, 1.0 / names.size), size=draws)
    weights = chosen[:, place].astype(np.float64)
    for number in np.flatnonzero(counts > 1):
        size = int(counts[number])
        # A problem that is drawn twice has its units drawn twice, independently.
        drawn = rng.multinomial(chosen[:, number] * size, np.full(size, 1.0 / size))
        weights[:, place == number] = drawn / size
    return weights


def product_limit(units: Searches, weights: Floats, costs: Floats) -> Floats:
    """Return the product-limit estimate at `costs`, shape rows of `weights` × costs.

    A unit that is cut at a cost is still at risk there. NaN where a row has no weight left.
    """
    events = np.unique(units.cost[units.passed])
    result = np.zeros((weights.shape[0], costs.size), dtype=np.float64)
    if not events.size or not costs.size:
        return result
    until = np.where(units.passed | units.cut, units.cost, np.inf)
    order = np.argsort(until, kind="stable")
    # Column j of the reversed sums is the weight of all units that are watched at the j-th cost or longer.
    first = np.searchsorted(until[order], events, side="left")
    passes = np.flatnonzero(units.passed)
    passes = passes[np.argsort(units.cost[passes], kind="stable")]
    starts = np.searchsorted(units.cost[passes], events, side="left")
    before = np.searchsorted(events, costs, side="right")
    step = max(1, _CHUNK_CELLS // max(1, units.cost.size))
    for start in range(0, weights.shape[0], step):
        rows = weights[start : start + step]
        watched = np.cumsum(rows[:, order[::-1]], axis=1)[:, ::-1][:, first]
        passing = np.add.reduceat(rows[:, passes], starts, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            survival = np.cumprod(np.where(passing > 0, 1.0 - passing / watched, 1.0), axis=1)
        whole = np.concatenate([np.ones((rows.shape[0], 1)), survival], axis=1)
        result[start : start + step] = np.clip(1.0 - whole[:, before], 0.0, 1.0)
    return result
