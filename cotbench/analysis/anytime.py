"""Anytime curves of several runs on one axis of cost, and their comparison at a few common budgets.

A budget is spent on each problem. A run's value is the share of problems that one unit of its search has solved by
then; the first run is the baseline, and everything is over the problems that all runs have in common.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cotbench.analysis.first_passes import UNITS, Axis, Passes
from cotbench.analysis.notes import counted
from cotbench.core.errors import ConfigurationError
from cotbench.stats.anytime import known_until, unit_weights
from cotbench.stats.intervals import Interval
from cotbench.stats.paired import holm, paired_differences
from cotbench.stats.pseudo import Band, anytime_intervals, known_problems, over_at, values_at

Floats = NDArray[np.float64]

MOST_BUDGETS = 6
POINTS = 60
"""How many costs of a curve are given."""

_OVER = 0.1
"""Default budgets end where this share of the unsolved searches of some run was over."""

_UNUSED = 0.01


@dataclass(frozen=True, slots=True)
class CostCurve:
    """Share of problems solved at each cost, with a band that holds for all costs of the curve at once.

    `over_from` is the cost at which the first searches ended unsolved: from there on more attempts might have solved
    more. `last` is where the curve ends. Both are in the units of the axis.
    """

    costs: tuple[float, ...]
    values: tuple[float, ...]
    intervals: tuple[Interval, ...]
    over_from: float | None
    last: float


@dataclass(frozen=True, slots=True)
class BudgetValue:
    """Share of problems solved within a budget per problem.

    `over` is the share of problems whose search had ended unsolved before that, `known` the number of problems whose
    units were not cut before it.
    """

    budget: float
    estimate: float
    interval: Interval
    over: float
    known: float


@dataclass(frozen=True, slots=True)
class BudgetRun:
    """One run at the common budgets, and its whole curve."""

    run: str
    values: tuple[BudgetValue, ...]
    curve: CostCurve


@dataclass(frozen=True, slots=True)
class BudgetDifference:
    """run − baseline at one budget, paired by problem; the fields are those of a difference in pass@k."""

    budget: float
    estimate: float
    interval: Interval
    p: float
    p_exact: bool
    p_holm: float
    smallest_p: float
    detectable: float | None


@dataclass(frozen=True, slots=True)
class BudgetPair:
    """One run against its baseline at every common budget."""

    run: str
    baseline: str
    rows: tuple[BudgetDifference, ...]


@dataclass(frozen=True, slots=True)
class Budgets:
    """Runs at equal cost per problem. `p_holm` of the pairs is over all pairs and budgets."""

    axis: Axis
    unit: str
    budgets: tuple[float, ...]
    runs: tuple[BudgetRun, ...]
    pairs: tuple[BudgetPair, ...]
    notes: tuple[str, ...]


def compare_budgets(
    axis: Axis,
    names: Sequence[str],
    passes: Sequence[Passes],
    pairs: Sequence[tuple[int, int]],
    *,
    at: Sequence[float] | None = None,
    also: Sequence[float] = (),
    band: Band = "pointwise",
    seed: int = 0,
    confidence: float = 0.95,
) -> Budgets:
    """Compare runs at budgets `at`, or at a few chosen ones, and those of `also`; `pairs` are places (baseline, run).

    Budgets beyond which some run's curve is not known are left out with a note. Raises ConfigurationError if none is
    left or one is not above 0.
    """
    known = min(known_until(found.units) for found in passes)
    wanted = sorted({*(default_budgets(passes) if at is None else at), *also})
    for budget in wanted:
        if not 0 < budget < math.inf:
            raise ConfigurationError(f"--at {budget:g}: budgets above 0 were expected")
    budgets = tuple(budget for budget in wanted if budget <= known)
    beyond = [budget for budget in wanted if budget > known]
    if not budgets:
        raise ConfigurationError(
            f"no budget can be compared: all curves are known up to {known:g} {axis} per problem only",
            hint=f"give --at with budgets up to {known:g}",
        )
    values = [values_at(found.units, budgets) for found in passes]
    tests = [paired_differences(values[run], values[base], confidence=confidence, seed=seed) for base, run in pairs]
    adjusted = iter(holm([test.p for row in tests for test in row]).tolist())
    notes = [f"left out: budgets above {known:g} {axis}, where some search was cut"] if beyond else []
    return Budgets(
        axis=axis,
        unit=UNITS[axis],
        budgets=budgets,
        runs=tuple(
            BudgetRun(
                run=name,
                values=_values(found, budgets, band, seed, confidence),
                curve=cost_curve(found, axis, seed=seed, confidence=confidence),
            )
            for name, found in zip(names, passes, strict=True)
        ),
        pairs=tuple(
            BudgetPair(
                run=names[run],
                baseline=names[base],
                rows=tuple(
                    BudgetDifference(
                        budget=budget,
                        estimate=test.mean,
                        interval=test.interval,
                        p=test.p,
                        p_exact=test.exact,
                        p_holm=next(adjusted),
                        smallest_p=test.smallest_p,
                        detectable=test.detectable,
                    )
                    for budget, test in zip(budgets, row, strict=True)
                ),
            )
            for (base, run), row in zip(pairs, tests, strict=True)
        ),
        notes=(*notes, *_cautions(names, passes, budgets)),
    )


def cost_curve(
    passes: Passes,
    axis: Axis,
    *,
    costs: Sequence[float] | None = None,
    band: Band = "simultaneous",
    seed: int = 0,
    confidence: float = 0.95,
) -> CostCurve:
    """Return a run's whole curve at a grid of `costs`, as far as it is known, and at its end."""
    units = passes.units
    over = [float(cost) for cost in units.cost[~units.passed & ~units.cut]]
    last = min(known_until(units), float(units.cost.max()))
    grid = cost_grid([passes], axis) if costs is None else costs
    shown = np.unique([*(cost for cost in grid if cost <= last), last])
    centre, intervals = anytime_intervals(units, shown, band=band, confidence=confidence, seed=seed)
    return CostCurve(
        costs=tuple(shown.tolist()),
        values=tuple(centre.tolist()),
        intervals=intervals,
        over_from=min(over, default=None),
        last=last,
    )


