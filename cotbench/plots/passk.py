"""The pass@k figure: one labelled line per run on a logarithmic axis of attempts, each with its band.

No title and no legend: the labels stand at the ends of the lines, and a footnote says what was measured.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cotbench.analysis.dated import scope
from cotbench.analysis.frames import RunTable
from cotbench.analysis.labels import model_name
from cotbench.analysis.notes import counted
from cotbench.plots.curves import Band, Curve, passk_curves
from cotbench.plots.labels import spread, wrapped
from cotbench.plots.output import figure_format, save
from cotbench.plots.style import RC, attempt_ticks, line_style, log_attempts_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 6.4, 4.0
"""Size of a figure in inches, unless told otherwise."""

_METHODS = {
    "bca": "BCa bootstrap",
    "wilson": "Wilson where problems, passes or failures are few",
    "sup-t bootstrap": "simultaneous bootstrap band",
    "wilson-bonferroni": "Bonferroni-Wilson where problems, passes or failures are few",
}

_LEFT, _TOP = 0.68, 0.14
_LABEL_GAP = 0.14
_ROW = 0.155


def draw_passk(
    run_tables: Sequence[RunTable],
    out: Path,
    *,
    ks: Sequence[int] | None = None,
    seed: int = 0,
    confidence: float = 0.95,
    band: Band = "pointwise",
    size: tuple[float, float] = (WIDTH, HEIGHT),
) -> Path:
    """Draw pass@k of one or several runs over their common problems, and return the file written.

    The ending of `out` chooses PNG (300 dpi), SVG or PDF. Bands are the intervals that `compare` shows, per k, or
    with `band="simultaneous"` for the whole curve at once. Raises ConfigurationError for an unknown ending or runs
    that cannot stand in one figure, StoreError if the file cannot be written.
    """
    figure_format(out)
    curves, problems = passk_curves(run_tables, ks=ks, seed=seed, confidence=confidence, band=band)

    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(cast("dict[object, object]", RC)):  # type: ignore[arg-type]
        figure = Figure(figsize=size)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.1, 0.2, 0.6, 0.7))
        footnote = _footnote(run_tables, curves, len(problems), confidence, size[0])
        if all(len(curve.ks) == 1 for curve in curves):
            _draw_points(axes, curves)
            rows = max(_lines(label.get_text()) for label in axes.get_xticklabels())
            _place(figure, axes, footnote, right=0.15, below=0.14 * rows - 0.22)
        else:
            _draw_lines(axes, curves)
            _label_ends(figure, axes, curves, footnote)
        save(figure, out)
    return out


def _draw_lines(axes: Axes, curves: Sequence[Curve]) -> None:
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
            axes.plot(curve.ks, edge, color=style.colour, linestyle=style.dash, linewidth=0.6, alpha=0.6)
        marked = [index for index, k in enumerate(curve.ks) if k in ticks or k == curve.ks[-1]]
        axes.plot(
            curve.ks,
            curve.values,
            color=style.colour,
            linestyle=style.dash,
            linewidth=1.6,
            marker=style.marker,
            markevery=marked,
            markersize=5.0,
            markerfacecolor="white",
            markeredgewidth=1.1,
            zorder=3 + place * 0.1,
            clip_on=False,
        )
    log_attempts_axis(axes, ticks, most)
    _share_axis(axes, curves)
    axes.set_xlabel("attempts k")
    axes.set_ylabel("pass@k (share of problems solved)")


def _draw_points(axes: Axes, curves: Sequence[Curve]) -> None:
    for place, curve in enumerate(curves):
        style, value, interval = line_style(place), curve.values[0], curve.intervals[0]
        axes.errorbar(
            [place],
            [value],
            yerr=[[max(0.0, value - interval.low)], [max(0.0, interval.high - value)]],
            color=style.colour,
            marker=style.marker,
            markersize=6.0,
            markerfacecolor="white",
            markeredgewidth=1.2,
            linewidth=1.2,
            capsize=4.0,
        )
    width = max(8, 60 // len(curves))
    axes.set_xticks(range(len(curves)), [wrapped(curve.label, width) for curve in curves])
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.6, len(curves) - 0.4)
    _share_axis(axes, curves)
    ks = sorted({curve.ks[0] for curve in curves})
    axes.set_ylabel(f"pass@{ks[0] if len(ks) == 1 else 'k'} (share of problems solved)")


def _share_axis(axes: Axes, curves: Sequence[Curve]) -> None:
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    top = max(interval.high for curve in curves for interval in curve.intervals)
    axes.set_ylim(0.0, min(1.0, max(0.05, top * 1.06)))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1.0, decimals=None, symbol=" %"))
    axes.grid(axis="y", color="#d9d9d9", linewidth=0.5)
    axes.set_axisbelow(True)


def _label_ends(figure: Figure, axes: Axes, curves: Sequence[Curve], footnote: str) -> None:
    """Put each label beside its line's end, in a column that is as wide as the widest label."""
    texts = [
        figure.text(0.0, 0.0, wrapped(curve.label), color=line_style(place).colour, fontsize=8.5, va="center")
        for place, curve in enumerate(curves)
    ]
    boxes = [text.get_window_extent() for text in texts]
    widest = max(box.width for box in boxes) / figure.dpi
    _place(figure, axes, footnote, right=widest + _LABEL_GAP + 0.1)
    width, height = figure.bbox.width, figure.bbox.height
    area = axes.get_window_extent()
    ends = [axes.transData.transform((curve.ks[-1], curve.values[-1])) for curve in curves]
    centres = spread(
        [float(end[1]) for end in ends], [box.height for box in boxes], area.y0, area.y1, gap=0.02 * figure.dpi
    )
    column = area.x1 + _LABEL_GAP * figure.dpi
    for place, (text, end, centre) in enumerate(zip(texts, ends, centres, strict=True)):
        text.set_position((column / width, centre / height))
        # A leader that crosses the axes must not pass for a curve.
        early = float(end[0]) < area.x0 + 0.9 * area.width
        _leader(figure, (float(end[0]), float(end[1])), (column, centre), line_style(place).colour, dotted=early)


