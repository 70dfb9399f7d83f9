"""Carrying out a run: start the units that are owed, a bounded number at a time, and leave the directory whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cotbench.core.problem import Problem
from cotbench.core.protocols import Author, Backend, Budget, Grader, Strategy
from cotbench.core.spec import RunSpec
from cotbench.engine.context import UnitDesk
from cotbench.engine.judging import Judge
from cotbench.engine.ledger import Ledger
from cotbench.engine.observer import Observer, Silent
from cotbench.engine.opening import Opened, end_session
from cotbench.engine.places import Places
from cotbench.engine.retry import RetryPolicy
from cotbench.engine.unit import UnitEnd, run_unit
from cotbench.store.pass_rates import write_pass_rates
from cotbench.store.reader import RunRows, read_rows, read_texts
from cotbench.store.rows import UnitRow
from cotbench.store.writer import RunWriter


@dataclass(frozen=True, slots=True)
class Tools:
    """What a run is carried out with; none of it decides the results."""

    strategy: Strategy
    backends: Mapping[Author, Backend]
    grader: Grader
    grader_version: str
    concurrency: int
    observer: Observer = field(default_factory=Silent)
    retry: RetryPolicy = field(default_factory=RetryPolicy)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a session ended: units wanted, units done, and those that failed and are owed."""

    units: int
    done: int
    failed: tuple[UnitRow, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is owed."""
        return self.done == self.units


def owed_units(spec: RunSpec, problems: tuple[Problem, ...], rows: RunRows) -> list[tuple[Problem, int]]:
    """Return the units that are wanted and not kept, problem by problem."""
    kept = {row.unit_key for row in rows.units.values() if row.status == "done" and _covers(row, spec.attempts)}
    wanted = [(problem, unit) for problem in problems for unit in range(spec.units)]
    return [(problem, unit) for problem, unit in wanted if UnitRow(problem.id, unit, "done", 0, 0).unit_key not in kept]


async def execute(opened: Opened, tools: Tools) -> Outcome:
    """Do the owed units of a run. Cancelling it stops cleanly: what was paid for is on disk.

    Raises BackendError when no call can succeed, and StoreError when rows cannot be written; whatever happened
    before is kept.
    """
    directory = opened.directory
    with directory.lock():
        rows = read_rows(directory.path)
        owed = owed_units(opened.spec, opened.problems, rows)
        total = len(opened.problems) * opened.spec.units
        tools.observer.run_started(total, len(owed))
        judge = Judge(tools.grader)
        ends: list[UnitEnd] = []
        try:
            with RunWriter(directory.path) as writer:
                ledger = Ledger(writer, rows.calls, set(read_texts(directory.path)))
                places = Places(tools.concurrency)

                async def unit(position: int, problem: Problem, number: int) -> UnitEnd:
                    desk = UnitDesk(
                        problem=problem,
                        unit=number,
                        priority=position,
                        seed=(opened.spec.seed, problem.id, opened.spec.strategy, number),
                        budget=Budget(opened.spec.attempts),
                        sampling=opened.spec.sampling,
                        backends=dict(tools.backends),
                        ledger=ledger,
                        judge=judge,
                        places=places,
                        retry=tools.retry,
                        observer=tools.observer,
                    )
                    return await run_unit(tools.strategy, desk, writer, rows, grader=tools.grader_version)

                units = [(position, problem, number) for position, (problem, number) in enumerate(owed)]
                await _run_bounded(units, unit, ends, at_once=tools.concurrency)
        finally:
            judge.close()
            write_pass_rates(directory.path, end_session(opened), read_rows(directory.path))
    failed = tuple(end.row for end in ends if end.row.status == "failed")
    return Outcome(units=total, done=total - len(owed) + len(ends) - len(failed), failed=failed)


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
            for task in done:
                end = task.result()
                ends.append(end)
                if end.fatal is not None:
                    raise end.fatal
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _covers(row: UnitRow, wanted: int | None) -> bool:
    """Whether a finished unit has as many attempts as are wanted now."""
    return row.wanted is None or (wanted is not None and row.wanted >= wanted)
