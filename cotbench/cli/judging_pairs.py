"""Having a model judge pairs of a run's programs: open it if something is owed, ask, and say how it ended."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import typer
from rich.console import Console

from cotbench.analysis.programs import Program
from cotbench.backends.registry import (
    canonical_name,
    check_benchmark,
    default_concurrency,
    default_max_tokens,
    open_backend,
)
from cotbench.cli.progress import Download
from cotbench.cli.runs import same_command
from cotbench.cli.watching import say
from cotbench.core.budget import Caps
from cotbench.core.errors import BudgetReached
from cotbench.core.naming import stem_of
from cotbench.core.problem import Problem
from cotbench.engine import pinned_prices
from cotbench.engine.pair_judging import JudgedAttempt, Pair, PairJudging, judge_pairs, owed_pairs, wanted_pairs
from cotbench.store import RunDirectory

_LINE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    """The judge that the command line asks for; `pairs` are per problem."""

    model: str
    pairs: int
    summaries: bool
    caps: Caps
    concurrency: int | None
    timeout: float | None
    api_base: str | None
    api_key_env: str | None


def have_judged(
    run: RunDirectory,
    problems: Sequence[Problem],
    programs: Mapping[str, Sequence[Program]],
    request: JudgeRequest,
    screen: Console,
    *,
    seed: int,
) -> bool:
    """Judge the pairs that are not judged yet; return whether none is owed any more.

    Raises ConfigurationError for a model that cannot work or a cap that cannot hold, BackendError and StoreError as
    the engine does; every reply that arrived is kept.
    """
    model = canonical_name(request.model)
    kept = run.read_spec()
    check_benchmark(model, stem_of(kept.benchmark))
    spec = replace(
        kept,
        model=model,
        idea_model=None,
        caps=request.caps,
        problem_caps=Caps(),
        prices={},
        api_base=request.api_base,
    )
    judging = PairJudging(
        model=model,
        summaries=request.summaries,
        caps=request.caps,
        price=pinned_prices(spec, {}).get(model),
        concurrency=request.concurrency or default_concurrency(model),
        reply_tokens=default_max_tokens(model),
    )
    attempts = {name: [JudgedAttempt(program.key, program.code) for program in own] for name, own in programs.items()}
    pairs = wanted_pairs([problem.view() for problem in problems], attempts, request.pairs, seed)
    owed = owed_pairs(run, judging, pairs)
    if not owed:
        return True
    say(screen, f"{run.name}: {len(owed):,} of {len(pairs):,} pairs to be judged by {model}")
    reached = asyncio.run(_ask(run, judging, owed, request, screen))
    if reached is None:
        return True
    left = len(owed_pairs(run, judging, pairs))
    typer.echo(f"stopped: {reached.message}; {left:,} of {len(pairs):,} pairs of {run.name} are owed.", err=True)
    typer.echo(f"To go on, give the same command with a larger cap: {same_command()}", err=True)
    return False


async def _ask(
    run: RunDirectory, judging: PairJudging, owed: Sequence[Pair], request: JudgeRequest, screen: Console
) -> BudgetReached | None:
    task = asyncio.current_task()
    if task is not None:
        # SIGTERM stops as cleanly as Ctrl-C does.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    backend = open_backend(
        judging.model,
        slots=judging.concurrency,
        api_base=request.api_base,
        api_key_env=request.api_key_env,
        timeout=request.timeout,
        progress=Download(screen, None),
    )
    said = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal said
        if done == total or time.monotonic() - said > _LINE_SECONDS:
            said = time.monotonic()
            say(screen, f"{run.name}: {done:,} of {total:,} pairs judged")

    try:
        await backend.start()
        return await judge_pairs(run, judging, backend, owed, progress)
    finally:
        await backend.aclose()
