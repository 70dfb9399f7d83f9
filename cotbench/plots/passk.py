"""The pass@k figure: one labelled line per run on a logarithmic axis of attempts, each with its band.

No title and no legend: the labels stand at the ends of the lines.
"""

from __future__ import annotations

from collections.abc import Sequence

from cotbench.plots.kind import Kind
from cotbench.plots.labels import wrapped
from cotbench.plots.page import Page
from cotbench.plots.passk_data import Curve, PasskData, passk_data
from cotbench.plots.style import attempt_ticks, line_style, log_attempts_axis, share_axis


def paint(data: PasskData, page: Page) -> None:
    """Draw the curves; where each has one k only, points side by side."""
    if all(len(curve.ks) == 1 for curve in data.curves):
        _points(page, data.curves)
    else:
        _lines(page, data.curves)
    share_axis(page.axes, max(interval.high for curve in data.curves for interval in curve.intervals))


def _lines(page: Page, curves: Sequence[Curve]) -> None:
    axes = page.axes
    most = max(curve.ks[-1] for curve in curves)
    ticks = attempt_ticks(most)
    # The tints of many bands add up to mud; their edges still show.
    tint = 0.10 if len(curves) <= 3 else 0.04
    for place, curve in enumerate(curves):
        style = line_style(place)
        low, high = [i.low for i in curve.intervals], [i.high for i in curve.intervals]
        if len(curve.ks) == 1:
            axes.vlines(curve.ks, low, high, colors=style.colour, linewidth=1.2)
        axes.fill_between(curve.ks, low, high, color=style.colour, alpha=tint, linewidth=0)
        for edge in (low, high):
            axes.plot(curve.ks, edge, color=style.colour, linestyle=style.dash, linewidth=0.5, alpha=0.6, marker="None")
        marked = [index for index, k in enumerate(curve.ks) if k in ticks or k == curve.ks[-1]]
        page.line(curve.label, curve.ks, curve.values, place, marked=marked)
    log_attempts_axis(axes, ticks, most)
    axes.set_xlabel("attempts k")
    axes.set_ylabel("pass@k (problems solved)")


def _points(page: Page, curves: Sequence[Curve]) -> None:
    axes = page.axes
    for place, curve in enumerate(curves):
        style, value, interval = line_style(place), curve.values[0], curve.intervals[0]
        axes.errorbar(
            [place],
            [value],
            yerr=[[max(0.0, value - interval.low)], [max(0.0, interval.high - value)]],
            color=style.colour,
            marker=style.marker,
            markerfacecolor="white",
            linewidth=1.2,
            capsize=3.0,
            label=curve.label,
        )
    letters = max(8, int(page.width * 12 / len(curves)))
    axes.set_xticks(range(len(curves)), [wrapped(curve.label, letters) for curve in curves])
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.6, len(curves) - 0.4)
    ks = sorted({curve.ks[0] for curve in curves})
    axes.set_ylabel(f"pass@{ks[0] if len(ks) == 1 else 'k'} (problems solved)")


PASSK = Kind("passk", "pass@k against the number of attempts", passk_data, paint, heeds=("ks", "band"))
