"""A comparison as one long table: a line per number, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from cotbench.analysis.anytime import BudgetDifference, Budgets
from cotbench.analysis.comparison import Comparison, Difference
from cotbench.stats.intervals import Interval

CSV_COLUMNS = (
    "quantity",
    "run",
    "baseline",
    "k",
    "value",
    "low",
    "high",
    "method",
    "p",
    "p_holm",
    "detectable",
    "problems",
    "simulated",
    "n",
    "axis",
    "budget",
    "group",
)

_COSTS = (
    "attempts",
    "solved",
    "calls",
    "prompt_tokens",
    "completion_tokens",
    "tokens",
    "tokens_per_attempt",
    "tokens_per_solved",
    "solved_per_million_tokens",
    "usd",
    "usd_per_solved",
)

Line = Mapping[str, object]


def as_csv(comparison: Comparison) -> str:
    """Return one line per number (columns `CSV_COLUMNS`), pass@k first. Empty is unknown or does not apply.

    Values are shares and plain counts; `reference` lines are percentages as published, in column `run` the model, in
    `group` the benchmark and in `axis` the strategy.
    """
    text = io.StringIO()
    table = csv.DictWriter(text, CSV_COLUMNS, restval="", lineterminator="\n")
    table.writeheader()
    common = {"problems": len(comparison.problems), "simulated": "yes" if comparison.simulated else "no"}
    for line in _lines(comparison):
        table.writerow({name: _exact(value) for name, value in {**common, **line}.items()})
    return text.getvalue()


def _lines(comparison: Comparison) -> Iterator[Line]:
    for run in comparison.runs:
        for row in run.rows:
            yield _value("pass_at_k", run.run, row.estimate, row.interval, k=row.k)
        for chosen in run.selected:
            yield _value("n_at_k", run.run, chosen.estimate, chosen.interval, k=chosen.k, n=chosen.n)
        for kept in run.filtered:
            yield _value("filtered_pass_at_k", run.run, kept.estimate, kept.interval, k=kept.k)
        plain = run.cost.to_plain()
        for name in _COSTS:
            yield {"quantity": name, "run": run.run, "value": plain[name]}
    for pair in comparison.pairs:
        for gap in pair.rows:
            yield {**_difference(gap), "run": pair.run, "baseline": pair.baseline, "k": gap.k}
        for picked in pair.selected:
            line = {**_difference(picked.difference), "quantity": "n_at_k_difference", "k": picked.difference.k}
            yield {**line, "n": picked.n, "run": pair.run, "baseline": pair.baseline}
        for name, listed in (("won", pair.won), ("lost", pair.lost)):
            yield {"quantity": name, "run": pair.run, "baseline": pair.baseline, "value": len(listed)}
    for frontier in comparison.frontiers:
        for name in frontier.costs:
            on = int(name not in frontier.dominated)
            yield {"quantity": "on_pareto_front", "run": name, "value": on, "axis": frontier.by}
    if comparison.budgets is not None:
        yield from _budget_lines(comparison.budgets)
    if comparison.grouping is not None:
        for group in comparison.grouping.groups:
            shown = {"group": group.name, "problems": group.problems}
            for value in group.values:
                yield {**_value("pass_at_k", value.run, value.estimate, value.interval, k=value.k), **shown}
            for part in group.differences:
                line = _value("difference", part.run, part.estimate, part.interval, k=part.k)
                yield {**line, "baseline": part.baseline, **shown}
        for value in comparison.grouping.macro:
            yield _value("macro_pass_at_k", value.run, value.estimate, value.interval, k=value.k)
    for found in comparison.extrapolated:
        limits = {"low": found.low, "high": found.high, "method": "profile likelihood"}
        yield {"quantity": "extrapolated", "run": found.run, "k": found.k, "value": found.estimate, **limits}
        yield {"quantity": "power_law", "run": found.run, "k": found.k, "value": found.power_law}
        for name in ("zero", "alpha", "beta"):
            yield {"quantity": f"fitted_{name}", "run": found.run, "value": asdict(found)[name]}
    if comparison.reference is not None:
        for published in comparison.reference.rows:
            for column, share in zip(comparison.reference.columns, published.values, strict=True):
                strategy, k = column.split("@")
                line = {"quantity": "reference", "run": published.model, "k": k, "value": share, "axis": strategy}
                yield {**line, "group": published.benchmark, "problems": "", "simulated": "no"}


def _budget_lines(budgets: Budgets) -> Iterator[Line]:
    for run in budgets.runs:
        for row in run.values:
            line = _value("solved_at_budget", run.run, row.estimate, row.interval)
            yield {**line, "axis": budgets.axis, "budget": row.budget}
            yield {
                "quantity": "over_at_budget",
                "run": run.run,
                "value": row.over,
                "axis": budgets.axis,
                "budget": row.budget,
            }
        curve = run.curve
        for cost, value, limits in zip(curve.costs, curve.values, curve.intervals, strict=True):
            yield {**_value("curve", run.run, value, limits), "axis": budgets.axis, "budget": cost}
    for pair in budgets.pairs:
        for gap in pair.rows:
            where = {"run": pair.run, "baseline": pair.baseline, "axis": budgets.axis, "budget": gap.budget}
            yield {**_difference(gap), "quantity": "difference_at_budget", **where}


def _value(quantity: str, run: str, value: float, limits: Interval, **more: object) -> dict[str, object]:
    return {"quantity": quantity, "run": run, "value": value, **_limits(limits), **more}


def _difference(gap: Difference | BudgetDifference) -> dict[str, object]:
    return {
        "quantity": "difference",
        "value": gap.estimate,
        **_limits(gap.interval),
        "p": gap.p,
        "p_holm": gap.p_holm,
        "detectable": gap.detectable,
    }


def _limits(interval: Interval) -> dict[str, object]:
    return {"low": interval.low, "high": interval.high, "method": interval.method}


def _exact(value: object) -> object:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else value
