"""The diversity figure: the chance that two programs of one problem differ, rung by rung, one line per run.

Behaviour and judgements are taken from the run directories, where `cotbench diversity` left them; a rung that a run has
not is not drawn for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from cotbench.analysis.diverse import DiversitySettings, measure
from cotbench.analysis.diversity import ORDERS, RunDiversity
from cotbench.analysis.diversity_text import TITLES, title
from cotbench.analysis.frames import RunTable
from cotbench.analysis.labels import line_labels
from cotbench.plots.captions import caption, interval_words, may_stand_together, ranged
from cotbench.plots.kind import Cell, Choices, Kind
from cotbench.plots.page import Page
from cotbench.plots.style import line_style, share_axis

_TICKS = {"exact": "text", "tokens": "tokens", "tree": "tree", "edits": "edits", "behaviour": "behaviour"}
_APART = 0.07
_DISTANCE = "edits"


@dataclass(frozen=True, slots=True)
class DiversityData:
    """The ladder of each run; `rungs` are those that any run has, judges last."""

    columns: ClassVar[tuple[str, ...]] = (
        "run",
        "label",
        "rung",
        "difference",
        "low",
        "high",
        "method",
        "problems",
        *(f"effective_{order}" for order in ORDERS),
        "draws",
    )

    labels: tuple[str, ...]
    runs: tuple[RunDiversity, ...]
    rungs: tuple[str, ...]
    caption: str

    def lines(self) -> Iterator[tuple[Cell, ...]]:
        """Give one line per run and rung; `difference` is a share."""
        for label, run in zip(self.labels, self.runs, strict=True):
            for values in run.rungs:
                mean, limits = values.difference, values.difference.interval
                hill: list[Cell] = [item.value for item in values.hill] or [None] * len(ORDERS)
                told = mean.value, limits.low, limits.high, limits.method, mean.problems
                yield run.table.name, label, values.rung, *told, *hill, run.draws


def gather(tables: Sequence[RunTable], choices: Choices) -> DiversityData:
    """Return the ladders. Raises ConfigurationError for no run, or where no problem has two programs."""
    may_stand_together(tables)
    runs = measure(tables, DiversitySettings(seed=choices.seed, confidence=choices.confidence))
    found = dict.fromkeys(values.rung for run in runs for values in run.rungs)
    # The mean distance is of another kind than the chances: it stands apart and is not joined to them.
    first = sorted((rung for rung in TITLES if rung in found), key=lambda rung: rung != _DISTANCE)
    rungs = [*first, *(rung for rung in found if rung not in TITLES)]
    methods = [values.difference.interval.method for run in runs for values in run.rungs]
    programs = ranged(row.programs for run in runs for row in run.problems)
    judges = "".join(f"; {title(rung)}" for rung in rungs if rung not in TITLES)
    words = (
        f"n = {programs} programs; edits: mean edit distance of syntax trees, elsewhere the chance that two programs "
        f"of one problem differ{judges}; {interval_words(methods, choices.confidence)}"
    )
    problems = max(len(run.problems) for run in runs)
    return DiversityData(line_labels(tables), runs, tuple(rungs), caption(tables, [problems], words))


def paint(data: DiversityData, page: Page) -> None:
    """Draw one marker with its interval per run and rung, joined by a thin line."""
    axes = page.axes
    middle = (len(data.runs) - 1) / 2
    tops: list[float] = []
    for place, (label, run) in enumerate(zip(data.labels, data.runs, strict=True)):
        style = line_style(place)
        values = sorted(run.rungs, key=lambda item: data.rungs.index(item.rung))
        xs = [data.rungs.index(item.rung) + _APART * (place - middle) for item in values]
        ys = [item.difference.value for item in values]
        low = [item.difference.interval.low for item in values]
        high = [item.difference.interval.high for item in values]
        axes.vlines(xs, low, high, color=style.colour, linewidth=0.8, alpha=0.6)
        chances = [at for at, item in enumerate(values) if item.rung != _DISTANCE]
        distances = [at for at, item in enumerate(values) if item.rung == _DISTANCE]
        for places, name in ((chances, label), (distances, "distance")):
            axes.plot(
                [xs[at] for at in places],
                [ys[at] for at in places],
                color=style.colour,
                linestyle=style.dash,
                linewidth=0.8,
                marker=style.marker,
                markerfacecolor="white",
                zorder=3 + place * 0.1,
                clip_on=False,
                label=name,
            )
        page.end_label(label, xs[-1], ys[-1], style.colour)
        tops += high
    share_axis(axes, max(tops))
    axes.set_xlim(-0.4, len(data.rungs) - 0.6)
    axes.set_xticks(range(len(data.rungs)), [_TICKS.get(rung, "judge") for rung in data.rungs])
    axes.tick_params(axis="x", labelrotation=35)
    for tick in axes.get_xticklabels():
        tick.set_horizontalalignment("right")
        tick.set_rotation_mode("anchor")
    axes.set_ylabel("two programs differ")


DIVERSITY = Kind("diversity", "how often two programs of one problem differ, rung by rung", gather, paint)
