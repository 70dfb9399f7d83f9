"""`cotbench compact`: give large runs a cache, so that tables and figures are made in seconds."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from cotbench.analysis.notes import counted
from cotbench.cli.app import INCOMPLETE
from cotbench.cli.progress import Download, bars_on
from cotbench.cli.runs import find
from cotbench.cli.specify import RESULTS
from cotbench.core.errors import ConfigurationError, StoreError
from cotbench.store import RunDirectory, list_runs
from cotbench.store.cache import FOLDER, Compacted, compact, rows_bytes

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

_MB = 1_000_000
_SLOW = 50 * _MB
"""Bytes of rows from which on progress is shown."""


@app.command("compact")
def compact_(
    runs: Annotated[
        list[str] | None, typer.Argument(help="Names or paths of runs. (default: all in the results directory)")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Build it anew, even where it is there already.")] = False,
    results: Annotated[Path, typer.Option("--results", help="Directory that holds the runs.")] = RESULTS,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")] = False,
) -> None:
    """Build the cache that makes large runs quick to analyse.

    The cache is a folder `cache/` of Parquet files in the run's directory, made from its rows. Nothing depends on it:
    it may be deleted at any time and is never used once the rows have changed. Runs of more than 20,000 attempts get
    theirs when they are first compared or drawn.

    Example: cotbench compact repeated-gpt-4o-mini-livecodebench
    """
    screen = Console(stderr=True, quiet=quiet)
    chosen = [find(name, results) for name in dict.fromkeys(runs)] if runs else list_runs(results)
    if not chosen:
        raise ConfigurationError(f"there are no runs in {results}", hint="make one with: cotbench run")
    done: list[dict[str, object]] = []
    skipped = 0
    for run in chosen:
        began = time.monotonic()
        try:
            made = _compacted(run, screen, again=again)
        except StoreError as error:
            if runs:
                raise
            typer.echo(f"skipped {run.path}: {error}", err=True)
            skipped += 1
            continue
        done.append({"run": run.name, **asdict(made)})
        if not json_:
            typer.echo(_line(run, made, time.monotonic() - began))
    if json_:
        sys.stdout.write(orjson.dumps(done, option=orjson.OPT_INDENT_2).decode() + "\n")
    if skipped:
        raise typer.Exit(INCOMPLETE)


def _compacted(run: RunDirectory, screen: Console, *, again: bool) -> Compacted:
    size = rows_bytes(run.path)
    with ExitStack() as stack:
        shown = None
        if size >= _SLOW and not screen.quiet:
            shown = partial(_report, Download(screen, stack.enter_context(bars_on(screen))), run.name, size)
        return compact(run, shown, again=again)


def _report(shown: Download, name: str, size: int, done: int) -> None:
    shown(done, size, f"rows of {name}")


def _line(run: RunDirectory, made: Compacted, seconds: float) -> str:
    attempts = counted(made.attempts, "attempt")
    sizes = f"{made.rows_bytes / _MB:,.1f} MB of rows, {made.cache_bytes / _MB:,.1f} MB of cache"
    how = f"built in {seconds:.1f} s" if made.built else "was there already"
    return f"{run.path / FOLDER}: {attempts}, {sizes}, {how}"
