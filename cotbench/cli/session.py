"""One session of `cotbench run`: open everything, carry the run out, print what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
import typer
from rich.console import Console
from rich.progress import Progress

from cotbench.analysis import run_table, summarise
from cotbench.backends.registry import open_backend
from cotbench.benchmarks.registry import load_benchmark
from cotbench.benchmarks.subset import take
from cotbench.cli.app import INCOMPLETE, INTERRUPTED, OK
from cotbench.cli.progress import Bars, Download, PlainLines, bars_on
from cotbench.cli.specify import command_for
from cotbench.cli.tables import print_next_commands, print_summary
from cotbench.core.errors import BenchmarkError, CotbenchError, StoreError, near_matches
from cotbench.core.problem import Benchmark, Problem
from cotbench.core.protocols import Author, Backend
from cotbench.core.spec import RunSpec
from cotbench.engine import Opened, Outcome, Silent, Tools, execute, find_run, open_run, owed_units
from cotbench.grading import GRADER_VERSION, SandboxGrader, check_sandbox, known_comparers
from cotbench.store import RunDirectory, read_rows
from cotbench.strategies import open_strategy, prompt_digests


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asks for."""

    spec: RunSpec
    results: Path
    name: str | None
    fresh: bool
    quiet: bool
    json: bool


def carry_out(request: Request) -> int:
    """Do the run and print its table; return the exit code."""
    spec = request.spec
    screen = Console(stderr=True, quiet=request.quiet)
    benchmark = load_benchmark(spec.benchmark)
    problems = take(benchmark.problems, spec.limit, spec.seed)
    _check_comparers(benchmark)
    _check_writable(request.results)
    directory, resumed = find_run(spec, request.results, name=request.name, fresh=request.fresh)
    if resumed and not owed_units(spec, problems, read_rows(directory.path)):
        screen.print(f"{directory.path} is complete; --fresh starts another run", markup=False, highlight=False)
        _report(request, directory, None)
        return OK
    try:
        with bars_on(screen) as bars:
            opened, outcome = asyncio.run(_session(request, benchmark, problems, screen, bars))
    except (KeyboardInterrupt, asyncio.CancelledError):
        typer.echo(f"interrupted; nothing that was paid for is lost. Continue with: {_same_command()}", err=True)
        return INTERRUPTED
    _report(request, opened.directory, outcome)
    if outcome.complete:
        return OK
    first = outcome.failed[0].error if outcome.failed else ""
    typer.echo(f"incomplete: {outcome.units - outcome.done} units are owed ({first}).", err=True)
    typer.echo(f"Continue with: {_same_command()}", err=True)
    return INCOMPLETE


async def _session(
    request: Request,
    benchmark: Benchmark,
    problems: tuple[Problem, ...],
    screen: Console,
    bars: Progress | None,
) -> tuple[Opened, Outcome]:
    spec = request.spec
    task = asyncio.current_task()
    if task is not None:
        # SIGTERM stops as cleanly as Ctrl-C does.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    strategy = open_strategy(spec.strategy, spec.options)
    async with contextlib.AsyncExitStack() as stack:
        backends = await _start_backends(spec, Download(screen, bars), stack)
        grader = stack.enter_context(SandboxGrader())
        check_sandbox(grader)
        opened = open_run(
            spec,
            benchmark,
            problems,
            prompt_digests(spec.strategy),
            request.results,
            grader=GRADER_VERSION,
            isolation=grader.isolation,
            name=request.name,
            fresh=request.fresh,
        )
        _announce(opened, benchmark, grader.isolation, screen)
        observer = Silent() if request.quiet else Bars(screen, bars) if bars else PlainLines(screen)
        tools = Tools(
            strategy=strategy,
            backends=backends,
            grader=grader,
            grader_version=GRADER_VERSION,
            concurrency=spec.concurrency or 1,
            observer=observer,
        )
        try:
            return opened, await execute(opened, tools)
        except StoreError as error:
            # The run exists and keeps what it has: it is incomplete, not misconfigured.
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(INCOMPLETE) from error
        except CotbenchError as error:
            typer.echo(f"error: {error}", err=True)
            typer.echo(f"Continue with: {_same_command()}", err=True)
            raise typer.Exit(INCOMPLETE) from error


async def _start_backends(spec: RunSpec, download: Download, stack: contextlib.AsyncExitStack) -> dict[Author, Backend]:
    started: dict[str, Backend] = {}
    for model in dict.fromkeys((spec.model, spec.idea_model or spec.model)):
        backend = open_backend(
            model,
            slots=spec.concurrency or 1,
            api_base=spec.api_base,
            api_key_env=spec.api_key_env,
            timeout=spec.timeout,
            progress=download,
        )
        stack.push_async_callback(backend.aclose)
        await backend.start()
        started[model] = backend
    return {"code": started[spec.model], "idea": started[spec.idea_model or spec.model]}


def _announce(opened: Opened, benchmark: Benchmark, isolation: str, screen: Console) -> None:
    spec = opened.spec
    verb = "continuing" if opened.resumed else "starting"
    lines = [
        f"{verb} {opened.directory.path}: {spec.strategy} × {spec.model} × {spec.benchmark} "
        f"({len(opened.problems)} of {len(benchmark.problems)} problems, "
        f"{'all' if spec.attempts is None else spec.attempts} attempts each, sandbox: {isolation})"
    ]
    for line in lines:
        screen.print(line, markup=False, highlight=False, soft_wrap=True)


def _report(request: Request, directory: RunDirectory, outcome: Outcome | None) -> None:
    summary = summarise(run_table(directory))
    if request.json:
        sys.stdout.write(orjson.dumps(summary.to_plain(), option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    print_summary(summary, Console())
    if outcome is None or outcome.complete:
        other = "repeated" if request.spec.strategy != "repeated" else "plansearch"
        print_next_commands(command_for(other, request.spec), Console())


def _check_comparers(benchmark: Benchmark) -> None:
    """Refuse comparers that do not exist before anything is spent. Raises BenchmarkError."""
    for problem in benchmark.problems:
        if problem.comparer not in known_comparers():
            raise BenchmarkError(
                f"{benchmark.name}: problem {problem.id} has an unknown comparer {problem.comparer!r}",
                hint=near_matches(problem.comparer, known_comparers()),
            )


def _check_writable(results: Path) -> None:
    """Find out before any work whether runs can be written. Raises StoreError."""
    try:
        results.mkdir(parents=True, exist_ok=True)
        probe = results / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StoreError(
            f"cannot write to the results directory {results}: {error.strerror or error}",
            hint="choose a writable place with --results DIR",
        ) from error


def _same_command(arguments: Sequence[str] | None = None) -> str:
    given = [argument for argument in (arguments or sys.argv[1:]) if argument != "--fresh"]
    return shlex.join(["cotbench", *given])
