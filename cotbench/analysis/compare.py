"""The comparison of several runs: pass@k side by side, paired differences, and the cost of each.

Everything is over the problems that all runs have in common, so that the difference of two rows of the first table
is the number in the second.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from cotbench.analysis.compatible import check_comparable, common_problems, comparison_notes
from cotbench.analysis.cost import Cost, cost_of
from cotbench.analysis.coverage import Floats, coverage, on_problems, split_ks
from cotbench.analysis.dated import scope
from cotbench.analysis.frames import ProblemRow, RunTable
from cotbench.analysis.labels import run_names
from cotbench.analysis.notes import left_out_note
from cotbench.analysis.summary import PassAtK, pass_rows
from cotbench.core.errors import ConfigurationError
from cotbench.core.window import Window
from cotbench.stats.intervals import Interval
from cotbench.stats.paired import holm, paired_differences


@dataclass(frozen=True, slots=True)
class RunValues:
    """One run of a comparison: pass@k and cost on the common problems."""

    run: str
    strategy: str
    model: str
    rows: tuple[PassAtK, ...]
    cost: Cost


@dataclass(frozen=True, slots=True)
class Difference:
    """run − baseline in pass@k, paired by problem. `p_holm` is adjusted for all pairs and ks of the comparison.

    `smallest_p` is the least p these problems could give; `detectable` the difference found with 80 % power.
    """

    k: int
    estimate: float
    interval: Interval
    p: float
    p_exact: bool
    p_holm: float
    smallest_p: float
    detectable: float | None


@dataclass(frozen=True, slots=True)
class PairComparison:
    """One run against its baseline.

    At `decided_at`, the largest common k, the run's pass@k is above the baseline's on the problems `better` and
    below on `worse`. `won` problems were solved by the run and never by the baseline, `lost` the other way round,
    whatever the number of attempts.
    """

    run: str
    baseline: str
    rows: tuple[Difference, ...]
    decided_at: int
    better: tuple[str, ...]
    worse: tuple[str, ...]
    won: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs compared on their common problems; the first run is the baseline of the others.

    `scope` says in words which window and dates the problems are from, `windows` holds each run's own.
    """

    benchmark: str
    problems: tuple[str, ...]
    ks: tuple[int, ...]
    left_out: tuple[int, ...]
    confidence: float
    seed: int
    simulated: bool
    runs: tuple[RunValues, ...]
    pairs: tuple[PairComparison, ...]
    notes: tuple[str, ...]
    scope: str = ""
    windows: Mapping[str, Window] = field(default_factory=dict)

    def to_plain(self) -> dict[str, object]:
        """Return the comparison as plain data for JSON; unknown numbers are None."""
        return {
            "benchmark": self.benchmark,
            "problems": list(self.problems),
            "ks": list(self.ks),
            "left_out": list(self.left_out),
            "confidence": self.confidence,
            "seed": self.seed,
            "simulated": self.simulated,
            "runs": [
                {
                    "run": values.run,
                    "strategy": values.strategy,
                    "model": values.model,
                    "pass_at_k": [asdict(row) for row in values.rows],
                    "cost": values.cost.to_plain(),
                }
                for values in self.runs
            ],
            "pairs": [
                {
                    "run": pair.run,
                    "baseline": pair.baseline,
                    "differences": [asdict(row) for row in pair.rows],
                    "decided_at": pair.decided_at,
                    "better": list(pair.better),
                    "worse": list(pair.worse),
                    "won": list(pair.won),
                    "lost": list(pair.lost),
                }
                for pair in self.pairs
            ],
            "notes": list(self.notes),
            "windows": {run: window.to_plain() for run, window in self.windows.items()},
        }


