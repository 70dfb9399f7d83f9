"""The figure of pass rates: a heatmap of problems × runs, problems from those that pass most to those that never do.

Runs are rows, because a column of a paper is wider than it is high and problems are many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from cotbench.analysis.coverage import on_problems
from cotbench.analysis.frames import RunTable
from cotbench.analysis.labels import line_labels, run_names
from cotbench.analysis.unique import only_one_solves
from cotbench.plots.captions import caption, drawn_together, ranged
from cotbench.plots.kind import Cell, Choices, Kind
from cotbench.plots.labels import wrapped
from cotbench.plots.page import Page

_NAMED = 5.5
"""Up to so many problems per inch of the figure's width have their names under their columns."""

_ROW = 0.26
_FRAME = "#9a9a9a"


@dataclass(frozen=True, slots=True)
class RatesData:
    """Pass rates of each run on the problems that all runs have, easiest first; `passed` of `attempts` per run."""

    columns: ClassVar[tuple[str, ...]] = ("run", "label", "problem", "passed", "attempts", "rate")

    runs: tuple[str, ...]
    labels: tuple[str, ...]
    problems: tuple[str, ...]
    passed: tuple[tuple[int, ...], ...]
    attempts: tuple[tuple[int, ...], ...]
    caption: str

    def rates(self) -> list[list[float]]:
        """Return the pass rates, runs × problems; without any attempt a problem is unsolved."""
        return [
            [right / total if total else 0.0 for right, total in zip(passed, attempts, strict=True)]
            for passed, attempts in zip(self.passed, self.attempts, strict=True)
        ]

    def lines(self) -> Iterator[tuple[Cell, ...]]:
        """Give one line per run and problem."""
        for run, label, passed, attempts, rates in zip(
            self.runs, self.labels, self.passed, self.attempts, self.rates(), strict=True
        ):
            for problem, *cells in zip(self.problems, passed, attempts, rates, strict=True):
                yield run, label, problem, *cells


def gather(tables: Sequence[RunTable], choices: Choices) -> RatesData:
    """Return the rates. Raises ConfigurationError for no run or runs that cannot stand in one figure."""
    names = drawn_together(tables)
    rows = [{row.problem: row for row in on_problems(table, names)} for table in tables]
    mean = {
        name: sum(found[name].passed / found[name].n for found in rows if found[name].n) / len(rows) for name in names
    }
    problems = tuple(sorted(names, key=lambda name: (-mean[name], name)))
    n = ranged(found[name].n for found in rows for name in names)
    never = sum(value == 0 for value in mean.values())
    words = f"n = {n} attempts; {never} solved by none"
    if len(tables) > 1:
        alone = {name: len(found) for name, found in only_one_solves(tables).items()}
        labels = dict(zip(run_names(tables), line_labels(tables), strict=True))
        some = ", ".join(f"{labels[name]} {count}" for name, count in alone.items() if count)
        words += f", by one run only: {some or 'none'}"
    return RatesData(
        runs=run_names(tables),
        labels=line_labels(tables),
        problems=problems,
        passed=tuple(tuple(found[name].passed for name in problems) for found in rows),
        attempts=tuple(tuple(found[name].n for name in problems) for found in rows),
        caption=caption(tables, [len(problems)], words),
    )


def paint(data: RatesData, page: Page) -> None:
    """Draw one row of cells per run, its name at the left, and the scale above."""
    axes = page.axes
    named = len(data.problems) <= _NAMED * page.width
    image = axes.imshow(data.rates(), aspect="auto", cmap="Blues", vmin=0.0, vmax=1.0, interpolation="nearest")
    letters = max(10, int(page.width * 4.2))
    axes.set_yticks(range(len(data.labels)), [wrapped(label, letters) for label in data.labels])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set(visible=True, color=_FRAME, linewidth=0.5)
    tallest = max(wrapped(label, letters).count("\n") + 1 for label in data.labels)
    page.height = len(data.labels) * max(_ROW, 0.14 * tallest) + 0.75
    if named:
        axes.set_xticks(range(len(data.problems)), data.problems, rotation=90)
        page.height += 0.062 * max(map(len, data.problems))
    else:
        axes.set_xticks([])
        axes.set_xlabel(f"{len(data.problems)} problems, easiest first")
    for line in range(1, len(data.labels)):
        axes.axhline(line - 0.5, color=_FRAME, linewidth=0.5)
    scale = axes.inset_axes((0.0, 1.0 + 0.12 / len(data.labels), 0.5, 0.2 / len(data.labels)))
    bar = page.figure.colorbar(image, cax=scale, orientation="horizontal", ticks=[0.0, 0.5, 1.0])
    bar.outline.set(edgecolor=_FRAME, linewidth=0.5)
    scale.xaxis.set_ticks_position("top")
    scale.set_xticklabels(["0 %", "50 %", "100 %"])
    scale.tick_params(length=0, pad=1)
    scale.text(1.08, 0.5, "of attempts pass", transform=scale.transAxes, va="center_baseline", fontsize="small")


RATES = Kind("rates", "pass rates, problems × runs, easiest problems first", gather, paint)
