"""The numbers behind a pass@k figure: one curve with its band per run, over the problems that all runs share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cotbench.analysis.compatible import check_comparable, common_problems
from cotbench.analysis.coverage import coverage, curve_ks, on_problems, split_ks
from cotbench.analysis.frames import RunTable
from cotbench.analysis.labels import line_labels, run_names
from cotbench.core.errors import ConfigurationError
from cotbench.stats.intervals import Interval, mean_intervals, simultaneous_intervals

Band = Literal["pointwise", "simultaneous"]


@dataclass(frozen=True, slots=True)
class Curve:
    """pass@k of one run at each k, as shares of problems, with the limits of its band."""

    label: str
    ks: tuple[int, ...]
    values: tuple[float, ...]
    intervals: tuple[Interval, ...]


def passk_curves(
    tables: Sequence[RunTable],
    *,
    ks: Sequence[int] | None = None,
    seed: int = 0,
    confidence: float = 0.95,
    band: Band = "pointwise",
) -> tuple[tuple[Curve, ...], tuple[str, ...]]:
    """Return one curve per run and the problems that they are over. Each run goes as far as its own attempts.

    Raises ConfigurationError if there is no run, no attempt, no wanted k that is defined, or if the runs cannot
    stand in one figure (see `compare`).
    """
    if not tables:
        raise ConfigurationError("no run to draw", hint="`cotbench list runs` shows the runs there are")
    if len(tables) > 1:
        check_comparable(tables)
    problems = common_problems(tables, run_names(tables))
    interval = mean_intervals if band == "pointwise" else simultaneous_intervals
    curves: list[Curve] = []
    for table, label in zip(tables, line_labels(tables), strict=True):
        rows = on_problems(table, problems)
        most = min((row.n for row in rows if row.n > 0), default=1)
        kept, _ = split_ks([rows], curve_ks(most) if ks is None else ks)
        if not kept:
            raise ConfigurationError(
                f"{table.name}: none of the wanted k is defined, its fewest attempts on a problem are {most}",
                hint=f"give --k up to {most}",
            )
        values = coverage(rows, kept)
        curves.append(
            Curve(
                label=label,
                ks=kept,
                values=tuple(float(value) for value in values.mean(axis=0)),
                intervals=interval(values, confidence=confidence, seed=seed),
            )
        )
    return tuple(curves), problems