def compare(
    run_tables: Sequence[RunTable],
    ks: Sequence[int] | None = None,
    seed: int = 0,
    confidence: float = 0.95,
    *,
    all_pairs: bool = False,
    names: Sequence[str] | None = None,
) -> Comparison:
    """Compare runs of the same benchmark; the first one is the baseline, with `all_pairs` every earlier one is.

    `names` is what the runs are called in the result, by default the names of their directories.
    ks default to 1, 2, 5, 10 … up to the fewest attempts of any run on a common problem. Raises ConfigurationError
    where there is nothing to compare: fewer than two runs, different benchmarks or data, simulated beside real
    models, no common problem, no k that all runs have.
    """
    check_comparable(run_tables)
    problems = common_problems(run_tables, run_names(run_tables))
    names = run_names(run_tables) if names is None else names
    rows = [on_problems(table, problems) for table in run_tables]
    kept, left_out = split_ks(rows, ks)
    every = [row for group in rows for row in group]
    if not kept:
        most = min((row.n for row in every if row.n > 0), default=1)
        raise ConfigurationError(
            f"none of the wanted k is defined for all runs: the fewest attempts on a common problem are {most}",
            hint=f"give --k up to {most}, or run more attempts",
        )
    values = [coverage(group, kept) for group in rows]
    pairs = [(0, other) for other in range(1, len(rows))]
    if all_pairs:
        pairs = list(itertools.combinations(range(len(rows)), 2))
    return Comparison(
        benchmark=run_tables[0].spec.benchmark,
        problems=problems,
        ks=kept,
        left_out=left_out,
        confidence=confidence,
        seed=seed,
        simulated=run_tables[0].manifest.simulated,
        runs=tuple(
            RunValues(
                run=name,
                strategy=table.spec.strategy,
                model=table.spec.model,
                rows=pass_rows(kept, matrix, seed=seed, confidence=confidence),
                cost=cost_of(group),
            )
            for name, table, group, matrix in zip(names, run_tables, rows, values, strict=True)
        ),
        pairs=_pairs(pairs, names, problems, rows, values, kept, seed, confidence),
        notes=(*left_out_note(left_out, every), *comparison_notes(run_tables, names, problems)),
        scope=scope(run_tables),
        windows={name: table.spec.window for name, table in zip(names, run_tables, strict=True)},
    )


def _pairs(
    pairs: Sequence[tuple[int, int]],
    names: Sequence[str],
    problems: Sequence[str],
    rows: Sequence[Sequence[ProblemRow]],
    values: Sequence[Floats],
    ks: Sequence[int],
    seed: int,
    confidence: float,
) -> tuple[PairComparison, ...]:
    found = [paired_differences(values[run], values[base], confidence=confidence, seed=seed) for base, run in pairs]
    adjusted = iter(holm([difference.p for differences in found for difference in differences]).tolist())
    compared: list[PairComparison] = []
    for (base, run), differences in zip(pairs, found, strict=True):
        last = values[run][:, -1] - values[base][:, -1]
        solved, before = [row.passed > 0 for row in rows[run]], [row.passed > 0 for row in rows[base]]
        compared.append(
            PairComparison(
                run=names[run],
                baseline=names[base],
                rows=tuple(
                    Difference(
                        k=k,
                        estimate=found_here.mean,
                        interval=found_here.interval,
                        p=found_here.p,
                        p_exact=found_here.exact,
                        p_holm=next(adjusted),
                        smallest_p=found_here.smallest_p,
                        detectable=found_here.detectable,
                    )
                    for k, found_here in zip(ks, differences, strict=True)
                ),
                decided_at=ks[-1],
                better=_where(problems, [gap > 1e-12 for gap in last]),
                worse=_where(problems, [gap < -1e-12 for gap in last]),
                won=_where(problems, [now and not then for now, then in zip(solved, before, strict=True)]),
                lost=_where(problems, [then and not now for now, then in zip(solved, before, strict=True)]),
            )
        )
    return tuple(compared)


def _where(problems: Sequence[str], chosen: Sequence[bool]) -> tuple[str, ...]:
    return tuple(problem for problem, this in zip(problems, chosen, strict=True) if this)
