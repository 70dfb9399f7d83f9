"""`cotbench compare`: runs side by side, paired problem by problem."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cotbench.analysis import Comparison, as_csv, as_markdown, compare, run_table
from cotbench.cli.runs import find_several
from cotbench.cli.tables import heading, number, percent, points
from cotbench.core.errors import ConfigurationError

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

NEWEST = 6
BASELINE = "repeated"
SHOWN = 6


@app.command("compare")
def compare_(
    runs: Annotated[
        list[str] | None,
        typer.Argument(help="Names or paths of runs, the baseline first. (default: the newest of each strategy)"),
    ] = None,
    k: Annotated[str | None, typer.Option("--k", help="Values of k, for example 1,5,10.")] = None,
    all_pairs: Annotated[bool, typer.Option("--all-pairs", help="Every pair, not only against the baseline.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="Seed of intervals and tests.")] = 0,
    confidence: Annotated[
        float, typer.Option("--confidence", min=0.5, max=0.999, help="Level of the intervals.")
    ] = 0.95,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print one line per number.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print GitHub markdown.")] = False,
    results: Annotated[Path, typer.Option("--results", help="Directory that holds the runs.")] = Path("results"),
) -> None:
    """Compare runs problem by problem, with intervals.

    Without arguments: the newest run of each strategy and model on the benchmark that was run last, against repeated
    sampling if it is among them.

    Example: cotbench compare repeated-qwen2.5-coder-0.5b-starter plansearch-qwen2.5-coder-0.5b-starter --k 1,4
    """
    if json_ + csv + markdown > 1:
        raise ConfigurationError("give one of --json, --csv and --markdown")
    tables = [run_table(run) for run in find_several(runs or [], results, newest=NEWEST)]
    if not runs:
        tables.sort(key=lambda table: table.spec.strategy != BASELINE)
    comparison = compare(tables, _ks(k), seed, confidence, all_pairs=all_pairs)
    if json_:
        sys.stdout.write(orjson.dumps(comparison.to_plain(), option=orjson.OPT_INDENT_2).decode() + "\n")
    elif csv or markdown:
        sys.stdout.write(as_csv(comparison) if csv else as_markdown(comparison))
    else:
        _print(comparison, Console())


def _ks(text: str | None) -> list[int] | None:
    if text is None:
        return None
    try:
        return sorted({int(part) for part in text.split(",")})
    except ValueError:
        raise ConfigurationError(f"--k {text}: whole numbers separated by commas were expected") from None


def _print(comparison: Comparison, console: Console) -> None:
    level = f"{comparison.confidence:.0%}"
    label = " [simulated]" if comparison.simulated else ""
    count = len(comparison.problems)
    title = f"pass@k on {count} common problems of {comparison.benchmark}{label}, {level} intervals over problems"
    heading(title, console)
    values = Table()
    values.add_column("run", overflow="fold")
    for k in comparison.ks:
        values.add_column(f"pass@{k}", justify="right")
    for column in ("tokens/attempt", "tokens/solved", "solved/1M tokens", "cost"):
        values.add_column(column, justify="right")
    for run in comparison.runs:
        cells = [
            f"{percent(row.estimate)}\n[dim]{percent(row.interval.low)} – {percent(row.interval.high)}[/]"
            for row in run.rows
        ]
        per_million = run.cost.solved_per_million_tokens
        values.add_row(
            escape(run.run),
            *cells,
            number(run.cost.tokens_per_attempt),
            number(run.cost.tokens_per_solved),
            "–" if per_million is None else f"{per_million:.1f}",
            "unknown" if run.cost.usd is None else f"${run.cost.usd:.2f}",
        )
    console.print(values)
    heading("Paired differences, in percentage points", console)
    paired = Table()
    paired.add_column("run − baseline", overflow="fold")
    for column in ("k", "difference", f"{level} interval", "p", "p (Holm)", "detectable"):
        paired.add_column(column, justify="right")
    for pair in comparison.pairs:
        for row in pair.rows:
            paired.add_row(
                escape(f"{pair.run} − {pair.baseline}"),
                str(row.k),
                points(row.estimate),
                escape(f"[{points(row.interval.low)}, {points(row.interval.high)}]"),
                f"{row.p:.3f}",
                f"{row.p_holm:.3f}",
                "unknown" if row.detectable is None else f"{100 * row.detectable:.0f}",
            )
    console.print(paired)
    legend = "p: sign flips over problems; Holm over all rows; detectable: true difference found with 80 % power"
    lines = [
        legend,
        *(
            line
            for pair in comparison.pairs
            for line in (
                f"{pair.run} solves {len(pair.won)} that {pair.baseline} does not{_named(pair.won)}",
                f"{pair.baseline} solves {len(pair.lost)} that {pair.run} does not{_named(pair.lost)}",
            )
        ),
        *(f"note: {note}" for note in comparison.notes),
    ]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _named(problems: tuple[str, ...]) -> str:
    if not problems:
        return ""
    more = f" and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
    return f": {', '.join(problems[:SHOWN])}{more}"
