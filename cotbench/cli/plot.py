"""`cotbench plot`: runs as a figure."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cotbench.analysis import run_table
from cotbench.analysis.dated import read_period, within
from cotbench.cli.runs import find_several
from cotbench.cli.selection import After, Before
from cotbench.plots import draw_passk

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

NEWEST = 6


class Kind(StrEnum):
    """Kinds of figure."""

    passk = "passk"


@app.command()
def plot(
    runs: Annotated[
        list[str] | None, typer.Argument(help="Names or paths of runs. (default: the newest of each strategy)")
    ] = None,
    kind: Annotated[Kind, typer.Option("--kind", help="What to draw.")] = Kind.passk,
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write: .png, .svg or .pdf.")] = Path("passk.png"),
    seed: Annotated[int, typer.Option("--seed", help="Seed of the intervals.")] = 0,
    confidence: Annotated[float, typer.Option("--confidence", min=0.5, max=0.999, help="Level of the bands.")] = 0.95,
    results: Annotated[Path, typer.Option("--results", help="Directory that holds the runs.")] = Path("results"),
    before: Before = None,
    after: After = None,
) -> None:
    """Draw runs as a figure.

    Without arguments: the newest run of each strategy and model on the benchmark that was run last.

    Example: cotbench plot plansearch-qwen2.5-coder-0.5b-starter repeated-qwen2.5-coder-0.5b-starter --out curves.pdf
    """
    period = read_period(before, after)
    tables = [within(run_table(run), period) for run in find_several(runs or [], results, newest=NEWEST)]
    draw_passk(tables, out, seed=seed, confidence=confidence)
    typer.echo(out)
