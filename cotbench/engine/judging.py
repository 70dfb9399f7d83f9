"""Handing programs to the grader in threads, each program once per suite however often it was written.

`Judge` serves the strategies of a run and is asynchronous. `judge_all` goes through any number of programs that are
there already, with a bounded number of them in hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from cotbench.core.errors import GradingError
from cotbench.core.problem import Problem
from cotbench.core.protocols import Grader
from cotbench.core.verdict import Job, Observation, Outcome, Suite, Verdict
from cotbench.engine.verdict_cache import VerdictCache, job_of
from cotbench.store.rows import VerdictRow

_INFRA_TRIES = 2
_IN_HAND = 4
"""Programs in hand per slot: enough that no slot waits, few enough that memory does not depend on the file."""


class Judge:
    """Judges programs of problems with a blocking grader, as many at a time as the grader has slots."""

    def __init__(self, grader: Grader, cache: VerdictCache | None) -> None:
        """Make a judge; without a cache every program is judged whenever it is asked about."""
        self._grader = grader
        self._cache = cache
        self._threads = ThreadPoolExecutor(max_workers=grader.slots, thread_name_prefix="judge")
        self._running: dict[str, asyncio.Task[Verdict]] = {}

    async def verdict(self, problem: Problem, suite: Suite, code: str | None) -> Verdict:
        """Return the verdict of a program on the public or the hidden cases. Raises GradingError."""
        if code is None:
            return no_code(problem, suite)
        job = job_of(problem, suite, code)
        if self._cache is None:
            return await self.judged(job)
        key = self._cache.key(job, problem.id, suite)
        kept = self._cache.find(key)
        if kept is not None:
            return kept
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self.judged(job))
            task.add_done_callback(lambda done: self._finish(key, done))
        # One attempt's cancellation must not take the verdict away from another with the same program.
        return await asyncio.shield(task)

    async def observed(self, job: Job) -> Observation:
        """Return what the program of a job gives on the inputs of its cases; a sandbox that fails gets another try.

        Raises GradingError.
        """
        loop = asyncio.get_running_loop()
        for _ in range(_INFRA_TRIES):
            observation = await loop.run_in_executor(self._threads, self._grader.observe, job)
            if observation.outcome != "infra":
                break
        return observation

    async def judged(self, job: Job) -> Verdict:
        """Return the verdict of a job, whatever was judged before; a sandbox that fails gets another try."""
        loop = asyncio.get_running_loop()
        for _ in range(_INFRA_TRIES):
            verdict = await loop.run_in_executor(self._threads, self._grader.judge, job)
            if verdict.outcome != "infra":
                break
        return verdict

    def _finish(self, key: str, task: asyncio.Task[Verdict]) -> None:
        self._running.pop(key, None)
        if self._cache is not None and not task.cancelled() and task.exception() is None:
            self._cache.keep(key, task.result())

    def close(self) -> None:
        """Drop what was not begun; programs that are being judged end by their own limits."""
        for task in self._running.values():
            task.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Work:
    """One program to be judged on one set of cases, and whose attempt it is."""

    problem: Problem
    unit: int
    index: int
    suite: Suite
    code: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of it. `outcomes` are those of all repetitions; empty where there was one only."""

    work: Work
    verdict: Verdict
    outcomes: tuple[Outcome, ...] = ()


def judge_all(
    grader: Grader, works: Iterable[Work], cache: VerdictCache | None, repeat: int = 1
) -> Generator[Judged, None, None]:
    """Judge programs, and give the verdicts as they come: in no particular order, and not depending on one.

    Programs are taken from `works` as slots get free. One that cannot be judged comes out as `infra`. With `repeat`
    above 1 each is judged that often and the first verdict counts. Closing the iterator drops what was not begun.
    """
    threads = ThreadPoolExecutor(max_workers=grader.slots, thread_name_prefix="judge")
    waiting: dict[Future[tuple[Verdict, tuple[Outcome, ...]]], list[Work]] = {}
    keys: dict[Future[tuple[Verdict, tuple[Outcome, ...]]], str] = {}
    by_key: dict[str, Future[tuple[Verdict, tuple[Outcome, ...]]]] = {}

    def finished() -> Iterator[Judged]:
        done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            verdict, outcomes = future.result()
            works_done = waiting.pop(future)
            if cache is not None:
                key = keys.pop(future)
                del by_key[key]
                cache.keep(key, verdict)
            for work in works_done:
                yield Judged(work, verdict, outcomes)

    try:
        for work in works:
            if work.code is None:
                yield Judged(work, no_code(work.problem, work.suite))
                continue
            job = job_of(work.problem, work.suite, work.code)
            key = "" if cache is None else cache.key(job, work.problem.id, work.suite)
            kept = None if cache is None else cache.find(key)
            if kept is not None:
                yield Judged(work, kept)
                continue
            future = None if cache is None else by_key.get(key)
            if future is None:
                future = threads.submit(_repeatedly, grader, job, repeat)
                waiting[future] = []
                if cache is not None:
                    keys[future] = key
                    by_key[key] = future
            waiting[future].append(work)
            while sum(map(len, waiting.values())) >= _IN_HAND * grader.slots:
                yield from finished()
        while waiting:
            yield from finished()
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def no_code(problem: Problem, suite: Suite) -> Verdict:
    """Return the verdict on an attempt without a program."""
    cases = problem.public if suite == "public" else problem.hidden
    return Verdict("no_code", 0, len(cases), 0.0, "there is no program")


def verdict_row(
    problem: str,
    unit: int,
    index: int,
    suite: Suite,
    verdict: Verdict,
    grader: str,
    outcomes: tuple[Outcome, ...] = (),
) -> VerdictRow:
    """Return the row that keeps a verdict."""
    return VerdictRow(
        problem=problem,
        unit=unit,
        index=index,
        suite=suite,
        outcome=verdict.outcome,
        passed=verdict.passed,
        total=verdict.total,
        seconds=round(verdict.seconds, 4),
        detail=verdict.detail,
        grader=grader,
        integrity=verdict.integrity,
        outcomes=outcomes,
    )


def _repeatedly(grader: Grader, job: Job, repeat: int) -> tuple[Verdict, tuple[Outcome, ...]]:
    first: Verdict | None = None
    outcomes: list[Outcome] = []
    for _ in range(repeat):
        verdict = _once(grader, job)
        if verdict.outcome == "infra":
            return verdict, ()
        first = first or verdict
        outcomes.append(verdict.outcome)
    if first is None:
        raise ValueError(f"a program cannot be judged {repeat} times")
    return first, tuple(outcomes) if repeat > 1 else ()


def _once(grader: Grader, job: Job) -> Verdict:
    verdict = Verdict("infra", 0, len(job.cases), 0.0)
    for _ in range(_INFRA_TRIES):
        try:
            verdict = grader.judge(job)
        except GradingError as error:
            # One problem that cannot be judged must not end the judging of all others.
            verdict = Verdict("infra", 0, len(job.cases), 0.0, str(error))
        if verdict.outcome != "infra":
            break
    return verdict
