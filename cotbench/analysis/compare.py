"""The comparison of several runs: pass@k side by side, paired differences, and the cost of each.

Everything is over the problems that all runs have in common, so that the difference of two rows of the first table
is the number in the second.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from cotbench.analysis.anytime import compare_budgets
from cotbench.analysis.comparison import Comparison, Difference, PairComparison, SelectedDifference
from cotbench.analysis.compatible import check_comparable, common_problems, comparison_notes
from cotbench.analysis.coverage import Floats, coverage, on_problems, split_ks
from cotbench.analysis.dated import scope
from cotbench.analysis.extrapolated import extrapolated
from cotbench.analysis.first_passes import Axis, first_passes
from cotbench.analysis.frames import ProblemRow, RunTable
from cotbench.analysis.frontier import frontiers
from cotbench.analysis.groups import GroupBy, grouped
from cotbench.analysis.labels import run_names
from cotbench.analysis.n_of_k import drawn_values
from cotbench.analysis.notes import left_out_note
from cotbench.analysis.reference import read_reference
from cotbench.analysis.values import run_values
from cotbench.core.errors import ConfigurationError
from cotbench.stats.paired import holm, paired_differences
from cotbench.stats.pseudo import Band


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a comparison is to hold beside pass@k, n@k, differences and cost.

    `axis` asks for runs at equal cost, at the budgets `at` or a few chosen ones; `submissions` are the n of n@k;
    `farther` are ks beyond the attempts, `force` lets them be beyond ten times as many. `also_ks` and `also_at` are
    ks and budgets that must be there whatever was chosen.
    """

    axis: Axis | None = None
    at: tuple[float, ...] | None = None
    group_by: GroupBy | None = None
    submissions: tuple[int, ...] = (1,)
    farther: tuple[int, ...] = ()
    force: bool = False
    reference: str | None = None
    band: Band = "pointwise"
    also_ks: tuple[int, ...] = ()
    also_at: tuple[float, ...] = ()


NOTHING_MORE = Wanted()


def compare(
    run_tables: Sequence[RunTable],
    ks: Sequence[int] | None = None,
    seed: int = 0,
    confidence: float = 0.95,
    *,
    all_pairs: bool = False,
    names: Sequence[str] | None = None,
    wanted: Wanted = NOTHING_MORE,
) -> Comparison:
    """Compare runs of the same benchmark; the first one is the baseline, with `all_pairs` every earlier one is.

    `names` is what the runs are called in the result, by default the names of their directories.
    ks default to 1, 2, 5, 10 … up to the fewest attempts of any run on a common problem. Raises ConfigurationError
    where there is nothing to compare: fewer than two runs, different benchmarks or data, simulated beside real
    models, no common problem, no k that all runs have; and as the parts that are `wanted` do.
    """
    if any(n < 1 for n in wanted.submissions):
        raise ConfigurationError(f"--submit {min(wanted.submissions)}: whole numbers from 1 up were expected")
    check_comparable(run_tables)
    problems = common_problems(run_tables, run_names(run_tables))
    names = run_names(run_tables) if names is None else names
    rows = [on_problems(table, problems) for table in run_tables]
    kept, left_out = split_ks(rows, ks, also=wanted.also_ks)
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
    chosen = [drawn_values(group, wanted.submissions, kept) for group in rows]
    drawn, selected = chosen[0][0], [matrix for _, matrix in chosen]
    runs = run_values(
        run_tables,
        names,
        rows,
        kept,
        values,
        drawn,
        selected,
        band=wanted.band,
        seed=seed,
        confidence=confidence,
    )
    return Comparison(
        benchmark=run_tables[0].spec.benchmark,
        problems=problems,
        ks=kept,
        left_out=left_out,
        confidence=confidence,
        seed=seed,
        simulated=run_tables[0].manifest.simulated,
        runs=runs,
        pairs=_pairs(pairs, names, problems, rows, values, kept, drawn, selected, seed, confidence),
        notes=(*left_out_note(left_out, every), *comparison_notes(run_tables, names, problems)),
        scope=scope(run_tables),
        windows={name: table.spec.window for name, table in zip(names, run_tables, strict=True)},
        band=wanted.band,
        frontiers=frontiers(names, [run.cost for run in runs]),
        budgets=None
        if wanted.axis is None
        else compare_budgets(
            wanted.axis,
            names,
            [first_passes(table, wanted.axis, problems) for table in run_tables],
            pairs,
            at=wanted.at,
            also=wanted.also_at,
            band=wanted.band,
            seed=seed,
            confidence=confidence,
        ),
        grouping=None
        if wanted.group_by is None
        else grouped(
            wanted.group_by, run_tables, names, problems, kept, values, pairs, seed=seed, confidence=confidence
        ),
        extrapolated=tuple(
            found
            for name, group in zip(names, rows, strict=True)
            for found in extrapolated(name, group, wanted.farther, confidence=confidence, force=wanted.force)
        )
        if wanted.farther
        else (),
        reference=None if wanted.reference is None else read_reference(wanted.reference),
    )


def _pairs(
    pairs: Sequence[tuple[int, int]],
    names: Sequence[str],
    problems: Sequence[str],
    rows: Sequence[Sequence[ProblemRow]],
    values: Sequence[Floats],
    ks: Sequence[int],
    drawn: Sequence[tuple[int, int]],
    selected: Sequence[Floats],
    seed: int,
    confidence: float,
) -> tuple[PairComparison, ...]:
    every = _tested(pairs, values, ks, seed, confidence)
    of_n = _tested(pairs, selected, [k for _, k in drawn], seed, confidence)
    compared: list[PairComparison] = []
    for (base, run), differences, chosen in zip(pairs, every, of_n, strict=True):
        last = values[run][:, -1] - values[base][:, -1]
        solved, before = [row.passed > 0 for row in rows[run]], [row.passed > 0 for row in rows[base]]
        compared.append(
            PairComparison(
                run=names[run],
                baseline=names[base],
                rows=differences,
                selected=tuple(SelectedDifference(n, row) for (n, _), row in zip(drawn, chosen, strict=True)),
                decided_at=ks[-1],
                better=_where(problems, [gap > 1e-12 for gap in last]),
                worse=_where(problems, [gap < -1e-12 for gap in last]),
                won=_where(problems, [now and not then for now, then in zip(solved, before, strict=True)]),
                lost=_where(problems, [then and not now for now, then in zip(solved, before, strict=True)]),
            )
        )
    return tuple(compared)


def _tested(
    pairs: Sequence[tuple[int, int]], values: Sequence[Floats], ks: Sequence[int], seed: int, confidence: float
) -> list[tuple[Difference, ...]]:
    """Return the differences of every pair, column by column, as one family of tests."""
    if not ks:
        return [() for _ in pairs]
    found = [paired_differences(values[run], values[base], confidence=confidence, seed=seed) for base, run in pairs]
    adjusted = iter(holm([difference.p for differences in found for difference in differences]).tolist())
    return [
        tuple(
            Difference(
                k=k,
                estimate=here.mean,
                interval=here.interval,
                p=here.p,
                p_exact=here.exact,
                p_holm=next(adjusted),
                smallest_p=here.smallest_p,
                detectable=here.detectable,
            )
            for k, here in zip(ks, differences, strict=True)
        )
        for differences in found
    ]


def _where(problems: Sequence[str], chosen: Sequence[bool]) -> tuple[str, ...]:
    return tuple(problem for problem, this in zip(problems, chosen, strict=True) if this)
