"""The cost figure: problems solved against what was spent on each, one labelled step line per run with its band.

The Pareto front is the broad pale line under them. A bar across a line stands where the first of its searches had ended
unsolved; beyond it the line is thin, because more attempts might have solved more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cotbench.plots.cost_data import CostData, RunCurve, axis_label, cost_data
from cotbench.plots.kind import Kind
from cotbench.plots.page import Page
from cotbench.plots.style import line_style, share_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FRONT = "#f0d58a"


def paint(data: CostData, page: Page) -> None:
    """Draw the curves on a logarithmic axis of cost."""
    axes = page.axes
    tint = 0.10 if len(data.runs) <= 3 else 0.04
    if data.front:
        costs, best = zip(*data.front, strict=True)
        axes.step(costs, best, where="post", color=FRONT, linewidth=5.0, linestyle="-", marker="None", label="front")
    for place, run in enumerate(data.runs):
        _line(page, run, place, tint)
    _cost_axis(axes, [cost for run in data.runs for cost in run.curve.costs])
    axes.set_xlabel(axis_label(data.axis))
    axes.set_ylabel("problems solved")
    share_axis(axes, max(limits.high for run in data.runs for limits in run.curve.intervals))


def _line(page: Page, run: RunCurve, place: int, tint: float) -> None:
    axes, style, curve = page.axes, line_style(place), run.curve
    low, high = [limits.low for limits in curve.intervals], [limits.high for limits in curve.intervals]
    axes.fill_between(curve.costs, low, high, step="post", color=style.colour, alpha=tint, linewidth=0)
    for edge in (low, high):
        axes.step(
            curve.costs,
            edge,
            where="post",
            color=style.colour,
            linestyle=style.dash,
            linewidth=0.5,
            alpha=0.6,
            marker="None",
        )
    turn = len(curve.costs) if curve.over_from is None else sum(cost <= curve.over_from for cost in curve.costs)
    parts = [(0, turn, 1.4, run.label)]
    if turn < len(curve.costs):
        parts.append((max(0, turn - 1), len(curve.costs), 0.8, "_over"))
    for start, end, thickness, label in parts:
        axes.step(
            curve.costs[start:end],
            curve.values[start:end],
            where="post",
            color=style.colour,
            linestyle=style.dash,
            linewidth=thickness,
            marker="None",
            zorder=3 + place * 0.1,
            label=label,
        )
    if turn < len(curve.costs):
        start = max(0, turn - 1)
        axes.plot(
            [max(curve.costs[start], curve.over_from or 0.0)],
            [curve.values[start]],
            marker="|",
            markersize=9.0,
            color=style.colour,
            zorder=4,
        )
    axes.plot(
        [curve.costs[-1]],
        [curve.values[-1]],
        marker=style.marker,
        color=style.colour,
        markerfacecolor=style.colour if run.ahead[-1] else "white",
        zorder=4,
        clip_on=False,
    )
    page.end_label(run.label, curve.costs[-1], curve.values[-1], style.colour)


def _cost_axis(axes: Axes, costs: Sequence[float]) -> None:
    """Make the x axis logarithmic with plain numbers at powers of ten, and at 2 and 5 between few of those."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullFormatter, NullLocator

    low, high = min(costs), max(costs)
    axes.set_xscale("log")
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if math.log10(high / low) <= 2.2 else (1,)
    ticks = [tick for power in decades for step in steps if low <= (tick := step * 10.0**power) <= high]
    if len(ticks) < 2:
        ticks = [low, high] if high > low else [low]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FixedFormatter([_plain(tick) for tick in ticks]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    margin = max((high / low) ** 0.03, 1.01)
    axes.set_xlim(low / margin, high * margin)


def _plain(tick: float) -> str:
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if tick >= 10 * size or (letter == "M" and tick >= size):
            return f"{tick / size:g}{letter}"
    return f"{tick:,.0f}" if tick >= 10 else f"{tick:.3g}"


COST = Kind(
    "cost",
    "problems solved against cost per problem (--by tokens, completion-tokens, calls, usd, seconds, attempts)",
    cost_data,
    paint,
    heeds=("by", "band"),
)
