"""Carrying out a run: start the units that are owed, a bounded number at a time, and leave the directory whole."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cotbench.core.budget import Price
from cotbench.core.errors import BudgetReached, StoreError
from cotbench.core.ids import unit_key
from cotbench.core.problem import Problem
from cotbench.core.protocols import Author, Backend, Budget, Grader, Strategy
from cotbench.core.spec import RunSpec
from cotbench.engine.bucket import Rates
from cotbench.engine.budget import Purse
from cotbench.engine.context import UnitDesk
from cotbench.engine.groundwork import Grounding, announced, grounded
from cotbench.engine.judging import Judge
from cotbench.engine.ledger import Ledger, Shared
from cotbench.engine.observer import Observer, Silent
from cotbench.engine.opening import Opened, close_session
from cotbench.engine.places import Places
from cotbench.engine.pricing import Priced
from cotbench.engine.retry import RetryPolicy
from cotbench.engine.trying import Trials
from cotbench.engine.unit import UnitEnd, UnitWork, run_unit
from cotbench.engine.verdict_cache import VerdictCache
from cotbench.store.reader import RunRows, read_rows, read_texts
from cotbench.store.rows import UnitRow
from cotbench.store.trials import read_trials
from cotbench.store.writer import RunWriter

_BRANCHES = 4
"""Branches of a search that are begun at a time on a problem whose spending is capped."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a run is carried out with; none of it decides the results.

    A strategy that has groundwork to do takes the place of `strategy` after it.
    """

    strategy: Strategy
    backends: Mapping[Author, Backend]
    grader: Grader
    grader_version: str
    concurrency: int
    verdict_cache: bool = True
    observer: Observer = field(default_factory=Silent)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    rates: Rates = field(default_factory=Rates)
    shared: tuple[Shared, ...] = ()
    grounding: Grounding | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a session ended: units wanted, units done, those that failed and are owed, and the first bug met.

    `reached` is the cap of the run that ended the session; the units it stopped are owed. Those that a cap of their
    problem stopped are done.
    """

    units: int
    done: int
    failed: tuple[UnitRow, ...]
    bug: Exception | None = None
    reached: BudgetReached | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing is owed."""
        return self.done == self.units


def owed_units(spec: RunSpec, problems: tuple[Problem, ...], rows: RunRows) -> list[tuple[Problem, int]]:
    """Return the units that are wanted and not kept, problem by problem."""
    kept = rows.kept_units(spec)
    wanted = [(problem, unit) for problem in problems for unit in range(spec.units)]
    return [(problem, unit) for problem, unit in wanted if unit_key(problem.id, unit) not in kept]


async def execute(opened: Opened, tools: Tools) -> Outcome:
    """Do the owed units of a run that is open. Cancelling it stops cleanly: every reply that arrived is on disk.

    Raises BackendError when no call can succeed, and StoreError when rows cannot be written; whatever happened
    before is kept. The groundwork of a strategy comes first, and what ends it ends the session.
    """
    path = opened.directory.path
    rows = read_rows(path)
    owed = owed_units(opened.spec, opened.problems, rows)
    total, missing = len(opened.problems) * opened.spec.units, len(owed)
    tools.observer.run_started(total, len(owed))
    cache = VerdictCache(tools.grader_version) if tools.verdict_cache else None
    if cache is not None:
        known = (*opened.problems, *(tools.grounding.problems if tools.grounding else ()))
        cache.seed(rows.attempts.values(), rows.verdicts.values(), {problem.id: problem for problem in known})
    judge = Judge(tools.grader, cache)
    ends: list[UnitEnd] = []
    reached: BudgetReached | None = None
    strategy = tools.strategy
    try:
        with RunWriter(path) as writer:
            trials = Trials(judge, writer, read_trials(path), tools.grader_version)
            ledger = Ledger(writer, rows.calls, set(read_texts(path)), tools.shared)
            places = Places(tools.concurrency, tools.rates, tools.retry, tools.observer)
            prices = _by_backend(tools.backends, opened)
            purse = _purse(opened, rows, prices)
            backends = {
                author: Priced(backend, prices[backend.name]) if backend.name in prices else backend
                for author, backend in tools.backends.items()
            }

            def desk(problem: Problem, number: int, priority: int, attempts: int | None) -> UnitDesk:
                return UnitDesk(
                    problem=problem.id,
                    unit=number,
                    priority=priority,
                    seed=(opened.spec.seed, problem.id, opened.spec.strategy, number),
                    budget=Budget(attempts, _BRANCHES if opened.spec.problem_caps.any else None),
                    sampling=opened.spec.sampling,
                    backends=backends,
                    ledger=ledger,
                    try_out=trials.of_unit(problem, number),
                    places=places,
                    retry=tools.retry,
                    observer=tools.observer,
                    purse=purse,
                )

            async def unit(position: int, problem: Problem, number: int) -> UnitEnd:
                place = desk(problem, number, position, opened.spec.attempts)
                return await run_unit(strategy, problem, place, judge, writer, rows, grader=tools.grader_version)

            if tools.grounding is not None:
                opened = announced(opened, tools.grounding)
                try:
                    opened, strategy = await grounded(
                        opened,
                        tools.grounding,
                        lambda problem: desk(problem, 0, 0, None),
                        lambda problem, place: UnitWork(problem, place, judge, writer, rows, tools.grader_version),
                    )
                except BudgetReached as error:
                    reached, owed = error, []
            units = [(position, problem, number) for position, (problem, number) in enumerate(owed)]
            await _run_bounded(units, unit, ends, at_once=tools.concurrency)
    except BaseException:
        # What ended the run is what must be told, not that its last table could not be written either.
        with contextlib.suppress(StoreError):
            close_session(opened)
        raise
    finally:
        judge.close()
    close_session(opened)
    failed = tuple(end.row for end in ends if end.row.status == "failed")
    bug = next((end.bug for end in ends if end.bug is not None), None)
    stopped = [end.stopped for end in ends if end.ended_run]
    return Outcome(
        units=total,
        done=total - missing + len(ends) - len(failed) - len(stopped),
        failed=failed,
        bug=bug,
        reached=reached or next(iter(stopped), None),
    )


def _by_backend(backends: Mapping[Author, Backend], opened: Opened) -> dict[str, Price]:
    """Return the run's prices by the names of its backends, which write a path as they like."""
    spec, known = opened.spec, opened.manifest.prices
    models: dict[Author, str] = {"code": spec.model, "idea": spec.idea_model or spec.model}
    return {backend.name: known[models[by]] for by, backend in backends.items() if models[by] in known}


