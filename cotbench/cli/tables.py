"""Summaries and next steps as tables for the terminal."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from cotbench.analysis import RunTable, Summary
from cotbench.analysis.notes import counted
from cotbench.cli.runs import same_command
from cotbench.cli.specify import RESULTS
from cotbench.core.budget import RESOURCES, Caps, Spent, amount, dollars, flag_of
from cotbench.core.errors import BudgetReached

VERBS = ("compare", "plot")


def print_summary(summary: Summary, console: Console) -> None:
    """Print the table that ends a run: pass@k with intervals, then cost, then notes."""
    label = " [simulated]" if summary.simulated else ""
    problems = f"{summary.problems} of {counted(summary.problems_total, 'problem')}"
    window = f" ({summary.window})" if str(summary.window) else ""
    title = f"{summary.strategy} × {summary.model} × {summary.benchmark}{window}{label}, {problems}"
    heading(title, console)
    grid = Table()
    grid.add_column("k", justify="right")
    grid.add_column("pass@k", justify="right")
    grid.add_column(f"{summary.confidence:.0%} interval", justify="right")
    for row in summary.rows:
        grid.add_row(str(row.k), percent(row.estimate), f"{percent(row.interval.low)} – {percent(row.interval.high)}")
    console.print(grid)
    cost = summary.cost
    price = f"cost {dollars(None)}" if cost.usd is None else dollars(cost.usd)
    lines = [f"solved {cost.solved} of {counted(cost.problems, 'problem')} with {counted(cost.attempts, 'attempt')}"]
    if cost.tokens is None:
        judged = clock(summary.wall_seconds)
        lines.append(f"judged in {judged} · the programs came from a file: calls, tokens and cost unknown")
    else:
        lines += [
            f"{counted(cost.calls or 0, 'call')} · {number(cost.prompt_tokens)} prompt + "
            f"{number(cost.completion_tokens)} completion tokens · {price} · {clock(summary.wall_seconds)}",
            f"{number(cost.tokens_per_attempt)} tokens per attempt · {number(cost.tokens_per_solved)} per solved "
            "problem",
        ]
    lines += spent_lines(summary.spent, summary.caps)
    lines += [f"note: {note}" for note in summary.notes]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def spent_lines(spent: Spent, caps: Caps) -> list[str]:
    """Return what was spent of each resource that is capped, as a line, or nothing where nothing is."""
    capped = [(name, cap) for name in RESOURCES if (cap := caps.of(name)) is not None]
    # The unit is said once: 12 of 30 calls.
    parts = [f"{amount(name, spent.of(name)).split(' ')[0]} of {amount(name, cap)}" for name, cap in capped]
    return [f"spent {' · '.join(parts)}"] if parts else []


def print_reached(reached: BudgetReached, table: RunTable) -> None:
    """Say on standard error which cap ended a session, what the run has spent, and how it goes on."""
    spent = table.spent
    said = [amount("calls", spent.calls), amount("tokens", spent.tokens), amount("minutes", spent.minutes)]
    flag = flag_of(reached.setting)
    are = "is" if table.units.owed == 1 else "are"
    owed = f"{table.units.owed} of {counted(table.units.wanted, 'unit')} {are} owed"
    for line in (
        f"stopped: {reached.message}.",
        f"Spent so far: {dollars(spent.usd)} · {' · '.join(said)}; {owed}, and all results so far are kept and valid.",
        f"To go on, give the same command with a larger {flag}: {same_command()}",
    ):
        typer.echo(line, err=True)


def print_next_commands(other_run: str | None, console: Console, results: Path = RESULTS) -> None:
    """Print what to type next: another run to compare with, if there can be one, then the comparison and its figure."""
    place = [] if results == RESULTS else ["--results", str(results)]
    other = [] if other_run is None else [f"  {other_run}"]
    lines = ["", "Next:", *other, *(f"  {shlex.join(['cotbench', verb, *place])}" for verb in VERBS)]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def heading(text: str, console: Console) -> None:
    """Print the line above a table; unlike a table's own title it is never broken to the table's width."""
    console.print(text, style="bold", markup=False, highlight=False, soft_wrap=True)


def paragraph(text: str, console: Console, *, indent: str = "") -> None:
    """Print a sentence wrapped to the width, later lines indented; names are never broken."""
    wrapped = textwrap.fill(
        text,
        width=max(console.width, 40),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    console.print(wrapped, markup=False, highlight=False, soft_wrap=True)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return lines of text with the first column flush left and the others flush right, two spaces apart."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def percent(share: float) -> str:
    """Return a share as a percentage with one decimal."""
    return f"{100 * share:.1f} %"


def points(difference: float) -> str:
    """Return a difference of shares in percentage points, with its sign."""
    return f"{100 * difference:+.1f}"


def chance(p: float) -> str:
    """Return a p value with three decimals, none of them made up where it is smaller."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def number(value: float | None) -> str:
    """Return a whole number with separators, or a dash where it is undefined."""
    return "–" if value is None else f"{value:,.0f}"


def clock(seconds: float) -> str:
    """Return a duration as minutes and seconds, or hours and minutes."""
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{seconds:.0f} s"
