"""One unit: run the strategy on one problem, write down its attempts, have them judged."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass

from cotbench.core.attempt import Attempt
from cotbench.core.errors import BackendError, BudgetReached, CotbenchError, StoreError
from cotbench.core.problem import Problem
from cotbench.core.protocols import Strategy
from cotbench.core.verdict import Suite, Verdict
from cotbench.engine.context import UnitContext, UnitDesk
from cotbench.engine.judging import Judge, verdict_row
from cotbench.engine.verdict_cache import suites_of
from cotbench.store.reader import RunRows
from cotbench.store.rows import AttemptRow, UnitRow, VerdictRow
from cotbench.store.writer import RunWriter


@dataclass(frozen=True, slots=True)
class UnitEnd:
    """How a unit ended. `fatal` ends the whole run with it; `bug` is an error that nobody expected.

    `stopped` is the cap that ended it before its time.
    """

    row: UnitRow
    solved: bool
    stopped: BudgetReached | None = None
    fatal: CotbenchError | None = None
    bug: Exception | None = None

    @property
    def ended_run(self) -> bool:
        """Whether a cap of the whole run stopped the unit."""
        return self.stopped is not None and not self.stopped.per_problem


async def run_unit(
    strategy: Strategy, problem: Problem, desk: UnitDesk, judge: Judge, writer: RunWriter, kept: RunRows, *, grader: str
) -> UnitEnd:
    """Run one unit to its end and write its row. A failure of the unit is a row; it never raises for one.

    Raises StoreError when rows cannot be written, and lets cancellation through.
    """
    work = UnitWork(problem, desk, judge, writer, kept, grader)
    expected: CotbenchError | None = None
    bug: Exception | None = None
    reason = ""
    desk.observer.unit_started(problem.id, desk.unit, desk.budget.attempts)
    try:
        await work.run(strategy)
    except (StoreError, asyncio.CancelledError):
        desk.abandon()
        raise
    except CotbenchError as error:
        expected, reason = error, str(error)
    except Exception as error:
        bug, reason = error, f"internal error: {type(error).__name__}: {error}"
    finally:
        await desk.settle()
    if not reason and work.owed_verdicts:
        reason = f"{work.owed_verdicts} verdict{'' if work.owed_verdicts == 1 else 's'} missing: the sandbox failed"
    stopped = None if reason else desk.stopped
    row = UnitRow(
        problem=problem.id,
        unit=desk.unit,
        status="failed" if reason else "partial" if stopped else "done",
        wanted=desk.budget.attempts,
        produced=work.produced,
        counters=dict(sorted(desk.counters.items())),
        error=str(stopped) if stopped else reason,
        at=round(time.time(), 3),
        setting=stopped.setting if stopped else "",
        cap=stopped.cap if stopped else None,
    )
    writer.append(row)
    # A disk may take long enough for this to hold up every other unit.
    await asyncio.to_thread(writer.sync)
    desk.observer.unit_ended(row, work.solved)
    fatal = expected if isinstance(expected, BackendError) and expected.fatal else None
    return UnitEnd(row, work.solved, stopped, fatal, bug)


class UnitWork:
    """The attempts of one unit on their way to rows and verdicts."""

    def __init__(
        self, problem: Problem, desk: UnitDesk, judge: Judge, writer: RunWriter, kept: RunRows, grader: str
    ) -> None:
        self._problem = problem
        self._desk = desk
        self._programs = judge
        self._writer = writer
        self._kept = kept
        self._grader = grader
        self.produced = 0
        self.owed_verdicts = 0
        self.solved = False

    async def run(self, strategy: Strategy) -> None:
        """Take attempts as the strategy yields them; judge them while it goes on."""
        attempts = strategy.attempts(self._problem.view(), UnitContext(self._desk))
        judging: list[asyncio.Task[None]] = []
        try:
            # A cap that is reached ends the search; what there is by then counts, so it is judged.
            with contextlib.suppress(BudgetReached):
                async with contextlib.aclosing(attempts) as stream:
                    async for attempt in stream:
                        self.keep(attempt)
                        judging.append(asyncio.create_task(self.judge(attempt)))
            await asyncio.gather(*judging)
        finally:
            for task in judging:
                task.cancel()
            await asyncio.gather(*judging, return_exceptions=True)

    def keep(self, attempt: Attempt) -> None:
        """Write down an attempt that is not there yet."""
        row = AttemptRow(
            problem=self._problem.id,
            unit=self._desk.unit,
            index=attempt.index,
            code=attempt.code,
            lineage=attempt.lineage,
            calls=attempt.calls,
        )
        if row.key not in self._kept.attempts:
            self._writer.append(row)
        self.produced += 1

    async def judge(self, attempt: Attempt) -> None:
        """Judge an attempt on the sets of cases for which it has no verdict yet. Raises GradingError."""
        problem = self._problem
        for suite in suites_of(problem):
            row = self._row(attempt, suite, Verdict("infra", 0, 0, 0.0))
            kept = self._kept.verdicts.get(row.key)
            if kept is None:
                verdict = await self._programs.verdict(problem, suite, attempt.code)
                kept = self._row(attempt, suite, verdict)
                self._writer.append(kept)
            self.owed_verdicts += kept.outcome == "infra"
            if suite == "hidden":
                self.solved |= kept.outcome == "passed"
                self._desk.observer.attempt_judged(problem.id, self._desk.unit, attempt.index, kept.outcome)

    def _row(self, attempt: Attempt, suite: Suite, verdict: Verdict) -> VerdictRow:
        return verdict_row(self._problem.id, self._desk.unit, attempt.index, suite, verdict, self._grader)
