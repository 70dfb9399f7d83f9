"""What a comparison of runs holds, and the same as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from cotbench.analysis.anytime import Budgets
from cotbench.analysis.cost import Cost
from cotbench.analysis.extrapolated import Extrapolated
from cotbench.analysis.frontier import Frontier
from cotbench.analysis.groups import Grouping
from cotbench.analysis.n_of_k import FilteredPassAtK, NAtK
from cotbench.analysis.reference import Reference
from cotbench.analysis.summary import PassAtK
from cotbench.core.window import Window
from cotbench.stats.intervals import Interval
from cotbench.stats.pseudo import Band


@dataclass(frozen=True, slots=True)
class RunValues:
    """One run of a comparison: pass@k, what a selector makes of the same attempts, and cost, on the common problems."""

    run: str
    strategy: str
    model: str
    rows: tuple[PassAtK, ...]
    cost: Cost
    selected: tuple[NAtK, ...] = ()
    filtered: tuple[FilteredPassAtK, ...] = ()


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
class SelectedDifference:
    """run − baseline in n@k. `p_holm` is adjusted for all pairs, n and ks of n@k, apart from the tests of pass@k."""

    n: int
    difference: Difference


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
    selected: tuple[SelectedDifference, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs compared on their common problems; the first run is the baseline of the others.

    `scope` says in words which window and dates the problems are from, `windows` holds each run's own. With
    `band="simultaneous"` the intervals of one run hold for all its ks at once. What was not asked for is None or empty.
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
    band: Band = "pointwise"
    frontiers: tuple[Frontier, ...] = ()
    budgets: Budgets | None = None
    grouping: Grouping | None = None
    extrapolated: tuple[Extrapolated, ...] = ()
    reference: Reference | None = None

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
                    "n_at_k": [asdict(row) for row in values.selected],
                    "filtered_pass_at_k": [asdict(row) for row in values.filtered],
                    "cost": values.cost.to_plain(),
                }
                for values in self.runs
            ],
            "pairs": [
                {
                    "run": pair.run,
                    "baseline": pair.baseline,
                    "differences": [asdict(row) for row in pair.rows],
                    "n_at_k_differences": [{"n": row.n, **asdict(row.difference)} for row in pair.selected],
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
            "band": self.band,
            "pareto": [asdict(frontier) for frontier in self.frontiers],
            "budgets": None if self.budgets is None else asdict(self.budgets),
            "groups": None if self.grouping is None else asdict(self.grouping),
            "extrapolated": [asdict(row) for row in self.extrapolated],
            "reference": None if self.reference is None else asdict(self.reference),
        }
