"""A comparison as sheets of text: one title, one row of heads, rows of cells. Markdown and LaTeX are made from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cotbench.analysis.anytime import BudgetDifference
from cotbench.analysis.comparison import Comparison, Difference
from cotbench.analysis.notes import counted
from cotbench.analysis.reference import Reference
from cotbench.analysis.words import amount, interval, number, p_value, percent, point_interval


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. `name` is a word that no other sheet of the comparison has; `title` a sentence without its stop."""

    name: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def all_sheets(comparison: Comparison) -> list[Sheet]:
    """Return every sheet that a comparison has."""
    return [*main_sheets(comparison), *more_sheets(comparison)]


def main_sheets(comparison: Comparison) -> list[Sheet]:
    """Return pass@k, cost and paired differences."""
    level = f"{100 * comparison.confidence:g} %"
    kind = "intervals" if comparison.band == "pointwise" else "bands for all k at once,"
    return [
        Sheet(
            "passk",
            f"pass@k in % of problems solved, {level} {kind} over problems",
            ("run", *(f"pass@{k}" for k in comparison.ks)),
            tuple((run.run, *(interval(row.estimate, row.interval) for row in run.rows)) for run in comparison.runs),
        ),
        Sheet(
            "cost",
            "Cost on the same problems; tokens are prompt and completion together",
            (
                "run",
                "attempts",
                "calls",
                "tokens / attempt",
                "solved",
                "tokens / solved",
                "solved / million tokens",
                "USD",
                "USD / solved",
            ),
            tuple(
                (
                    run.run,
                    f"{run.cost.attempts:,}",
                    number(run.cost.calls),
                    number(run.cost.tokens_per_attempt),
                    f"{run.cost.solved:,} of {run.cost.problems:,}",
                    number(run.cost.tokens_per_solved),
                    number(run.cost.solved_per_million_tokens, digits=2),
                    "unknown" if run.cost.usd is None else f"{run.cost.usd:.4f}",
                    number(run.cost.usd_per_solved, digits=4),
                )
                for run in comparison.runs
            ),
        ),
        Sheet(
            "differences",
            f"Paired differences in percentage points, {level} intervals; p from sign flips, Holm over "
            f"{counted(sum(len(pair.rows) for pair in comparison.pairs), 'test')}; "
            "detectable: the true difference found with 80 % power",
            ("run − baseline", "k", "difference", "p", "p (Holm)", "detectable"),
            tuple(
                (f"{pair.run} − {pair.baseline}", str(row.k), *difference_cells(row))
                for pair in comparison.pairs
                for row in pair.rows
            ),
        ),
    ]


def more_sheets(comparison: Comparison) -> list[Sheet]:
    """Return n@k, the Pareto front, and whatever else the comparison was asked for."""
    sheets = [*_selected(comparison), *_pareto(comparison), *_budgets(comparison), *_groups(comparison)]
    sheets += _extrapolated(comparison)
    if comparison.reference is not None:
        sheets.append(_reference(comparison, comparison.reference))
    return sheets


def difference_cells(row: Difference | BudgetDifference) -> tuple[str, ...]:
    """Return difference with interval, p, p by Holm and detectable difference as text."""
    if row.detectable is None:
        detectable = "unknown"
    else:
        detectable = "> 100" if row.detectable > 1 else f"{100 * row.detectable:.1f}"
    return (point_interval(row.estimate, row.interval), p_value(row.p), p_value(row.p_holm), detectable)


def _selected(comparison: Comparison) -> Iterable[Sheet]:
    level = f"{100 * comparison.confidence:g} %"
    for n in sorted({row.n for run in comparison.runs for row in run.selected}):
        ks = [row.k for row in comparison.runs[0].selected if row.n == n]
        yield Sheet(
            f"select{n}",
            f"{n}@k in %: k attempts drawn, {n} of those that pass the public cases submitted, {level} intervals",
            ("run", *(f"{n}@{k}" for k in ks)),
            tuple(
                (run.run, *(interval(row.estimate, row.interval) for row in run.selected if row.n == n))
                for run in comparison.runs
            ),
        )
    rows = [(pair, row.n, row.difference) for pair in comparison.pairs for row in pair.selected]
    if rows:
        yield Sheet(
            "select-differences",
            f"Paired differences in n@k in percentage points, {level} intervals; p from sign flips, Holm over "
            f"{counted(len(rows), 'test')}",
            ("run − baseline", "n@k", "difference", "p", "p (Holm)", "detectable"),
            tuple((f"{pair.run} − {pair.baseline}", f"{n}@{row.k}", *difference_cells(row)) for pair, n, row in rows),
        )
    yield Sheet(
        "filtered",
        "filtered pass@k in %: k submissions among all attempts that pass the public cases, each k for the whole cost",
        ("run", *(f"filtered@{k}" for k in comparison.ks)),
        tuple((run.run, *(interval(row.estimate, row.interval) for row in run.filtered)) for run in comparison.runs),
    )


