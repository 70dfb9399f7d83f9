"""The survival figure: attempts alive after each stage, and what the product of the stages' rates would leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from cotbench.analysis.frames import RunTable
from cotbench.analysis.labels import line_labels
from cotbench.analysis.survival import Surviving, surviving
from cotbench.plots.captions import caption, interval_words, may_stand_together, ranged
from cotbench.plots.kind import Cell, Choices, Kind
from cotbench.plots.page import Page
from cotbench.plots.style import line_style, share_axis

_ORDER = ("observation", "sketch", "idea", "pseudocode", "code", "public", "hidden")


@dataclass(frozen=True, slots=True)
class SurvivalData:
    """The stages of each run; `stages` are those that any run has, in order."""

    columns: ClassVar[tuple[str, ...]] = ("run", "label", "stage", "alive", "low", "high", "rate", "product", "units")

    labels: tuple[str, ...]
    runs: tuple[Surviving, ...]
    stages: tuple[str, ...]
    caption: str

    def lines(self) -> Iterator[tuple[Cell, ...]]:
        """Give one line per run and stage, shares."""
        for label, run in zip(self.labels, self.runs, strict=True):
            for name, stage, units in zip(run.names, run.stages, run.units, strict=True):
                limits = stage.interval.low, stage.interval.high
                yield run.run, label, name, stage.alive, *limits, stage.rate, stage.product, units


def gather(tables: Sequence[RunTable], choices: Choices) -> SurvivalData:
    """Return the stages of all runs. Raises ConfigurationError for no run, or one without a judged attempt."""
    may_stand_together(tables)
    runs = tuple(surviving(table, confidence=choices.confidence, seed=choices.seed) for table in tables)
    names = {name for run in runs for name in run.names}
    methods = [stage.interval.method for run in runs for stage in run.stages]
    words = (
        f"n = {ranged(run.attempts for run in runs)} attempts; {interval_words(methods, choices.confidence)}; "
        "thin line: product of the stages' rates"
    )
    return SurvivalData(
        labels=line_labels(tables),
        runs=runs,
        stages=tuple(name for name in _ORDER if name in names),
        caption=caption(tables, [run.problems for run in runs], words),
    )


def paint(data: SurvivalData, page: Page) -> None:
    """Draw one line per run over the stages, from all attempts on, and the product of rates under it."""
    axes = page.axes
    ticks = ("begun", *data.stages)
    tint = 0.10 if len(data.runs) <= 3 else 0.04
    for place, (label, run) in enumerate(zip(data.labels, data.runs, strict=True)):
        style = line_style(place)
        xs = [0, *(ticks.index(name) for name in run.names)]
        alive = [1.0, *(stage.alive for stage in run.stages)]
        low = [1.0, *(stage.interval.low for stage in run.stages)]
        high = [1.0, *(stage.interval.high for stage in run.stages)]
        axes.fill_between(xs, low, high, color=style.colour, alpha=tint, linewidth=0)
        product = [1.0, *(stage.product for stage in run.stages)]
        axes.plot(xs, product, color=style.colour, linestyle="-", linewidth=0.6, marker="None", label="product")
        page.line(label, xs, alive, place)
    share_axis(axes, 1.0)
    axes.set_ylim(0.0, 1.0)
    axes.set_xlim(-0.15, len(ticks) - 0.85)
    tilt = len(ticks) > 4
    axes.set_xticks(range(len(ticks)), ticks)
    if tilt:
        axes.tick_params(axis="x", labelrotation=35)
        for tick in axes.get_xticklabels():
            tick.set_horizontalalignment("right")
            tick.set_rotation_mode("anchor")
    axes.set_ylabel("attempts alive")


SURVIVAL = Kind("survival", "attempts alive after each stage, from thought to hidden cases", gather, paint)
