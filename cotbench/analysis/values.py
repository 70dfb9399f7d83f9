"""The values of each run of a comparison: pass@k, n@k and filtered pass@k with intervals, and cost.

All intervals over the same problems share their resamples, which depend on the seed and the number of problems only:
so they are computed in one go, and each is the one that its numbers alone would have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cotbench.analysis.comparison import RunValues
from cotbench.analysis.cost import cost_of
from cotbench.analysis.coverage import Floats
from cotbench.analysis.frames import ProblemRow, RunTable
from cotbench.analysis.n_of_k import FilteredPassAtK, NAtK, filtered_values
from cotbench.analysis.summary import PassAtK
from cotbench.stats.intervals import Interval, mean_intervals, simultaneous_intervals
from cotbench.stats.pseudo import Band

Column = tuple[float, Interval]


def run_values(
    tables: Sequence[RunTable],
    names: Sequence[str],
    rows: Sequence[Sequence[ProblemRow]],
    ks: Sequence[int],
    values: Sequence[Floats],
    drawn: Sequence[tuple[int, int]],
    selected: Sequence[Floats],
    *,
    band: Band,
    seed: int,
    confidence: float,
) -> tuple[RunValues, ...]:
    """Return the values of every run from its matrices problems × ks of pass@k, `values`, and problems × (n, k) of n@k,
    `selected` for the pairs `drawn`.
    """
    parts: list[Floats] = []
    for group, matrix, chosen in zip(rows, values, selected, strict=True):
        parts += [matrix, chosen, filtered_values(group, ks)]
    stacked = np.hstack(parts)
    found = mean_intervals(stacked, confidence=confidence, seed=seed)
    columns = iter(zip(stacked.mean(axis=0).tolist(), found, strict=True))
    made: list[RunValues] = []
    for name, table, group, matrix in zip(names, tables, rows, values, strict=True):
        passes = _take(columns, len(ks))
        if band == "simultaneous":
            limits = simultaneous_intervals(matrix, confidence=confidence, seed=seed)
            passes = [(mean, limit) for (mean, _), limit in zip(passes, limits, strict=True)]
        picked = _take(columns, len(drawn))
        filtered = _take(columns, len(ks))
        made.append(
            RunValues(
                run=name,
                strategy=table.spec.strategy,
                model=table.spec.model,
                rows=tuple(PassAtK(k, mean, limits) for k, (mean, limits) in zip(ks, passes, strict=True)),
                cost=cost_of(group),
                selected=tuple(NAtK(n, k, mean, limits) for (n, k), (mean, limits) in zip(drawn, picked, strict=True)),
                filtered=tuple(
                    FilteredPassAtK(k, mean, limits) for k, (mean, limits) in zip(ks, filtered, strict=True)
                ),
            )
        )
    return tuple(made)


def _take(columns: Iterator[Column], number: int) -> list[Column]:
    return [next(columns) for _ in range(number)]