def _leader(figure: Figure, end: tuple[float, float], label: tuple[float, float], colour: str, *, dotted: bool) -> None:
    from matplotlib.lines import Line2D

    inch = figure.dpi
    width, height = figure.bbox.width, figure.bbox.height
    start, stop = (end[0] + 0.05 * inch, end[1]), (label[0] - 0.03 * inch, label[1])
    figure.add_artist(
        Line2D(
            [start[0] / width, stop[0] / width],
            [start[1] / height, stop[1] / height],
            color=colour,
            linestyle=(0, (1, 4)) if dotted else "-",
            linewidth=0.7 if dotted else 0.5,
            alpha=0.8,
        )
    )


def _place(figure: Figure, axes: Axes, footnote: str, *, right: float, below: float = 0.0) -> None:
    """Set the axes' box, in inches from the edges, so that labels and footnote have their room."""
    width, height = (float(side) for side in figure.get_size_inches())
    note = _ROW * _lines(footnote)
    bottom = 0.56 + note + below
    axes.set_position(
        (_LEFT / width, bottom / height, (width - _LEFT - right) / width, (height - bottom - _TOP) / height)
    )
    figure.text(0.12 / width, 0.08 / height, footnote, fontsize=7.0, color="#444444", va="bottom", linespacing=1.25)


def _footnote(
    tables: Sequence[RunTable], curves: Sequence[Curve], problems: int, confidence: float, width: float
) -> str:
    models = list(dict.fromkeys(model_name(table.spec.model) for table in tables))
    simulated = " (simulated)" if tables[0].manifest.simulated else ""
    methods = {interval.method for curve in curves for interval in curve.intervals}
    how = ", ".join(text for method, text in _METHODS.items() if method in methods)
    text = (
        f"{tables[0].spec.benchmark}{scope(tables)}, {counted(problems, 'problem')}; "
        f"{'model' if len(models) == 1 else 'models'}: {', '.join(models)}{simulated}; "
        f"{100 * confidence:g} % intervals over problems ({how})."
    )
    short = [table.name for table in tables if not table.complete or table.units.capped]
    if short:
        text += f" Not run to the end: {', '.join(short)}."
    return "\n".join(textwrap.wrap(text, int(width * 17.5)))


def _lines(text: str) -> int:
    return text.count("\n") + 1
