"""`cotbench regrade`: judge a run again with the grader of today."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from cotbench.analysis.notes import counted
from cotbench.benchmarks.registry import load_benchmark
from cotbench.cli.app import GATE, INCOMPLETE, INTERRUPTED, OK
from cotbench.cli.judged import JudgedBar, JudgedLines
from cotbench.cli.outputs import with_outputs
from cotbench.cli.progress import bars_on
from cotbench.cli.runs import find, same_command
from cotbench.cli.safety import AllowUnsafe, Isolation, Slots, warn_if_unsafe
from cotbench.cli.specify import RESULTS
from cotbench.engine import Regraded, Unseen, open_grader, refuse_broken_tests, refuse_unknown_comparers, regrade
from cotbench.grading import GRADER_VERSION
from cotbench.store import RunDirectory

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

_SHOWN = 40


@app.command("regrade")
def regrade_(
    run: Annotated[str, typer.Argument(help="Name or path of the run; `cotbench list runs`.")],
    slots: Slots = None,
    isolation: Isolation = None,
    allow_unsafe: AllowUnsafe = False,
    results: Annotated[Path, typer.Option("--results", help="Directory that holds the runs.")] = RESULTS,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")] = False,
) -> None:
    """Judge a run again with the grader of today.

    Reports every verdict that changed. If the grader is of another version than the run's, its verdicts are written
    beside the old ones and count from then on, and `cotbench run` can continue the run. If it is the same, nothing is
    overwritten, and a program that passed once and not the other time ends in exit code 4.

    Example: cotbench regrade plansearch-qwen2.5-coder-0.5b-starter
    """
    directory = find(run, results)
    screen = Console(stderr=True, quiet=quiet)
    benchmark = load_benchmark(directory.read_spec().benchmark)
    refuse_unknown_comparers(benchmark)
    try:
        with contextlib.ExitStack() as stack:
            grader = stack.enter_context(open_grader(slots=slots, isolation=isolation, allow_unsafe=allow_unsafe))
            warn_if_unsafe(grader.isolation, screen)
            known = directory.read_manifest().problems
            wanted = tuple(problem for problem in benchmark.problems if problem.id in known)
            refuse_broken_tests(benchmark, wanted, grader)
            benchmark = replace(benchmark, problems=with_outputs(benchmark, wanted, grader, screen))
            bars = stack.enter_context(bars_on(screen))
            spectator = Unseen() if quiet else JudgedBar(screen, bars) if bars else JudgedLines(screen)
            regraded = regrade(directory, benchmark, grader, GRADER_VERSION, spectator)
    except KeyboardInterrupt:
        typer.echo(f"interrupted; every verdict so far is kept. Continue with: {same_command()}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    _report(directory, regraded, as_json=json_)
    if regraded.owed:
        typer.echo(f"incomplete: {counted(regraded.owed, 'verdict')} owed ({regraded.reason}).", err=True)
        typer.echo(f"Continue with: {same_command()}", err=True)
        raise typer.Exit(INCOMPLETE)
    flipped = regraded.same_version and any(change.crosses for change in regraded.changes)
    raise typer.Exit(GATE if flipped else OK)


def _report(directory: RunDirectory, regraded: Regraded, *, as_json: bool) -> None:
    changes, crossing = regraded.changes, sum(change.crosses for change in regraded.changes)
    if as_json:
        document = {
            "run": directory.name,
            "grader": {"old": regraded.old, "new": regraded.new},
            "compared": regraded.compared,
            "changed": len(changes),
            "changed_passed_or_not": crossing,
            "owed": regraded.owed,
            "changes": [{**asdict(change), "crosses": change.crosses} for change in changes],
        }
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    console = Console()
    for change in changes[:_SHOWN]:
        attempt = f"attempt {change.index}" if not change.unit else f"unit {change.unit} attempt {change.index}"
        _say(console, f"{change.problem} {attempt}, {change.suite} cases: {change.old} → {change.new}")
    if len(changes) > _SHOWN:
        _say(console, f"and {len(changes) - _SHOWN:,} more; --json lists them all")
    kind = "flipped" if regraded.same_version else "changed"
    grader = f"grader version {regraded.old}" + ("" if regraded.same_version else f" → {regraded.new}")
    _say(
        console,
        f"{directory.path}: {len(changes):,} of {counted(regraded.compared, 'verdict')} {kind}, "
        f"{crossing:,} of them between passed and not passed ({grader})",
    )


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
