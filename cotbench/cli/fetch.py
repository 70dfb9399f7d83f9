"""`cotbench fetch`: bring an embedded model into the cache."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from cotbench.backends.registry import fetch_model
from cotbench.cli.app import INTERRUPTED
from cotbench.cli.progress import Download, bars_on

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def fetch(
    model: Annotated[str, typer.Argument(help="Name of an embedded model; `cotbench list models`.")] = "local",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the path.")] = False,
) -> None:
    """Download an embedded model before it is needed.

    Example: cotbench fetch local/smollm2-135m
    """
    screen = Console(stderr=True, quiet=quiet)
    try:
        with bars_on(screen) as bars:
            path = fetch_model(model, Download(screen, bars))
    except KeyboardInterrupt:
        typer.echo("interrupted; what is complete is kept, the same command goes on", err=True)
        raise typer.Exit(INTERRUPTED) from None
    typer.echo(path)
