"""The polarisation figure: solve rates per problem and per idea beside what shuffled programs would give.

One panel per run. Bars are ideas, the stepped line problems, the grey band 95 % of the shuffles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from cotbench.analysis.frames import RunTable
from cotbench.analysis.labels import line_labels
from cotbench.analysis.polarisation import polarised
from cotbench.core.errors import ConfigurationError
from cotbench.plots.captions import caption, may_stand_together, ranged
from cotbench.plots.kind import Cell, Choices, Kind
from cotbench.plots.page import Page
from cotbench.plots.style import line_style, share_axis
from cotbench.stats.polarisation import Histogram, Polarisation

MOST = 4
"""Panels that fit on a page."""

_CHANCE = "#9a9a9a"


@dataclass(frozen=True, slots=True)
class Panel:
    """One run: its histogram and its numbers."""

    run: str
    label: str
    bins: Histogram
    result: Polarisation


@dataclass(frozen=True, slots=True)
class PolarisationData:
    """One panel per run."""

    columns: ClassVar[tuple[str, ...]] = (
        "run",
        "from",
        "to",
        "problems",
        "ideas",
        "by_chance",
        "by_chance_low",
        "by_chance_high",
    )

    panels: tuple[Panel, ...]
    caption: str

    def lines(self) -> Iterator[tuple[Cell, ...]]:
        """Give one line per run and bin, shares of problems and of ideas."""
        for panel in self.panels:
            bins = panel.bins
            for place in range(len(bins.problems)):
                yield (
                    panel.run,
                    bins.edges[place],
                    bins.edges[place + 1],
                    bins.problems[place],
                    bins.ideas[place],
                    bins.null[place],
                    bins.null_low[place],
                    bins.null_high[place],
                )


def gather(tables: Sequence[RunTable], choices: Choices) -> PolarisationData:
    """Return the histograms. Raises ConfigurationError for too many runs, or one without ideas or open problems."""
    if len(tables) > MOST:
        raise ConfigurationError(f"{len(tables)} runs do not fit on a page", hint=f"name up to {MOST} runs")
    may_stand_together(tables)
    panels: list[Panel] = []
    programs: list[int] = []
    settled: list[int] = []
    for table, label in zip(tables, line_labels(tables), strict=True):
        found = polarised(table, confidence=choices.confidence, seed=choices.seed)
        if found.result is None or found.bins is None:
            raise ConfigurationError(
                f"{table.name}: no problem has two ideas, one of them with several programs, and passes and failures",
                hint="cotbench run --strategy conditioned draws several programs for each idea",
            )
        panels.append(Panel(table.name, label, found.bins, found.result))
        programs += [rate.programs for rate in found.rates]
        settled.append(found.settled)
    words = (
        f"n = {ranged(programs)} programs per idea; problems where all or none pass are left out "
        f"({ranged(settled)}); grey: 95 % of shuffles of programs among the ideas of their problem"
    )
    problems = [panel.result.problems for panel in panels]
    return PolarisationData(tuple(panels), caption(tables, problems, words))


def paint(data: PolarisationData, page: Page) -> None:
    """Draw one panel per run, with the names of its parts written beside them."""
    if len(data.panels) > 1:
        page.split(len(data.panels))
    top = max(max(*panel.bins.ideas, *panel.bins.problems, *panel.bins.null_high) for panel in data.panels)
    for place, (panel, axes) in enumerate(zip(data.panels, page.panels, strict=True)):
        bins, ideas, problems = panel.bins, line_style(2), line_style(0)
        width = bins.edges[1] - bins.edges[0]
        middles = [edge + width / 2 for edge in bins.edges[:-1]]
        axes.bar(middles, bins.ideas, width=0.86 * width, color=ideas.colour, label="ideas")
        low, high = (list(values) for values in (bins.null_low, bins.null_high))
        axes.bar(
            middles,
            [above - below for below, above in zip(low, high, strict=True)],
            bottom=low,
            width=0.5 * width,
            color=_CHANCE,
            alpha=0.75,
            linewidth=0,
            label="chance",
        )
        axes.stairs(bins.problems, bins.edges, color=problems.colour, linewidth=1.2, label="problems", baseline=None)
        share_axis(axes, 1.25 * top)
        axes.set_xlim(0.0, 1.0)
        axes.set_xticks([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"])
        axes.set_ylabel("share")
        last = place == len(data.panels) - 1
        if last:
            axes.set_xlabel("programs that pass")
        result = panel.result
        limits = "" if result.low is None else f" [{result.low:.2f}, {result.high:.2f}]"
        name = "" if len(data.panels) == 1 else f"{panel.label}\n"
        text = f"{name}correlation {result.correlation:.2f}{limits}\nextreme {100 * result.extreme:.0f} %"
        text += f", by chance {100 * result.extreme_null:.0f} %"
        said = axes.text(0.5, 0.99, text, transform=axes.transAxes, ha="center", va="top", fontsize="small")
        said.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1.0})
    bins, axes = data.panels[0].bins, page.axes
    page.end_label("ideas", 1.0, bins.ideas[-1], line_style(2).colour)
    page.end_label("problems", 1.0, bins.problems[-1], line_style(0).colour)
    page.end_label("chance", 1.0, (bins.null_low[-1] + bins.null_high[-1]) / 2, _CHANCE)


POLARISATION = Kind("polarisation", "solve rates per problem and per idea, against chance", gather, paint)