def cost_grid(passes: Sequence[Passes], axis: Axis) -> tuple[float, ...]:
    """Return costs that are even on a log axis, from the cheapest attempt that passed to the end of all searches."""
    firsts = [float(found.units.cost[found.units.passed].min()) for found in passes if found.units.passed.any()]
    last = max(float(found.units.cost.max()) for found in passes)
    first = min([*firsts, last])
    if not 0 < first < last:
        return (last,)
    costs = np.geomspace(first, last, POINTS)
    costs[0], costs[-1] = first, last
    return tuple(np.unique(np.rint(costs) if axis in ("attempts", "calls") else costs).tolist())


def default_budgets(passes: Sequence[Passes]) -> tuple[float, ...]:
    """Return at most `MOST_BUDGETS` round budgets: from where some run has a tenth of its passes up to where a tenth
    of the unsolved searches of some run is over, so that no run is judged on attempts that it was not asked for.

    Every run must have spent something (`first_passes` sees to that).
    """
    tops, starts = [], []
    for found in passes:
        units, weights = found.units, unit_weights(found.units)
        last = min(known_until(units), float(units.cost.max()))
        over = ~units.passed & ~units.cut & (units.cost > 0)
        tops.append(min(last, _quantile(units.cost[over], weights[over], _OVER)) if over.any() else last)
        if units.passed.any():
            starts.append(_quantile(units.cost[units.passed], weights[units.passed], 0.1))
    top = min(tops)
    start = min([*starts, top])
    decades = range(math.floor(math.log10(start)), math.ceil(math.log10(top)) + 1)
    round_ones = [step * 10.0**decade for decade in decades for step in (1, 2, 5)]
    kept = [budget for budget in round_ones if start <= budget <= top]
    if not kept:
        # Two leading digits, rounded down, so that the budget stays below the bound.
        unit = 10.0 ** (math.floor(math.log10(top)) - 1)
        return (math.floor(top / unit) * unit,)
    places = np.unique(np.rint(np.linspace(0, len(kept) - 1, min(len(kept), MOST_BUDGETS))).astype(int))
    return tuple(float(f"{kept[place]:.1g}") for place in places)


def _values(
    passes: Passes, budgets: Sequence[float], band: Band, seed: int, confidence: float
) -> tuple[BudgetValue, ...]:
    centre, intervals = anytime_intervals(passes.units, budgets, band=band, confidence=confidence, seed=seed)
    known, over = known_problems(passes.units, budgets), over_at(passes.units, budgets)
    rows = zip(budgets, centre.tolist(), intervals, over.tolist(), known.tolist(), strict=True)
    return tuple(BudgetValue(budget, value, interval, gone, left) for budget, value, interval, gone, left in rows)


def _cautions(names: Sequence[str], passes: Sequence[Passes], budgets: Sequence[float]) -> list[str]:
    notes: list[str] = []
    for name, found in zip(names, passes, strict=True):
        problems = float(unit_weights(found.units).sum())
        cut = problems - float(known_problems(found.units, budgets[-1:])[0])
        over = float(over_at(found.units, budgets[-1:])[0]) * problems
        if cut >= 0.5:
            notes.append(
                f"{name}: searches on {counted(round(cut), 'problem')} were cut before the largest budget; values "
                "beyond are product-limit estimates"
            )
        if over >= 0.5:
            notes.append(
                f"{name}: searches on {counted(round(over), 'problem')} were over, unsolved, before the largest "
                "budget; more attempts might have solved more"
            )
        if found.unused >= _UNUSED:
            notes.append(
                f"{name}: {100 * found.unused:.0f} % of its cost went into replies that no attempt needed and is not "
                "on this axis"
            )
    return notes


def _quantile(costs: Floats, weights: Floats, share: float) -> float:
    order = np.argsort(costs, kind="stable")
    reached = np.cumsum(weights[order]) >= share * weights.sum() - 1e-12
    return float(costs[order][int(np.argmax(reached))])
