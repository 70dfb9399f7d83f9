"""The gain figure: what more attempts bring, against how different the programs are; relative above, absolute below.

Three runs or more are points of their own; of fewer runs the problems are. `--by` names the rung of the ladder, or
`judge`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from cotbench.analysis.diverse import DiversitySettings, measure
from cotbench.analysis.diversity_text import TITLES, title
from cotbench.analysis.frames import RunTable
from cotbench.analysis.gain import FEWEST_RUNS, Gain, GainPoint, GainRow, gain
from cotbench.analysis.gain import Kind as GainKind
from cotbench.analysis.labels import line_labels
from cotbench.core.errors import ConfigurationError
from cotbench.plots.captions import caption, may_stand_together
from cotbench.plots.kind import Cell, Choices, Kind
from cotbench.plots.page import Page
from cotbench.plots.style import line_style
from cotbench.stats.association import Association

_JUDGE = "judge"
_USUAL = ("behaviour", "tree")
_KINDS: tuple[GainKind, ...] = ("relative", "absolute")


@dataclass(frozen=True, slots=True)
class GainData:
    """The points at one k, on one rung; `rows` are their associations with each gain."""

    columns: ClassVar[tuple[str, ...]] = (
        "run",
        "problem",
        "model",
        "rung",
        "difference",
        "k",
        "pass_1",
        "pass_k",
        "relative_gain",
        "absolute_gain",
    )

    labels: tuple[str, ...]
    rung: str
    k: int
    points: tuple[GainPoint, ...]
    rows: tuple[GainRow, ...]
    caption: str

    @property
    def of_runs(self) -> bool:
        """Whether the points are runs."""
        return not self.points[0].problem

    def lines(self) -> Iterator[tuple[Cell, ...]]:
        """Give one line per point, shares; the relative gain is empty where pass@1 is zero."""
        for point in self.points:
            told = point.run, point.problem, point.model, self.rung, point.differences[self.rung]
            yield *told, self.k, point.pass_one, point.pass_k, point.gain("relative"), point.gain("absolute")


def gather(tables: Sequence[RunTable], choices: Choices) -> GainData:
    """Return the points. Raises ConfigurationError for a rung or k that is not there, or more than one k."""
    may_stand_together(tables)
    if choices.ks is not None and len(choices.ks) != 1:
        raise ConfigurationError(f"--k {','.join(map(str, choices.ks))}: a figure of gain has one k")
    found = measure(tables, DiversitySettings(seed=choices.seed, confidence=choices.confidence))
    labels = line_labels(tables)
    k = None if choices.ks is None else choices.ks[0]
    gained = gain(found, labels, k=k, seed=choices.seed, confidence=choices.confidence)
    level = gained.runs if len(found) >= FEWEST_RUNS else gained.problems
    rung = _rung(level, choices.by)
    points = tuple(point for point in level if rung in point.differences)
    rows = tuple(row for row in gained.rows if row.rung == rung and (row.level == "runs") == (level is gained.runs))
    words = f"k = {gained.k}; one point per {'run' if level is gained.runs else 'problem'}; {_told(rows, choices)}"
    return GainData(labels, rung, gained.k, points, rows, caption(tables, [_problems(gained)], words))


def paint(data: GainData, page: Page) -> None:
    """Draw the points in two panels, relative gain above absolute gain, over one axis of D."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    page.split(len(_KINDS))
    for number, (axes, kind) in enumerate(zip(page.panels, _KINDS, strict=True)):
        for place, label in enumerate(data.labels):
            style = line_style(place)
            own = [point for point in data.points if point.run == label]
            mine = [(point, value) for point in own if (value := point.gain(kind)) is not None]
            xs, ys = [point.differences[data.rung] for point, _ in mine], [value for _, value in mine]
            axes.plot(
                xs,
                ys,
                color=style.colour,
                linestyle="None",
                marker=style.marker,
                markersize=5 if data.of_runs else 3,
                markerfacecolor="white",
                markeredgewidth=1.0 if data.of_runs else 0.6,
                alpha=1.0 if data.of_runs else 0.7,
                zorder=3,
                clip_on=False,
                label=label,
            )
            if mine and number == 0:
                last = max(range(len(xs)), key=lambda at: (xs[at], ys[at]))
                page.end_label(label, xs[last], ys[last], style.colour)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g} %"))
            axis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
        axes.margins(0.08)
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
        axes.grid(axis="y")
        axes.set_ylabel(f"{kind} gain")
    low = min(axes.get_xlim()[0] for axes in page.panels)
    high = max(axes.get_xlim()[1] for axes in page.panels)
    for axes in page.panels:
        axes.set_xlim(max(0.0, low) if low >= -0.01 else -0.02, high)
    page.panels[0].tick_params(labelbottom=False)
    page.panels[-1].set_xlabel(f"two programs differ ({_axis(data.rung)})")


def _rung(points: Sequence[GainPoint], wanted: str | None) -> str:
    found = list(dict.fromkeys(rung for point in points for rung in point.differences))
    judges = [rung for rung in found if rung not in TITLES]
    if wanted is None:
        usual = [*judges, *(rung for rung in _USUAL if rung in found)]
        return usual[0]
    if wanted == _JUDGE and judges:
        return judges[0]
    if wanted in found:
        return wanted
    known = ", ".join([*(rung for rung in found if rung in TITLES), *([_JUDGE] if judges else [])])
    raise ConfigurationError(
        f"--by {wanted}: the runs have {known}",
        hint="`cotbench diversity RUN` watches programs, with --judge MODEL it asks for ideas",
    )


def _axis(rung: str) -> str:
    return rung if rung in TITLES else _JUDGE


def _told(rows: Sequence[GainRow], choices: Choices) -> str:
    said = [
        f"{row.gain} gain {_association(row.plain)}"
        + ("" if row.partial is None else f", given pass@1 {_association(row.partial)}")
        for row in rows
    ]
    judged = f"{title(rows[0].rung)}; " if rows and rows[0].rung not in TITLES else ""
    known = any(found is not None and found.low is not None for row in rows for found in (row.plain, row.partial))
    level = f" with {100 * choices.confidence:g} % intervals" if known else ""
    return f"{judged}Spearman{level}: {'; '.join(said)}"


def _association(value: Association | None) -> str:
    if value is None:
        return "undefined"
    interval = "" if value.low is None or value.high is None else f" [{value.low:+.2f}, {value.high:+.2f}]"
    return f"{value.estimate:+.2f}{interval}"


def _problems(gained: Gain) -> int:
    return len({point.problem for point in gained.problems})


GAIN = Kind("gain", "what more attempts bring against how different programs are", gather, paint, heeds=("ks", "by"))