def _pareto(comparison: Comparison) -> Iterable[Sheet]:
    for frontier in comparison.frontiers:
        by = {"tokens": "tokens", "usd": "USD"}[frontier.by]
        rows = []
        for name in sorted(frontier.costs, key=lambda run: frontier.costs[run]):
            worse = frontier.dominated.get(name)
            cost = amount(frontier.costs[name], money=frontier.by == "usd")
            rows.append((name, cost, str(frontier.solved[name]), f"no: {', '.join(worse)}" if worse else "yes"))
        rows += [(name, "unknown", "", "") for name in frontier.unknown]
        title = f"Pareto front of problems solved against {by}, whole runs (no: a run that solves as many for less)"
        yield Sheet(f"pareto-{frontier.by}", title, ("run", by, "solved", "on the front"), tuple(rows))


def _budgets(comparison: Comparison) -> Iterable[Sheet]:
    budgets = comparison.budgets
    if budgets is None:
        return
    level = f"{100 * comparison.confidence:g} %"
    heads = tuple(amount(budget) for budget in budgets.budgets)
    kind = "intervals" if comparison.band == "pointwise" else "bands"
    yield Sheet(
        "budgets",
        f"Problems solved in % within a budget of {budgets.unit}, {level} {kind}",
        ("run", *heads),
        tuple((run.run, *(interval(row.estimate, row.interval) for row in run.values)) for run in budgets.runs),
    )
    yield Sheet(
        "budget-differences",
        f"Paired differences at equal cost in percentage points, {level} intervals; Holm over "
        f"{counted(sum(len(pair.rows) for pair in budgets.pairs), 'test')}",
        ("run − baseline", budgets.axis, "difference", "p", "p (Holm)", "detectable"),
        tuple(
            (
                f"{pair.run} − {pair.baseline}",
                amount(row.budget),
                *difference_cells(row),
            )
            for pair in budgets.pairs
            for row in pair.rows
        ),
    )


def _groups(comparison: Comparison) -> Iterable[Sheet]:
    grouping = comparison.grouping
    if grouping is None:
        return
    ks = comparison.ks
    heads = (grouping.by, "problems", "run", *(f"pass@{k}" for k in ks))
    rows = []
    for group in grouping.groups:
        for run in comparison.runs:
            cells = (interval(row.estimate, row.interval) for row in group.values if row.run == run.run)
            rows.append((group.name, str(group.problems), run.run, *cells))
    for run in comparison.runs:
        cells = (interval(row.estimate, row.interval) for row in grouping.macro if row.run == run.run)
        rows.append(("mean of groups", str(len(comparison.problems)), run.run, *cells))
    yield Sheet("groups", f"pass@k in % by {grouping.by}", heads, tuple(rows))
    rows = []
    for group in grouping.groups:
        for pair in comparison.pairs:
            found = [row for row in group.differences if (row.run, row.baseline) == (pair.run, pair.baseline)]
            cells = (point_interval(row.estimate, row.interval) for row in found)
            rows.append((group.name, f"{pair.run} − {pair.baseline}", *cells))
    yield Sheet(
        "group-differences",
        f"Paired differences by {grouping.by} in percentage points (looked at, not tested)",
        (grouping.by, "run − baseline", *(f"k = {k}" for k in ks)),
        tuple(rows),
    )


def _extrapolated(comparison: Comparison) -> Iterable[Sheet]:
    if comparison.extrapolated:
        yield Sheet(
            "extrapolated",
            "pass@k in % beyond the attempts: zero-inflated Beta-Binomial with "
            f"{100 * comparison.confidence:g} % profile intervals; power law without",
            ("run", "attempts", "k", "Beta-Binomial", "power law", "never solved", "alpha", "beta"),
            tuple(
                (
                    row.run,
                    str(row.attempts),
                    f"{row.k:,}",
                    f"{percent(row.estimate)} [{percent(row.low)}, {percent(row.high)}]",
                    "–" if row.power_law is None else percent(row.power_law),
                    percent(row.zero),
                    f"{row.alpha:.3g}",
                    f"{row.beta:.3g}",
                )
                for row in comparison.extrapolated
            ),
        )


def _reference(comparison: Comparison, reference: Reference) -> Sheet:
    rows = [(row.model, row.benchmark, *(f"{value:.1f}" for value in row.values)) for row in reference.rows]
    for run in comparison.runs:
        own = {row.k: interval(row.estimate, row.interval) for row in run.rows}
        shown = [column.split("@") for column in reference.columns]
        cells = [own.get(int(k), "–") if name == run.strategy else "" for name, k in shown]
        rows.append((f"{run.model} ({run.run})", comparison.benchmark, *cells))
    heads = ("model", "benchmark", *reference.columns)
    return Sheet("reference", f"{reference.title} ({reference.citation}), and the runs compared", heads, tuple(rows))


def reference_notes(reference: Reference) -> list[str]:
    """Return what a reader must know of a published table."""
    return [f"{reference.name}: {text}" for text in (reference.conditions, *reference.notes)]
