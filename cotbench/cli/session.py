"""One session of `cotbench run`: open everything, carry the run out, print what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from dataclasses import dataclass, replace

import orjson
import typer
from rich.console import Console
from rich.progress import Progress

from cotbench.analysis import run_table, summarise
from cotbench.analysis.notes import counted
from cotbench.backends.registry import open_backend, preload
from cotbench.cli.app import INCOMPLETE, INTERRUPTED, OK
from cotbench.cli.dryrun import estimate_line, price_line
from cotbench.cli.outputs import with_outputs
from cotbench.cli.preparing import Prepared, chosen, load, prepare
from cotbench.cli.progress import Bars, Download, PlainLines, bars_on
from cotbench.cli.requesting import Request
from cotbench.cli.runs import find, same_command
from cotbench.cli.safety import warn_if_unsafe
from cotbench.cli.suggesting import command_for
from cotbench.cli.tables import print_next_commands, print_reached, print_summary
from cotbench.core.errors import ConfigurationError, CotbenchError, LedgerMismatch
from cotbench.core.groundwork import Findings
from cotbench.core.material import Material
from cotbench.core.problem import Benchmark, Problem
from cotbench.core.protocols import Author, Backend, Strategy
from cotbench.core.spec import RunSpec
from cotbench.engine import (
    Grounding,
    Observer,
    Opened,
    Outcome,
    Rates,
    Silent,
    Tools,
    estimate_run,
    execute,
    from_references,
    from_run,
    models_of,
    open_grader,
    open_run,
    refuse_broken_tests,
    refuse_unknown_comparers,
    replay_backends,
    replayed,
)
from cotbench.grading import GRADER_VERSION
from cotbench.store import RunDirectory
from cotbench.store.layout import check_writable
from cotbench.store.pass_rates import write_pass_rates
from cotbench.strategies import donor_run, groundwork_of, open_strategy, prompt_digests, strategy_entry


@dataclass(frozen=True, slots=True)
class Ended:
    """How a session ended. `outcome` is None where nothing was owed; `fault` is what ended it before its time."""

    directory: RunDirectory
    outcome: Outcome | None = None
    fault: CotbenchError | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing is owed any more."""
        return self.fault is None and (self.outcome is None or self.outcome.complete)

    @property
    def owed(self) -> str:
        """What is missing and why, in words; "" if nothing is."""
        if self.complete:
            return ""
        if self.fault is not None or self.outcome is None:
            return str(self.fault or "")
        first = self.outcome.failed[0].error if self.outcome.failed else ""
        return f"{counted(self.outcome.units - self.outcome.done, 'unit')} owed ({first})"


def carry_out(request: Request) -> int:
    """Do the run and print its table; return the exit code."""
    screen = Console(stderr=True, quiet=request.quiet)
    preload_models(request.spec)
    check_writable(request.results)
    prepared = prepare(request, load(request.spec.benchmark, screen))
    if not prepared.owed:
        path = prepared.directory.path
        screen.print(f"{path} is complete; --fresh starts another run", markup=False, highlight=False, soft_wrap=True)
    try:
        with bars_on(screen) as bars:
            observer = Silent() if request.quiet else Bars(screen, bars) if bars else PlainLines(screen)
            ended = perform(prepared, observer, screen, bars)
    except KeyboardInterrupt:
        typer.echo(f"interrupted; every reply that arrived is kept. Continue with: {same_command()}", err=True)
        return INTERRUPTED
    if ended.fault is not None:
        typer.echo(f"error: {ended.fault}", err=True)
        typer.echo(f"Continue with: {same_command()}", err=True)
        return INCOMPLETE
    _report(request, ended.directory, complete=ended.complete)
    if ended.outcome is None or ended.outcome.complete:
        return OK
    if ended.outcome.bug is not None:
        raise ended.outcome.bug
    if ended.outcome.reached is not None:
        print_reached(ended.outcome.reached, run_table(ended.directory))
        return INCOMPLETE
    typer.echo(f"incomplete: {ended.owed}.", err=True)
    typer.echo(f"Continue with: {same_command()}", err=True)
    return INCOMPLETE


def preload_models(spec: RunSpec) -> None:
    """Begin to import what the run's models will need."""
    for model in models_of(spec):
        preload(model)


