"""The calibration figure: the share that passes against the chance that was stated, one line per run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from cotbench.analysis.calibrating import Calibrated, calibrated
from cotbench.analysis.frames import RunTable
from cotbench.analysis.labels import line_labels
from cotbench.plots.captions import caption, may_stand_together, ranged
from cotbench.plots.kind import Cell, Choices, Kind
from cotbench.plots.page import Page
from cotbench.plots.style import line_style

_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class CalibrationData:
    """The bins and scores of each run."""

    columns: ClassVar[tuple[str, ...]] = (
        "run",
        "label",
        "from",
        "to",
        "attempts",
        "problems",
        "stated",
        "passed",
        "low",
        "high",
    )

    labels: tuple[str, ...]
    runs: tuple[Calibrated, ...]
    caption: str

    def lines(self) -> Iterator[tuple[Cell, ...]]:
        """Give one line per run and bin that holds a statement."""
        for label, run in zip(self.labels, self.runs, strict=True):
            for part in run.result.bins:
                counts = part.statements, part.problems
                limits = part.interval.low, part.interval.high
                yield run.run, label, part.low, part.high, *counts, part.stated, part.right, *limits


def gather(tables: Sequence[RunTable], choices: Choices) -> CalibrationData:
    """Return the bins of all runs. Raises ConfigurationError for no run, or one that states no chances."""
    may_stand_together(tables)
    runs = tuple(calibrated(table, confidence=choices.confidence, seed=choices.seed) for table in tables)
    labels = line_labels(tables)
    scores = "; ".join(
        f"{label + ': ' if len(runs) > 1 else ''}calibration error {run.result.error.value:.3f}, "
        f"Brier score {run.result.brier.value:.3f}"
        for label, run in zip(labels, runs, strict=True)
    )
    words = (
        f"n = {ranged(run.result.statements for run in runs)} stated chances, {100 * choices.confidence:g} % "
        f"Wilson intervals, for as many trials as a bin has problems; {scores}"
    )
    return CalibrationData(labels, runs, caption(tables, [run.result.problems for run in runs], words))


def paint(data: CalibrationData, page: Page) -> None:
    """Draw the bins of each run, and the diagonal on which what is said is true."""
    axes = page.axes
    page.height = max(page.height, 0.8 * page.width)
    axes.plot([0, 1], [0, 1], color="#9a9a9a", linestyle="-", linewidth=0.8, marker="None", label="calibrated")
    for place, (label, run) in enumerate(zip(data.labels, data.runs, strict=True)):
        style, bins = line_style(place), run.result.bins
        xs, ys = [part.stated for part in bins], [part.right for part in bins]
        low, high = [part.interval.low for part in bins], [part.interval.high for part in bins]
        axes.fill_between(xs, low, high, color=style.colour, alpha=0.12, linewidth=0)
        axes.vlines(xs, low, high, colors=style.colour, linewidth=0.6, alpha=0.6)
        page.line(label, xs, ys, place)
    page.end_label("calibrated", 1.0, 1.0, "#777777")
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(0.0, 1.0)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(list(_TICKS), [f"{tick:.0%}".replace("%", " %") for tick in _TICKS])
    axes.grid(axis="y")
    axes.set_xlabel("chance stated")
    axes.set_ylabel("attempts that pass")


CALIBRATION = Kind("calibration", "the share that passes against the chance that was stated", gather, paint)
