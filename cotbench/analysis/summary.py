"""The summary of one run: pass@k with intervals, cost and notes; the table that ends `cotbench run`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

from cotbench.analysis.cost import Cost, cost_of
from cotbench.analysis.coverage import coverage, split_ks
from cotbench.analysis.frames import RunTable
from cotbench.analysis.notes import left_out_note, run_notes
from cotbench.core.budget import Caps, Spent
from cotbench.core.window import EVERYTHING, Window
from cotbench.stats.intervals import Interval, mean_intervals


@dataclass(frozen=True, slots=True)
class PassAtK:
    """pass@k as a share of problems solved, with its interval over problems."""

    k: int
    estimate: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Summary:
    """One run in numbers. `problems` counts those that pass@k is over; `problems_total` those of the run.

    `cost` is what its replies cost, over all problems of the run; `spent` what was paid in this run, which is less
    where replies were `reused` from another one, and is held against the caps. `wall_seconds` is over all sessions.
    """

    run: str
    strategy: str
    model: str
    benchmark: str
    problems: int
    problems_total: int
    complete: bool
    simulated: bool
    confidence: float
    seed: int
    rows: tuple[PassAtK, ...]
    left_out: tuple[int, ...]
    cost: Cost
    units_done: int
    units_owed: int
    wall_seconds: float
    isolation: tuple[str, ...]
    notes: tuple[str, ...]
    window: Window = EVERYTHING
    spent: Spent = field(default_factory=Spent)
    caps: Caps = field(default_factory=Caps)
    problem_caps: Caps = field(default_factory=Caps)
    reused: int = 0

    def to_plain(self) -> dict[str, object]:
        """Return the summary as plain data for JSON; unknown numbers are None."""
        plain = asdict(self)
        plain["cost"] = self.cost.to_plain()
        plain["window"] = self.window.to_plain()
        for name in ("rows", "left_out", "isolation", "notes"):
            plain[name] = list(plain[name])
        return plain


def summarise(run_table: RunTable, ks: Sequence[int] | None = None, seed: int = 0, confidence: float = 0.95) -> Summary:
    """Summarise one run at the wanted ks, or at 1, 2, 5, 10 … up to the fewest attempts of a problem.

    ks that are undefined are left out with a note. Raises ConfigurationError for a k below 1 and ValueError for a
    confidence outside (0, 1).
    """
    problems = run_table.evaluated
    notes = run_notes(run_table)
    if problems:
        kept, left_out = split_ks([problems], ks)
        rows = pass_rows(kept, coverage(problems, kept), seed=seed, confidence=confidence)
        notes = [*left_out_note(left_out, problems), *notes]
    else:
        rows, left_out = (), ()
        notes = ["no problem has an attempt with a verdict yet", *notes]
    spec = run_table.spec
    return Summary(
        run=run_table.name,
        strategy=spec.strategy,
        model=spec.model,
        benchmark=spec.benchmark,
        problems=len(problems),
        problems_total=len(run_table.problems),
        complete=run_table.complete,
        simulated=run_table.manifest.simulated,
        confidence=confidence,
        seed=seed,
        rows=rows,
        left_out=left_out,
        cost=cost_of(run_table.problems),
        units_done=run_table.units.done,
        units_owed=run_table.units.owed,
        wall_seconds=run_table.wall_seconds,
        isolation=run_table.isolation,
        notes=tuple(notes),
        window=spec.window,
        spent=run_table.spent,
        caps=spec.caps,
        problem_caps=spec.problem_caps,
        reused=sum(run_table.sources.values()),
    )


def pass_rows(ks: Sequence[int], values: NDArray[np.float64], *, seed: int, confidence: float) -> tuple[PassAtK, ...]:
    """Return pass@k with intervals from the matrix problems × ks of `coverage`."""
    if not ks:
        return ()
    intervals = mean_intervals(values, confidence=confidence, seed=seed)
    return tuple(
        PassAtK(k, float(mean), interval) for k, mean, interval in zip(ks, values.mean(axis=0), intervals, strict=True)
    )
