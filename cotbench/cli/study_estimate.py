"""`cotbench run --dry-run` of a study: what each of its runs will take, and all of them together."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import orjson
from rich.console import Console

from cotbench.analysis.notes import counted
from cotbench.cli.dryrun import cells, price_line, remarks, spent_before
from cotbench.cli.members import Plan
from cotbench.cli.preparing import Prepared
from cotbench.cli.requesting import Request
from cotbench.cli.study import prepare_members
from cotbench.cli.tables import aligned
from cotbench.core.budget import Spent
from cotbench.engine import Estimate, Expected, Range, estimate_run


def print_study_estimate(plan: Plan, requests: Sequence[Request]) -> None:
    """Print what every member owes and the sum. Asks nothing and writes nothing.

    A member whose strategy does not say what it will ask has no estimate and is missing from the sum, which is said.
    Raises ConfigurationError where the study itself would.
    """
    first = requests[0]
    prepared = prepare_members(plan, requests, Console(stderr=True, quiet=first.quiet))
    found = [estimate_run(each.spec, each.problems, each.rows, each.prices) for each in prepared]
    known = [estimate.total for estimate in found if estimate is not None]
    total = Range(sum((each.low for each in known), Expected()), sum((each.high for each in known), Expected()))
    if first.json:
        _print_json(plan, prepared, found, total)
        return
    console = Console(highlight=False)
    owing = sum(each.owed > 0 for each in prepared)
    units = sum(each.owed for each in prepared)
    title = f"study {plan.study}: " if plan.study else ""
    _say(f"{title}{counted(len(found), 'run')}, {owing} owing {counted(units, 'unit')}", console)
    for line, style in _lines(plan, prepared, found, total):
        console.print(line, style=style, markup=False, soft_wrap=True)
    unknown = [member.title for member, estimate in zip(plan.members, found, strict=True) if estimate is None]
    spent = sum(map(spent_before, prepared), Spent())
    lines = [
        *remarks(prepared[0].spec, total, spent),
        *dict.fromkeys(filter(None, (price_line(each.spec, each.prices) for each in prepared))),
        *(f"{name} does not say what it will ask and is not in the sum" for name in unknown),
    ]
    for line in lines:
        _say(line, console)


def _lines(
    plan: Plan, prepared: Sequence[Prepared], found: Sequence[Estimate | None], total: Range
) -> list[tuple[str, str]]:
    """Return the lines of the table with their styles: those of a model and a benchmark under their names."""
    rows = [["", "units", "calls", "prompt tokens", "completion tokens", "cost"]]
    for member, each, estimate in zip(plan.members, prepared, found, strict=True):
        state = f"{each.owed:,}" if each.owed else "complete"
        numbers = ["unknown"] * 4 if estimate is None else cells(estimate.total) if each.owed else ["–"] * 4
        rows.append([f"  {member.label}", state, *numbers])
    rows.append(["together", f"{sum(each.owed for each in prepared):,}", *cells(total)])
    head, *members, together = aligned(rows)
    lines = [(head, "")]
    group = ("", "")
    for member, line in zip(plan.members, members, strict=True):
        if group != (member.spec.model, member.spec.benchmark):
            group = (member.spec.model, member.spec.benchmark)
            lines.append((" on ".join(group), "bold"))
        lines.append((line, ""))
    return [*lines, (together, "bold")]


def _print_json(plan: Plan, prepared: Sequence[Prepared], found: Sequence[Estimate | None], total: Range) -> None:
    members = [
        {
            "label": member.label,
            "strategy": member.spec.strategy,
            "model": member.spec.model,
            "benchmark": member.spec.benchmark,
            "run": each.directory.name if each.resumed else None,
            "problems": len(each.problems),
            "units": each.owed,
            "estimate": estimate and estimate.to_plain(),
        }
        for member, each, estimate in zip(plan.members, prepared, found, strict=True)
    ]
    whole = Estimate("", sum(each.owed for each in prepared), {"together": total}).to_plain()["total"]
    document = {"study": plan.study, "runs": members, "total": whole}
    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")


def _say(line: str, console: Console) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
