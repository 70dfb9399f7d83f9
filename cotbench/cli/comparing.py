"""A comparison for the terminal: tables of at most its width, then sentences."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from cotbench.analysis.anytime import Budgets
from cotbench.analysis.comparison import Comparison
from cotbench.analysis.frontier import Frontier
from cotbench.analysis.groups import Grouping
from cotbench.analysis.notes import counted, shared_notes
from cotbench.analysis.reference import Reference
from cotbench.analysis.sheets import difference_cells, reference_notes
from cotbench.analysis.words import amount, p_value, percent, point_span, points, span
from cotbench.cli.tables import aligned, heading, number, paragraph
from cotbench.core.budget import dollars
from cotbench.stats.intervals import FEW_PROBLEMS, Interval

SHOWN = 6

_LEVEL = 0.05

Cells = Sequence[tuple[str, str]]
"""Values as text, each with its interval as text."""


def print_comparison(comparison: Comparison, names: Sequence[str], console: Console) -> None:
    """Print a comparison whose runs are called by short labels; `names` are those of their directories."""
    simulated = " [simulated]" if comparison.simulated else ""
    problems = counted(len(comparison.problems), "common problem")
    heading(f"{comparison.benchmark}{comparison.scope}{simulated}, {problems}", console)
    width = max(len(values.run) for values in comparison.runs)
    for values, name in zip(comparison.runs, names, strict=True):
        if values.run != name:
            paragraph(f"{values.run:<{width}}  {name}", console, indent="  ")
    for title, lines in _tables(comparison, console.width):
        heading(f"\n{title}", console)
        for line in lines:
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print()
    for line in _remarks(comparison):
        paragraph(line, console, indent="  ")


def _tables(comparison: Comparison, width: int) -> list[tuple[str, list[str]]]:
    level = f"{100 * comparison.confidence:g} %"
    kind = f"{level} {'intervals' if comparison.band == 'pointwise' else 'bands for all k at once,'} over problems"
    labels = [values.run for values in comparison.runs]
    passes = [[_cell(row.estimate, row.interval) for row in values.rows] for values in comparison.runs]
    tables = [
        (
            f"pass@k in % of problems solved, {kind}",
            _beside_or_below(labels, [f"pass@{k}" for k in comparison.ks], passes, width),
        )
    ]
    for n in sorted({row.n for values in comparison.runs for row in values.selected}):
        ks = [row.k for row in comparison.runs[0].selected if row.n == n]
        chosen = [
            [_cell(row.estimate, row.interval) for row in values.selected if row.n == n] for values in comparison.runs
        ]
        title = f"{n}@k in %: of k attempts, {n} that pass{'es' if n == 1 else ''} the public cases submitted"
        tables.append((title, _beside_or_below(labels, [f"{n}@{k}" for k in ks], chosen, width)))
        gaps = [[row.difference for row in pair.selected if row.n == n] for pair in comparison.pairs]
        against = [_pair(pair.run, pair.baseline) for pair in comparison.pairs]
        tests = [[(points(gap.estimate), f"p {p_value(gap.p_holm)}") for gap in row] for row in gaps]
        title = f"Paired differences in {n}@k in percentage points, p by Holm over all n@k"
        tables.append((title, _beside_or_below(against, [f"{n}@{k}" for k in ks], tests, width)))
    tables.append(("Cost on the same problems, prompt and completion tokens together", aligned(_cost_rows(comparison))))
    rows = [[f"{row.k:4}", *difference_cells(row)] for pair in comparison.pairs for row in pair.rows]
    title = f"Paired differences in percentage points, {level} intervals"
    names = [_pair(pair.run, pair.baseline) for pair in comparison.pairs]
    tables.append((title, _blocks(names, "   k", rows)))
    if comparison.budgets is not None:
        tables += _budget_tables(comparison.budgets, level, width)
    if comparison.grouping is not None:
        tables += _group_tables(comparison, comparison.grouping, width)
    if comparison.extrapolated:
        tables.append(_extrapolated(comparison, level))
    if comparison.reference is not None:
        tables.append(_reference(comparison, comparison.reference))
    return tables


def _budget_tables(budgets: Budgets, level: str, width: int) -> list[tuple[str, list[str]]]:
    labels = [run.run for run in budgets.runs]
    heads = [amount(budget) for budget in budgets.budgets]
    cells = [[_cell(row.estimate, row.interval) for row in run.values] for run in budgets.runs]
    title = f"Solved in % within a budget of {budgets.unit.split(' (')[0]}, {level} intervals"
    rows = [[amount(row.budget), *difference_cells(row)] for pair in budgets.pairs for row in pair.rows]
    names = [_pair(pair.run, pair.baseline) for pair in budgets.pairs]
    return [
        (title, _beside_or_below(labels, heads, cells, width)),
        ("Paired differences at equal cost in percentage points", _blocks(names, budgets.axis, rows)),
    ]


def _group_tables(comparison: Comparison, grouping: Grouping, width: int) -> list[tuple[str, list[str]]]:
    heads = [f"pass@{k}" for k in comparison.ks]
    labels: list[str] = []
    cells: list[Cells] = []
    for group in grouping.groups:
        for run in comparison.runs:
            labels.append(f"{group.name} ({group.problems}) {run.run}")
            cells.append([_cell(row.estimate, row.interval) for row in group.values if row.run == run.run])
    for run in comparison.runs:
        labels.append(f"mean of groups {run.run}")
        cells.append([_cell(row.estimate, row.interval) for row in grouping.macro if row.run == run.run])
    gaps: list[Cells] = []
    names: list[str] = []
    for group in grouping.groups:
        for pair in comparison.pairs:
            found = [row for row in group.differences if (row.run, row.baseline) == (pair.run, pair.baseline)]
            names.append(f"{group.name}: {_pair(pair.run, pair.baseline)}")
            gaps.append([(points(row.estimate), point_span(row.interval)) for row in found])
    return [
        (f"pass@k in % by {grouping.by}", _beside_or_below(labels, heads, cells, width)),
        (
            f"Paired differences by {grouping.by} in percentage points (looked at, not tested)",
            _beside_or_below(names, [f"k = {k}" for k in comparison.ks], gaps, width),
        ),
    ]


def _extrapolated(comparison: Comparison, level: str) -> tuple[str, list[str]]:
    rows = [["", "attempts", "k", "Beta-Binomial", "power law", "never solved"]]
    for row in comparison.extrapolated:
        law = "–" if row.power_law is None else percent(row.power_law)
        limits = f"[{percent(row.low)}, {percent(row.high)}]"
        found = f"{percent(row.estimate)} {limits}"
        rows.append([row.run, f"{row.attempts:,}", f"{row.k:,}", found, law, percent(row.zero)])
    return f"pass@k in % beyond the attempts, {level} profile intervals", aligned(rows)


def _reference(comparison: Comparison, reference: Reference) -> tuple[str, list[str]]:
    columns = [column.split("@") for column in reference.columns]
    rows = [["", "", *(strategy for strategy, _ in columns)], ["", "", *(f"@{k}" for _, k in columns)]]
    rows += [[row.model, row.benchmark, *(f"{value:.1f}" for value in row.values)] for row in reference.rows]
    for run in comparison.runs:
        own = {row.k: percent(row.estimate) for row in run.rows}
        cells = [own.get(int(k), "–") if strategy == run.strategy else "" for strategy, k in columns]
        rows.append([f"here: {run.run}", "", *cells])
    return f"{reference.title} ({reference.url})", aligned(rows)


def _beside_or_below(labels: Sequence[str], heads: Sequence[str], cells: Sequence[Cells], width: int) -> list[str]:
    """Return values with intervals beside them or, where that is too wide, below; in several tables if need be."""
    label = max(map(len, labels))
    beside = [[f"{value} {limits}" for value, limits in row] for row in cells]
    if label + sum(2 + max(map(len, column)) for column in zip(heads, *beside, strict=True)) <= width:
        return aligned([["", *heads], *([name, *row] for name, row in zip(labels, beside, strict=True))])
    widest = max(len(limits) for row in cells for _, limits in row)
    most = max(1, (width - label) // (2 + widest))
    lines: list[str] = []
    for start in range(0, len(heads), most):
        rows = [["", *heads[start : start + most]]]
        for name, row in zip(labels, cells, strict=True):
            shown = row[start : start + most]
            rows += [[name, *(value for value, _ in shown)], ["", *(limits for _, limits in shown)]]
        lines += aligned(rows)
    return lines


def _blocks(names: Sequence[str], first: str, rows: Sequence[Sequence[str]]) -> list[str]:
    """Return one block per pair: its name once, then its share of the rows."""
    head, *rest = aligned([[first, "difference", "p", "p (Holm)", "detectable"], *rows])
    each = len(rest) // len(names)
    lines = [head]
    for place, name in enumerate(names):
        lines += [name, *rest[place * each : (place + 1) * each]]
    return lines


def _cost_rows(comparison: Comparison) -> list[list[str]]:
    rows = [["", "tokens/", "tokens/", "solved/", "", ""], ["", "attempt", "solved", "1M tok.", "calls", "cost"]]
    for values in comparison.runs:
        cost = values.cost
        per_million = cost.solved_per_million_tokens
        rows.append(
            [
                values.run,
                number(cost.tokens_per_attempt),
                number(cost.tokens_per_solved),
                "–" if per_million is None else f"{per_million:,.1f}",
                number(cost.calls),
                dollars(cost.usd),
            ]
        )
    return rows


def _remarks(comparison: Comparison) -> list[str]:
    """Return the sentences under the tables: how to read them, what each run alone solves, cautions."""
    lines = ["p: sign flips over problems; Holm over all rows; detectable: true difference found with 80 % power"]
    lines += [*_bounds(comparison), *map(_pareto, comparison.frontiers)]
    for pair in comparison.pairs:
        lines += [_solved_alone(pair.run, pair.baseline, pair.won), _solved_alone(pair.baseline, pair.run, pair.lost)]
    labels = [values.run for values in comparison.runs]
    notes = [*comparison.notes, *(() if comparison.budgets is None else comparison.budgets.notes)]
    notes += [f"{row.run}: k = {row.k}: {row.note}" for row in comparison.extrapolated if row.note]
    if comparison.reference is not None:
        notes += [f"source: {comparison.reference.citation}", *reference_notes(comparison.reference)]
    return [*lines, *(f"note: {note}" for note in shared_notes(notes, labels))]


def _bounds(comparison: Comparison) -> list[str]:
    """Return the sentences on ps that could not have become small whatever the runs did."""
    problems = len(comparison.problems)
    least = 2.0 ** (1 - problems)
    if least > _LEVEL:
        return [f"with {counted(problems, 'problem')} no p below {least:.3g} is possible"]
    lines = _wide(comparison) if problems >= FEW_PROBLEMS else []
    for pair in comparison.pairs:
        blunt = [row for row in pair.rows if row.smallest_p > _LEVEL]
        if blunt:
            ks = ", ".join(str(row.k) for row in blunt)
            bound = min(row.smallest_p for row in blunt)
            lines.append(
                f"{_pair(pair.run, pair.baseline)}: so few problems differ at k = {ks} that no p below {bound:.3g} "
                "is possible"
            )
    return lines


def _wide(comparison: Comparison) -> list[str]:
    """Return the sentence on differences whose intervals are wide because few problems differ."""
    wide = []
    for pair in comparison.pairs:
        ks = [str(row.k) for row in pair.rows if row.interval.method == "agresti-min"]
        if ks:
            wide.append(f"{_pair(pair.run, pair.baseline)} at k = {', '.join(ks)}")
    if not wide:
        return []
    where = "; ".join(wide)
    return [f"few problems differ, so that the interval of the difference is conservative (Agresti-Min): {where}"]


def _pareto(frontier: Frontier) -> str:
    by = {"tokens": "tokens", "usd": "money"}[frontier.by]
    worse = [f"{name} (by {', '.join(better)})" for name, better in frontier.dominated.items()]
    dominated = f"; dominated: {', '.join(worse)}" if worse else ""
    return f"Pareto front, problems solved against {by}: {', '.join(frontier.front)}{dominated}"


def _pair(run: str, baseline: str) -> str:
    return f"{run} − {baseline}"


def _cell(share: float, limits: Interval) -> tuple[str, str]:
    return percent(share), span(limits)


def _solved_alone(run: str, other: str, problems: tuple[str, ...]) -> str:
    if not problems:
        return f"{run} solves no problem that {other} does not"
    more = f" and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
    return f"{run} solves {len(problems)} that {other} does not: {', '.join(problems[:SHOWN])}{more}"