def perform(prepared: Prepared, observer: Observer, screen: Console, bars: Progress | None) -> Ended:
    """Do what is owed of a run.

    Raises KeyboardInterrupt on Ctrl-C and SIGTERM, and a CotbenchError where nothing was begun: a refusal.
    """
    refuse_unknown_comparers(prepared.benchmark)
    if not prepared.owed and prepared.rows is not None:
        # A session that was killed at its very end may have left this table behind the rows.
        write_pass_rates(prepared.directory.path, prepared.directory.read_manifest(), prepared.rows)
        return Ended(prepared.directory)
    material = _material(prepared)
    before = signal.getsignal(signal.SIGTERM)
    try:
        return asyncio.run(_session(prepared, material, observer, screen, bars))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        # The event loop leaves the signal at what it is in a process that knows nothing of it.
        if before is not None:
            signal.signal(signal.SIGTERM, before)


async def _session(
    prepared: Prepared, material: Material | None, observer: Observer, screen: Console, bars: Progress | None
) -> Ended:
    request, spec, benchmark = prepared.request, prepared.spec, prepared.benchmark
    task = asyncio.current_task()
    if task is not None:
        # SIGTERM stops as cleanly as Ctrl-C does.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with contextlib.AsyncExitStack() as stack:
        # Before the backends: a refusal must come before a download or a call.
        grader = stack.enter_context(open_grader(isolation=request.isolation, allow_unsafe=request.allow_unsafe))
        everything = (*prepared.problems, *prepared.ground)
        await asyncio.to_thread(refuse_broken_tests, benchmark, everything, grader)
        everything = await asyncio.to_thread(with_outputs, benchmark, everything, grader, screen)
        problems, ground = everything[: len(prepared.problems)], everything[len(prepared.problems) :]
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
                fresh=request.fresh or (request.beside and not prepared.resumed),
            )
        )
        _announce(opened, benchmark, prepared, grader.isolation, screen)
        tools = Tools(
            strategy=open_strategy(spec.strategy, spec.options, material),
            backends=backends,
            grader=grader,
            grader_version=GRADER_VERSION,
            concurrency=spec.concurrency or 1,
            verdict_cache=request.verdict_cache,
            rates=Rates(spec.rpm, spec.tpm),
            shared=prepared.shared,
            observer=observer,
            grounding=_grounding(spec, ground, material or Material()),
        )
        try:
            return Ended(opened.directory, await execute(opened, tools))
        except LedgerMismatch:
            # Giving the same command again would end the same way: a matter of settings, not of time.
            raise
        except CotbenchError as error:
            return Ended(opened.directory, fault=error)


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


def _grounding(spec: RunSpec, ground: tuple[Problem, ...], material: Material) -> Grounding | None:
    """Return what the strategy has to do before its units, None where there is nothing."""
    work = groundwork_of(spec.strategy, spec.options, material)
    if work is None:
        return None

    def build(findings: Findings) -> Strategy:
        return open_strategy(spec.strategy, spec.options, replace(material, findings=findings))

    return Grounding(work, ground, build)


def _announce(opened: Opened, benchmark: Benchmark, prepared: Prepared, isolation: str, screen: Console) -> None:
    spec = opened.spec
    verb = "continuing" if opened.resumed else "starting"
    attempts = "all attempts" if spec.attempts is None else counted(spec.attempts, "attempt")
    problems = f"{len(opened.problems)} of {counted(len(benchmark.problems), 'problem')}"
    window = chosen(spec).aside(benchmark)
    apart = f", {counted(len(prepared.ground), 'problem')} set apart" if prepared.ground else ""
    lines = [
        f"{verb} {opened.directory.path}: {spec.strategy} × {spec.model} × {spec.benchmark} "
        f"({problems}{apart}, {attempts} each, sandbox: {isolation}{window})"
    ]
    prices = opened.manifest.prices
    if not all(model in prices and prices[model].free for model in models_of(spec)):
        estimate = estimate_line(spec, estimate_run(spec, opened.problems, prepared.rows, prices, prepared.ground))
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


def _material(prepared: Prepared) -> Material | None:
    """Return the right programs that the strategy begins from, or None if it has no use for any."""
    spec, benchmark = prepared.spec, prepared.benchmark
    # Who sets problems apart learns from the right programs of those, and must not see any other.
    problems = prepared.ground or prepared.problems
    donor = donor_run(spec.strategy, spec.options)
    if donor is None:
        return None
    if not donor:
        return from_references(benchmark, problems)
    return from_run(find(donor, prepared.request.results), benchmark, problems)


def _report(request: Request, directory: RunDirectory, *, complete: bool) -> None:
    summary = summarise(run_table(directory))
    if request.json:
        sys.stdout.write(orjson.dumps(summary.to_plain(), option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    print_summary(summary, Console())
    if complete:
        spec, other = request.spec, "repeated" if request.spec.strategy != "repeated" else "plansearch"
        # A replay answers the calls of its own run only: no other strategy can be run on it.
        command = None if replayed(spec.model) else command_for(other, spec, request.results, directory.path)
        print_next_commands(command, Console(), request.results)
