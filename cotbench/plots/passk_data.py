"""The numbers behind a pass@k figure: one curve with its band per run, over the problems that all runs share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from cotbench.analysis.coverage import coverage, curve_ks, on_problems, split_ks
from cotbench.analysis.frames import RunTable
from cotbench.analysis.labels import line_labels
from cotbench.core.errors import ConfigurationError
from cotbench.plots.captions import caption, drawn_together, interval_words, ranged
from cotbench.plots.kind import Cell, Choices
from cotbench.stats.intervals import Interval, mean_intervals, simultaneous_intervals


@dataclass(frozen=True, slots=True)
class Curve:
    """pass@k of one run at each k, as shares of problems, with the limits of its band.

    `n` is the fewest and the most attempts on a problem.
    """

    run: str
    label: str
    n: tuple[int, int]
    ks: tuple[int, ...]
    values: tuple[float, ...]
    intervals: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class PasskData:
    """One curve per run over the same problems."""

    columns: ClassVar[tuple[str, ...]] = ("run", "label", "k", "pass_at_k", "low", "high", "method", "problems")

    curves: tuple[Curve, ...]
    problems: tuple[str, ...]
    caption: str

    def lines(self) -> Iterator[tuple[Cell, ...]]:
        """Give one line per run and k."""
        for curve in self.curves:
            for k, value, interval in zip(curve.ks, curve.values, curve.intervals, strict=True):
                yield (
                    curve.run,
                    curve.label,
                    k,
                    value,
                    interval.low,
                    interval.high,
                    interval.method,
                    len(self.problems),
                )


def passk_data(tables: Sequence[RunTable], choices: Choices) -> PasskData:
    """Return one curve per run. Each run goes as far as its own attempts.

    Raises ConfigurationError if there is no run, no attempt, no wanted k that is defined, or if the runs cannot
    stand in one figure (see `compare`).
    """
    problems = drawn_together(tables)
    interval = mean_intervals if choices.band == "pointwise" else simultaneous_intervals
    curves: list[Curve] = []
    for table, label in zip(tables, line_labels(tables), strict=True):
        rows = on_problems(table, problems)
        counts = [row.n for row in rows if row.n > 0] or [1]
        kept, _ = split_ks([rows], curve_ks(min(counts)) if choices.ks is None else choices.ks)
        if not kept:
            raise ConfigurationError(
                f"{table.name}: none of the wanted k is defined, its fewest attempts on a problem are {min(counts)}",
                hint=f"give --k up to {min(counts)}",
            )
        values = coverage(rows, kept)
        curves.append(
            Curve(
                run=table.name,
                label=label,
                n=(min(counts), max(counts)),
                ks=kept,
                values=tuple(float(value) for value in values.mean(axis=0)),
                intervals=interval(values, confidence=choices.confidence, seed=choices.seed),
            )
        )
    ks = [k for curve in curves for k in curve.ks]
    attempts = ranged(bound for curve in curves for bound in curve.n)
    methods = [i.method for curve in curves for i in curve.intervals]
    words = f"n = {attempts} attempts, k = {ranged(ks)}; {interval_words(methods, choices.confidence)}"
    return PasskData(tuple(curves), problems, caption(tables, [len(problems)], words))
