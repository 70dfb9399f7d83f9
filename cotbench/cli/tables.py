"""Summaries and next steps as tables for the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from cotbench.analysis import Summary


def print_summary(summary: Summary, console: Console) -> None:
    """Print the table that ends a run: pass@k with intervals, then cost, then notes."""
    label = " [simulated]" if summary.simulated else ""
    problems = f"{summary.problems} of {summary.problems_total} problems"
    title = f"{summary.strategy} × {summary.model} × {summary.benchmark}{label}, {problems}"
    heading(title, console)
    grid = Table()
    grid.add_column("k", justify="right")
    grid.add_column("pass@k", justify="right")
    grid.add_column(f"{summary.confidence:.0%} interval", justify="right")
    for row in summary.rows:
        grid.add_row(str(row.k), percent(row.estimate), f"{percent(row.interval.low)} – {percent(row.interval.high)}")
    console.print(grid)
    cost = summary.cost
    money = "cost unknown" if cost.usd is None else f"${cost.usd:.2f}"
    lines = [
        f"solved {cost.solved} of {cost.problems} problems with {cost.attempts} attempts",
        f"{cost.calls:,} calls · {cost.prompt_tokens:,} prompt + {cost.completion_tokens:,} completion tokens · {money}"
        f" · {clock(summary.wall_seconds)}",
        f"{number(cost.tokens_per_attempt)} tokens per attempt · {number(cost.tokens_per_solved)} per solved problem",
        *(f"note: {note}" for note in summary.notes),
    ]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def print_next_commands(other_run: str, console: Console) -> None:
    """Print what to type next: another run to compare with, then the comparison and its figure."""
    lines = ["", "Next:", f"  {other_run}", "  cotbench compare", "  cotbench plot"]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def heading(text: str, console: Console) -> None:
    """Print the line above a table; unlike a table's own title it is never broken to the table's width."""
    console.print(text, style="bold", markup=False, highlight=False, soft_wrap=True)


def percent(share: float) -> str:
    """Return a share as a percentage with one decimal."""
    return f"{100 * share:.1f} %"


def points(difference: float) -> str:
    """Return a difference of shares in percentage points, with its sign."""
    return f"{100 * difference:+.1f}"


def number(value: float | None) -> str:
    """Return a whole number with separators, or a dash where it is undefined."""
    return "–" if value is None else f"{value:,.0f}"


def clock(seconds: float) -> str:
    """Return a duration as minutes and seconds, or hours and minutes."""
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{seconds:.0f} s"