def _purse(opened: Opened, rows: RunRows, prices: Mapping[str, Price]) -> Purse:
    *earlier, now = opened.manifest.sessions
    ended = [*(row.at for row in rows.calls.values()), *(row.at for row in rows.units.values())]
    moments = [at for at in ended if at < now.started]
    spec = opened.spec
    return Purse(spec.caps, spec.problem_caps, prices, calls=rows.calls.values(), sessions=earlier, moments=moments)


async def _run_bounded(
    units: Sequence[tuple[int, Problem, int]],
    run: Callable[[int, Problem, int], Awaitable[UnitEnd]],
    ends: list[UnitEnd],
    *,
    at_once: int,
) -> None:
    """Run units, at most `at_once` together; append how each ended. Raises the first error that is fatal."""
    waiting = iter(units)
    running: set[asyncio.Future[UnitEnd]] = set()
    try:
        while True:
            while len(running) < at_once and (item := next(waiting, None)) is not None:
                running.add(asyncio.ensure_future(run(*item)))
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            failed = [task for task in done if task.cancelled() or task.exception() is not None]
            ends += [task.result() for task in done.difference(failed)]
            if failed:
                failed[0].result()
            fatal = next((end.fatal for end in ends if end.fatal is not None), None)
            if fatal is not None:
                raise fatal
            if any(end.ended_run for end in ends):
                # The units that run will find out by themselves, and keep what they have.
                waiting = iter(())
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
