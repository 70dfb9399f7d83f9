"""`cotbench plot`: runs as a figure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from cotbench.analysis import run_table
from cotbench.analysis.coverage import read_ks
from cotbench.analysis.dated import read_period, within
from cotbench.cli.runs import find_several
from cotbench.cli.selection import After, Before
from cotbench.core.errors import ConfigurationError
from cotbench.plots import KINDS, Choices, draw
from cotbench.plots.output import figure_format
from cotbench.plots.page import COLUMN
from cotbench.plots.registry import kind_named
from cotbench.stats.pseudo import Band

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

NEWEST = 6

_KINDS = "Kinds: " + "; ".join(f"**{kind.name}**: {kind.about}" for kind in KINDS.values()) + "."


@app.command(epilog=_KINDS)
def plot(
    runs: Annotated[
        list[str] | None, typer.Argument(help="Names or paths of runs. (default: the newest of each strategy)")
    ] = None,
    kind: Annotated[str, typer.Option("--kind", help=f"What to draw: {', '.join(KINDS)}.")] = "passk",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write: .png, .svg or .pdf. (default: KIND.png)")
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help="Write the numbers behind the figure as CSV.")] = None,
    width: Annotated[
        float, typer.Option("--width", help="Width in inches; the default is one column of a paper.")
    ] = COLUMN,
    style: Annotated[
        Path | None, typer.Option("--style", help="Matplotlib style file that lies over the house style.")
    ] = None,
    k: Annotated[str | None, typer.Option("--k", help="Values of k, for example 1,5,10.")] = None,
    band: Annotated[
        str, typer.Option("--band", help="pointwise, or simultaneous: holds for the whole curve at once.")
    ] = "pointwise",
    by: Annotated[str | None, typer.Option("--by", help="Axis of cost, for kinds that have one.")] = None,
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
    out = out or Path(f"{kind_named(kind).name}.png")
    figure_format(out)
    if band not in get_args(Band):
        raise ConfigurationError(f"--band {band}: {' or '.join(get_args(Band))} was expected")
    choices = Choices(seed=seed, confidence=confidence, ks=read_ks(k), band=cast(Band, band), by=by)
    period = read_period(before, after)
    tables = [within(run_table(run), period) for run in find_several(runs or [], results, newest=NEWEST)]
    draw(kind, tables, out, choices=choices, width=width, style=style, data=data)
    typer.echo(out)
    if data is not None:
        typer.echo(data)
