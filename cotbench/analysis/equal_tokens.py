"""Runs that had the same number of tokens for each problem: which share of problems each of them solved with it.

This is coverage at a budget: a problem counts as solved if any attempt within the budget passed. Unlike pass@k at equal
k it charges a search for its thoughts. Every run must have been held to the budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from cotbench.analysis.compatible import check_comparable, common_problems
from cotbench.analysis.cost import cost_of
from cotbench.analysis.coverage import on_problems
from cotbench.analysis.frames import RunTable
from cotbench.stats.intervals import Interval, mean_intervals
from cotbench.stats.paired import holm, paired_differences


@dataclass(frozen=True, slots=True)
class Against:
    """The difference from the first run in shares of problems solved, paired by problem."""

    estimate: float
    interval: Interval
    p: float
    p_holm: float


@dataclass(frozen=True, slots=True)
class Within:
    """What one run solved with its tokens. `tokens` and `attempts` are means per problem; the first run has no
    `against`.
    """

    run: str
    solved: int
    problems: int
    share: float
    interval: Interval
    tokens: float | None
    attempts: float
    against: Against | None


def solved_within(
    tables: Sequence[RunTable], names: Sequence[str], *, seed: int = 0, confidence: float = 0.95
) -> tuple[Within, ...]:
    """Return what each run solved on the common problems, and how it differs from the first one.

    Raises ConfigurationError where runs cannot be compared.
    """
    check_comparable(tables)
    problems = common_problems(tables, names)
    rows = [on_problems(table, problems) for table in tables]
    solved = [np.array([[float(row.passed > 0)] for row in group]) for group in rows]
    found = [paired_differences(values, solved[0], confidence=confidence, seed=seed)[0] for values in solved[1:]]
    adjusted = holm([difference.p for difference in found]).tolist()
    against: list[Against | None] = [None]
    against += [
        Against(difference.mean, difference.interval, difference.p, p)
        for difference, p in zip(found, adjusted, strict=True)
    ]
    return tuple(
        Within(
            run=name,
            solved=int(values.sum()),
            problems=len(problems),
            share=float(values.mean()),
            interval=mean_intervals(values, confidence=confidence, seed=seed)[0],
            tokens=cost_of(group).tokens_per_problem,
            attempts=sum(row.n for row in group) / len(problems),
            against=other,
        )
        for name, group, values, other in zip(names, rows, solved, against, strict=True)
    )


def within_plain(rows: Sequence[Within]) -> list[dict[str, object]]:
    """Return the rows as plain data for JSON."""
    return [asdict(row) for row in rows]
