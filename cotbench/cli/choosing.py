"""Carrying out `cotbench select`: watch programs, ask a model where a selector needs one, write rows."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console

from cotbench.backends.registry import open_backend, preload
from cotbench.benchmarks.registry import load_benchmark
from cotbench.cli.progress import Download
from cotbench.cli.safety import warn_if_unsafe
from cotbench.core.budget import Spent
from cotbench.core.errors import StoreError
from cotbench.core.problem import Problem
from cotbench.core.protocols import Grader
from cotbench.engine import open_grader, watched_inputs
from cotbench.engine.drawing import Wish
from cotbench.engine.pools import pools_of
from cotbench.engine.selecting import Selected, Selections, select_free, settings_of, watch_pools
from cotbench.engine.selector_calls import Asking, select_by_model, spent_by_selectors
from cotbench.grading import GRADER_VERSION
from cotbench.selectors import SelectorEntry
from cotbench.store import RunDirectory, RunWriter, read_rows

_FIRST_WORD = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for. `asking` is None where no selector needs a model."""

    directory: RunDirectory
    problems: tuple[str, ...]
    entries: tuple[SelectorEntry, ...]
    wish: Wish
    asking: Asking | None
    slots: int | None
    isolation: str | None
    allow_unsafe: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """What came of it: what each selector achieves, problems without inputs to watch programs on, what calls cost."""

    selected: tuple[Selected, ...]
    blind: int
    spent: Spent | None


def choose(wanted: Wanted, screen: Console) -> Chosen:
    """Let the selectors choose and return what they achieve, in the order of the entries. Holds the run's lock.

    The sandbox is opened and a model started only where something is owed. Raises CotbenchError of every kind; what
    was written before is kept.
    """
    directory = wanted.directory
    problems = _problems(directory, wanted.problems)

    @contextlib.contextmanager
    def sandbox() -> Iterator[Grader]:
        opened = open_grader(slots=wanted.slots, isolation=wanted.isolation, allow_unsafe=wanted.allow_unsafe)
        with opened as grader:
            warn_if_unsafe(grader.isolation, screen)
            yield grader

    with directory.lock(), RunWriter(directory.path) as writer:
        pools = pools_of(problems, read_rows(directory.path), directory.read_manifest().grader)
        selections = Selections(directory.path, pools, wanted.wish, writer)
        free = [entry for entry in wanted.entries if entry.needs != "model"]
        select_free(selections, free, GRADER_VERSION, sandbox, _progress(screen, "programs watched"))
        settings = {entry.name: settings_of(entry, wanted.wish, GRADER_VERSION) for entry in free}
        spent = None
        if wanted.asking is not None:
            asking = wanted.asking
            paid = [entry for entry in wanted.entries if entry.needs == "model"]
            settings |= {entry.name: asking.settings(entry, wanted.wish, GRADER_VERSION) for entry in paid}
            if any(selections.owed(entry.name, settings[entry.name]) for entry in paid):
                with sandbox() as grader:
                    asyncio.run(_ask(selections, paid, settings, asking, grader, screen))
            spent = spent_by_selectors(directory.path, paid, asking, wanted.wish)
        return Chosen(
            selected=tuple(selections.of(entry.name, settings[entry.name]) for entry in wanted.entries),
            blind=sum(not watched_inputs(problem.view(), 0, generated=0).cases for problem in problems),
            spent=spent,
        )


async def _ask(
    selections: Selections,
    entries: Sequence[SelectorEntry],
    settings: dict[str, str],
    asking: Asking,
    grader: Grader,
    screen: Console,
) -> None:
    task = asyncio.current_task()
    if task is not None:
        # SIGTERM stops as cleanly as Ctrl-C does.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    spec = asking.spec
    preload(spec.model)
    owed = {pool.problem.id: pool for entry in entries for pool in selections.owed(entry.name, settings[entry.name])}
    seen = await asyncio.to_thread(
        watch_pools,
        selections,
        owed.values(),
        GRADER_VERSION,
        lambda: contextlib.nullcontext(grader),
        _progress(screen, "programs watched"),
    )
    backend = open_backend(
        spec.model,
        slots=spec.concurrency or 1,
        api_base=spec.api_base,
        api_key_env=spec.api_key_env,
        timeout=spec.timeout,
        prompt_cache=spec.prompt_cache,
        extra=spec.sampling.extra,
        progress=Download(screen, None),
    )
    try:
        await backend.start()
        names = ", ".join(entry.name for entry in entries)
        line = f"{names}: asking {spec.model} about {len(owed):,} problems"
        screen.print(line, markup=False, highlight=False, soft_wrap=True)
        await select_by_model(selections, entries, asking, backend, grader, GRADER_VERSION, seen)
    finally:
        await backend.aclose()


def _problems(directory: RunDirectory, names: Sequence[str]) -> list[Problem]:
    """Return the problems of those names. Raises StoreError if the benchmark's data are not the run's."""
    benchmark = load_benchmark(directory.read_spec().benchmark)
    digest = directory.read_manifest().dataset
    if digest != benchmark.digest:
        raise StoreError(
            f"{directory.path} was made from another version of {benchmark.name}: dataset digest "
            f"{digest[:12]} → {benchmark.digest[:12]}",
            hint="bring the old data back, or start another run",
        )
    found = {problem.id: problem for problem in benchmark.problems}
    return [found[name] for name in names]


def _progress(screen: Console, what: str) -> Callable[[int, int], None]:
    def say(done: int, owed: int) -> None:
        if owed >= _FIRST_WORD and done % max(1, owed // 4) == 0:
            screen.print(f"{done:,} of {owed:,} {what}", markup=False, highlight=False, soft_wrap=True)

    return say
