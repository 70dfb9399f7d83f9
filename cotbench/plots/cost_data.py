"""The numbers behind a cost figure: one anytime curve with its band per run, and who is ahead at which cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from cotbench.analysis.anytime import CostCurve, cost_curve, cost_grid
from cotbench.analysis.coverage import on_problems
from cotbench.analysis.first_passes import AXES, UNITS, Axis, first_passes
from cotbench.analysis.frames import RunTable
from cotbench.analysis.labels import line_labels
from cotbench.core.errors import ConfigurationError, near_matches
from cotbench.plots.captions import caption, drawn_together, interval_words
from cotbench.plots.kind import Cell, Choices

USUAL: Axis = "tokens"


@dataclass(frozen=True, slots=True)
class RunCurve:
    """One run's curve. `ahead` says at each of its costs whether no other run has solved more for as much."""

    run: str
    label: str
    curve: CostCurve
    ahead: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class CostData:
    """One anytime curve per run on one axis of cost, over the same problems."""

    columns: ClassVar[tuple[str, ...]] = (
        "run",
        "label",
        "axis",
        "cost_per_problem",
        "solved",
        "low",
        "high",
        "method",
        "ahead",
        "over_from",
        "problems",
    )

    axis: Axis
    runs: tuple[RunCurve, ...]
    problems: tuple[str, ...]
    caption: str

    @property
    def front(self) -> tuple[tuple[float, float], ...]:
        """The Pareto front: the largest share that any run has solved at each cost."""
        best: dict[float, float] = {}
        for run in self.runs:
            for cost, value, ahead in zip(run.curve.costs, run.curve.values, run.ahead, strict=True):
                if ahead:
                    best[cost] = value
        return tuple(sorted(best.items()))

    def lines(self) -> Iterator[tuple[Cell, ...]]:
        """Give one line per run and cost."""
        for run in self.runs:
            curve = run.curve
            for cost, value, limits, ahead in zip(curve.costs, curve.values, curve.intervals, run.ahead, strict=True):
                yield (
                    run.run,
                    run.label,
                    self.axis,
                    cost,
                    value,
                    limits.low,
                    limits.high,
                    limits.method,
                    int(ahead),
                    curve.over_from,
                    len(self.problems),
                )


def cost_data(tables: Sequence[RunTable], choices: Choices) -> CostData:
    """Return one curve per run on the axis `choices.by` (default: tokens).

    Raises ConfigurationError for an axis that is none, costs that are not known, or runs that cannot stand in one
    figure.
    """
    axis = next((axis for axis in AXES if axis == (choices.by or USUAL)), None)
    if axis is None:
        raise ConfigurationError(
            f"--by {choices.by}: an axis of cost was expected", hint=near_matches(choices.by or "", AXES)
        )
    problems = drawn_together(tables)
    passes = [first_passes(table, axis, problems) for table in tables]
    grid = cost_grid(passes, axis)
    curves = [
        cost_curve(found, axis, costs=grid, band=choices.band, seed=choices.seed, confidence=choices.confidence)
        for found in passes
    ]
    runs = tuple(
        RunCurve(table.name, label, curve, tuple(_ahead(curve, cost, value, curves) for cost, value in _points(curve)))
        for table, label, curve in zip(tables, line_labels(tables), curves, strict=True)
    )
    counts = [row.n for table in tables for row in on_problems(table, problems)]
    attempts = f"n = {min(counts)}" + (f" to {max(counts)}" if max(counts) > min(counts) else "")
    methods = [limits.method for curve in curves for limits in curve.intervals]
    words = f"{attempts} attempts; {interval_words(methods, choices.confidence)}; pale line: Pareto front"
    if any(curve.over_from is not None for curve in curves):
        words += "; from the bar on, some searches had ended unsolved"
    return CostData(axis, runs, problems, caption(tables, [len(problems)], words))


def axis_label(axis: Axis) -> str:
    """Return what the axis counts."""
    return UNITS[axis].split(" (")[0]


def _points(curve: CostCurve) -> Iterator[tuple[float, float]]:
    return zip(curve.costs, curve.values, strict=True)


def _ahead(own: CostCurve, cost: float, value: float, curves: Sequence[CostCurve]) -> bool:
    others = [best for curve in curves if curve is not own and (best := _value(curve, cost)) is not None]
    return value > 0 and all(value >= best for best in others)


def _value(curve: CostCurve, cost: float) -> float | None:
    """The curve's value at a cost; its last one beyond its end, for what was solved stays solved."""
    reached = [value for at, value in _points(curve) if at <= cost]
    return reached[-1] if reached else None
