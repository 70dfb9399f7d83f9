"""The sketch-length figure: accuracy against the length of the sketch, one line per run with sketches.

Runs without sketches are drawn as level lines: what is solved without being told anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from cotbench.analysis.frames import RunTable
from cotbench.analysis.labels import line_labels
from cotbench.analysis.sketches import Baseline, SketchCurve, baseline, has_sketches, sketch_curve
from cotbench.analysis.traced import traced
from cotbench.core.errors import ConfigurationError
from cotbench.plots.captions import caption, interval_words, may_stand_together, ranged
from cotbench.plots.kind import Cell, Choices, Kind
from cotbench.plots.page import Page
from cotbench.plots.style import line_style, share_axis


@dataclass(frozen=True, slots=True)
class SketchData:
    """Curves with their labels, and level lines with theirs; all at the same k."""

    columns: ClassVar[tuple[str, ...]] = (
        "run",
        "label",
        "k",
        "words_asked",
        "words",
        "tokens",
        "pass_at_k",
        "low",
        "high",
        "problems",
    )

    k: int
    curves: tuple[tuple[str, SketchCurve], ...]
    levels: tuple[tuple[str, Baseline], ...]
    caption: str

    def lines(self) -> Iterator[tuple[Cell, ...]]:
        """Give one line per run and length; those of runs without sketches have no length."""
        for label, curve in self.curves:
            for length in curve.lengths:
                sizes = length.asked, length.words, length.tokens
                limits = length.interval.low, length.interval.high
                yield curve.run, label, curve.k, *sizes, length.value, *limits, length.problems
        problems = len(self.curves[0][1].problems)
        for label, level in self.levels:
            limits = level.interval.low, level.interval.high
            yield level.run, label, self.k, None, None, None, level.value, *limits, problems


def gather(tables: Sequence[RunTable], choices: Choices) -> SketchData:
    """Return the curves. Raises ConfigurationError if no run has sketches, or if more than one k is wanted."""
    ks = choices.ks or (1,)
    if len(ks) != 1:
        raise ConfigurationError(f"--k {','.join(map(str, ks))}: a figure of sketch lengths has one k")
    may_stand_together(tables)
    curves: list[tuple[str, SketchCurve]] = []
    plain: list[tuple[str, RunTable]] = []
    for table, label in zip(tables, line_labels(tables), strict=True):
        attempts = traced(table)
        if has_sketches(attempts):
            curve = sketch_curve(table, attempts, k=ks[0], confidence=choices.confidence, seed=choices.seed)
            curves.append((label, curve))
        else:
            plain.append((label, table))
    if not curves:
        raise ConfigurationError(
            "no run with sketches to draw", hint="cotbench run --strategy backtranslate makes them"
        )
    problems = curves[0][1].problems
    levels = tuple(
        (label, baseline(table, problems, k=ks[0], confidence=choices.confidence, seed=choices.seed))
        for label, table in plain
    )
    methods = [length.interval.method for _, curve in curves for length in curve.lengths]
    programs = ranged(count for _, curve in curves for count in curve.n)
    words = f"n = {programs} programs per sketch, k = {ks[0]}; {interval_words(methods, choices.confidence)}"
    return SketchData(ks[0], tuple(curves), levels, caption(tables, [len(problems)], words))


def paint(data: SketchData, page: Page) -> None:
    """Draw the curves on a logarithmic axis of words, and the level lines across it."""
    from matplotlib.ticker import NullFormatter, NullLocator

    axes = page.axes
    lengths = [max(length.words, 1.0) for _, curve in data.curves for length in curve.lengths]
    left, right = min(lengths) / 1.15, max(lengths) * 1.15
    tops: list[float] = []
    for place, (label, curve) in enumerate(data.curves):
        style = line_style(place)
        xs = [max(length.words, 1.0) for length in curve.lengths]
        low = [length.interval.low for length in curve.lengths]
        high = [length.interval.high for length in curve.lengths]
        axes.fill_between(xs, low, high, color=style.colour, alpha=0.10, linewidth=0)
        page.line(label, xs, [length.value for length in curve.lengths], place)
        tops += high
    for number, (label, level) in enumerate(data.levels, start=len(data.curves)):
        style = line_style(number)
        axes.axhspan(level.interval.low, level.interval.high, color=style.colour, alpha=0.06, linewidth=0)
        axes.axhline(level.value, color=style.colour, linestyle=style.dash, linewidth=1.0, label=label)
        page.end_label(label, right, level.value, style.colour)
        tops.append(level.interval.high)
    axes.set_xscale("log")
    axes.set_xlim(left, right)
    ticks = [tick for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000) if left <= tick <= right]
    if len(ticks) < 2:
        ticks = sorted({round(length) for length in lengths})
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    share_axis(axes, max(tops))
    axes.set_xlabel("words of the sketch")
    axes.set_ylabel(f"pass@{data.k}")


SKETCHES = Kind("sketch-length", "accuracy against the length of a right sketch", gather, paint, heeds=("ks",))
