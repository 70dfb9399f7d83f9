"""One session of `cotbench run`: open everything, carry the run out, print what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys

import orjson
import typer
from rich.console import Console
from rich.progress import Progress

from cotbench.analysis import run_table, summarise
from cotbench.backends.registry import open_backend, preload
from cotbench.benchmarks.registry import load_benchmark
from cotbench.cli.app import INCOMPLETE, INTERRUPTED, OK
from cotbench.cli.dryrun import estimate_line, price_line
from cotbench.cli.outputs import with_outputs
from cotbench.cli.progress import Bars, Download, PlainLines, bars_on
from cotbench.cli.requesting import Request
from cotbench.cli.runs import find, same_command
from cotbench.cli.safety import warn_if_unsafe
from cotbench.cli.selection import Selection
from cotbench.cli.specify import command_for
from cotbench.cli.tables import print_next_commands, print_reached, print_summary
from cotbench.core.errors import ConfigurationError, CotbenchError, LedgerMismatch
from cotbench.core.material import Material
from cotbench.core.problem import Benchmark, Problem
from cotbench.core.protocols import Author, Backend
from cotbench.core.spec import RunSpec
from cotbench.engine import (
    Opened,
    Outcome,
    Rates,
    Shared,
    Silent,
    Tools,
    estimate_run,
    execute,
    find_run,
    from_references,
    from_run,
    models_of,
    open_grader,
    open_run,
    owed_units,
    pinned_prices,
    refuse_broken_tests,
    refuse_other_sources,
    refuse_unknown_comparers,
    replay_backends,
    replayed,
    shared_calls,
)
from cotbench.grading import GRADER_VERSION
from cotbench.store import RunDirectory, RunRows, read_rows
from cotbench.store.layout import check_writable
from cotbench.store.pass_rates import write_pass_rates
from cotbench.strategies import donor_run, open_strategy, prompt_digests, strategy_entry


def carry_out(request: Request) -> int:
    """Do the run and print its table; return the exit code."""
    spec = request.spec
    screen = Console(stderr=True, quiet=request.quiet)
    for model in {spec.model, spec.idea_model or spec.model}:
        preload(model)
    benchmark = load_benchmark(spec.benchmark)
    problems = _selection(spec).of(benchmark, spec.seed)
    refuse_unknown_comparers(benchmark)
    check_writable(request.results)
    directory, resumed = find_run(spec, request.results, name=request.name, fresh=request.fresh)
    shared = shared_calls([find(run, request.results) for run in request.reuse])
    rows: RunRows | None = None
    if resumed:
        prompts = prompt_digests(spec.strategy)
        refuse_other_sources(directory, benchmark, prompts, GRADER_VERSION)
        rows = read_rows(directory.path)
        if not owed_units(spec, problems, rows):
            screen.print(f"{directory.path} is complete; --fresh starts another run", markup=False, highlight=False)
            # A session that was killed at its very end may have left this table behind the rows.
            write_pass_rates(directory.path, directory.read_manifest(), rows)
            _report(request, directory, complete=True)
            return OK
    # A cap that cannot hold is refused before anything is started.
    pinned_prices(spec, directory.read_manifest().prices if resumed else {})
    material = _material(request, benchmark, problems)
    try:
        with bars_on(screen) as bars:
            opened, outcome = asyncio.run(_session(request, benchmark, problems, material, rows, shared, screen, bars))
    except (KeyboardInterrupt, asyncio.CancelledError):
        typer.echo(f"interrupted; every reply that arrived is kept. Continue with: {same_command()}", err=True)
        return INTERRUPTED
    _report(request, opened.directory, complete=outcome.complete)
    if outcome.bug is not None:
        raise outcome.bug
    if outcome.complete:
        return OK
    if outcome.reached is not None:
        print_reached(outcome.reached, run_table(opened.directory))
        return INCOMPLETE
    first = outcome.failed[0].error if outcome.failed else ""
    typer.echo(f"incomplete: {outcome.units - outcome.done} units are owed ({first}).", err=True)
    typer.echo(f"Continue with: {same_command()}", err=True)
    return INCOMPLETE


async def _session(
    request: Request,
    benchmark: Benchmark,
    problems: tuple[Problem, ...],
    material: Material | None,
    rows: RunRows | None,
    shared: tuple[Shared, ...],
    screen: Console,
    bars: Progress | None,
) -> tuple[Opened, Outcome]:
    spec = request.spec
    task = asyncio.current_task()
    if task is not None:
        # SIGTERM stops as cleanly as Ctrl-C does.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with contextlib.AsyncExitStack() as stack:
        # Before the backends: a refusal must come before a download or a call.
        grader = stack.enter_context(open_grader(isolation=request.isolation, allow_unsafe=request.allow_unsafe))
        await asyncio.to_thread(refuse_broken_tests, benchmark, problems, grader)
        problems = await asyncio.to_thread(with_outputs, benchmark, problems, grader, screen)
        backends = await _start_backends(request, Download(screen, bars), stack)
        opened = stack.enter_context(
            open_run(
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
        )
        _announce(opened, benchmark, rows, grader.isolation, screen)
        tools = Tools(
            strategy=open_strategy(spec.strategy, spec.options, material),
            backends=backends,
            grader=grader,
            grader_version=GRADER_VERSION,
            concurrency=spec.concurrency or 1,
            verdict_cache=request.verdict_cache,
            rates=Rates(spec.rpm, spec.tpm),
            shared=shared,
            observer=Silent() if request.quiet else Bars(screen, bars) if bars else PlainLines(screen),
        )
        try:
            return opened, await execute(opened, tools)
        except LedgerMismatch:
            # Giving the same command again would end the same way: a matter of settings, not of time.
            raise
        except CotbenchError as error:
            typer.echo(f"error: {error}", err=True)
            typer.echo(f"Continue with: {same_command()}", err=True)
            raise typer.Exit(INCOMPLETE) from error


async def _start_backends(
    request: Request, download: Download, stack: contextlib.AsyncExitStack
) -> dict[Author, Backend]:
    spec = request.spec
    source = replayed(spec.model)
    if source is not None:
        if spec.idea_model is not None:
            raise ConfigurationError(
                f"{spec.model} answers for both models of the run it replays", hint="leave --idea-model out"
            )
        return replay_backends(spec.model, find(source, request.results))
    started: dict[str, Backend] = {}
    for model in dict.fromkeys((spec.model, spec.idea_model or spec.model)):
        backend = open_backend(
            model,
            slots=spec.concurrency or 1,
            api_base=spec.api_base,
            api_key_env=spec.api_key_env,
            timeout=spec.timeout,
            prompt_cache=spec.prompt_cache,
            extra=spec.sampling.extra,
            progress=download,
        )
        stack.push_async_callback(backend.aclose)
        await backend.start()
        started[model] = backend
    return {"code": started[spec.model], "idea": started[spec.idea_model or spec.model]}


def _announce(opened: Opened, benchmark: Benchmark, rows: RunRows | None, isolation: str, screen: Console) -> None:
    spec = opened.spec
    verb = "continuing" if opened.resumed else "starting"
    attempts = "all" if spec.attempts is None else spec.attempts
    problems = f"{len(opened.problems)} of {len(benchmark.problems)} problems"
    window = _selection(spec).aside(benchmark)
    lines = [
        f"{verb} {opened.directory.path}: {spec.strategy} × {spec.model} × {spec.benchmark} "
        f"({problems}, {attempts} attempts each, sandbox: {isolation}{window})"
    ]
    prices = opened.manifest.prices
    if not all(model in prices and prices[model].free for model in models_of(spec)):
        estimate = estimate_line(spec, estimate_run(spec, opened.problems, rows, prices))
        lines += filter(None, [estimate, price_line(spec, prices)])
    for line in lines:
        screen.print(line, markup=False, highlight=False, soft_wrap=True)
    warn_if_unsafe(isolation, screen)
    if (
        strategy_entry(spec.strategy).one_prompt
        and spec.sampling.temperature == 0
        and (spec.attempts, spec.units) != (1, 1)
    ):
        screen.print(
            "warning: at temperature 0 all attempts of a problem are the same draw; --attempts 1 says as much",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def _material(request: Request, benchmark: Benchmark, problems: tuple[Problem, ...]) -> Material | None:
    """Return the right programs that the strategy begins from, or None if it has no use for any."""
    donor = donor_run(request.spec.strategy, request.spec.options)
    if donor is None:
        return None
    if not donor:
        return from_references(benchmark, problems)
    return from_run(find(donor, request.results), benchmark, problems)


def _selection(spec: RunSpec) -> Selection:
    return Selection(spec.window, spec.ids, spec.limit)


def _report(request: Request, directory: RunDirectory, *, complete: bool) -> None:
    summary = summarise(run_table(directory))
    if request.json:
        sys.stdout.write(orjson.dumps(summary.to_plain(), option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    print_summary(summary, Console())
    if complete:
        other = "repeated" if request.spec.strategy != "repeated" else "plansearch"
        print_next_commands(command_for(other, request.spec, request.results), Console(), request.results)
