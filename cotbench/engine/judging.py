"""Handing programs to the grader: in threads, each program once per suite however often it was written."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from cotbench.core.ids import text_digest
from cotbench.core.problem import Problem
from cotbench.core.protocols import Grader
from cotbench.core.verdict import Job, Limits, Suite, Verdict

_INFRA_TRIES = 2


class Judge:
    """Judges programs of problems with a blocking grader, as many at a time as the grader has slots."""

    def __init__(self, grader: Grader) -> None:
        self._grader = grader
        self._threads = ThreadPoolExecutor(max_workers=grader.slots, thread_name_prefix="judge")
        self._verdicts: dict[tuple[str, Suite, str], asyncio.Task[Verdict]] = {}

    async def verdict(self, problem: Problem, suite: Suite, code: str | None) -> Verdict:
        """Return the verdict of a program on the public or the hidden cases. Raises GradingError."""
        cases = problem.public if suite == "public" else problem.hidden
        if code is None:
            return Verdict("no_code", 0, len(cases), 0.0, "the reply held no program")
        key = (problem.id, suite, text_digest(code))
        task = self._verdicts.get(key)
        if task is None:
            job = Job(
                code=code,
                entry=problem.entry,
                cases=cases,
                comparer=problem.comparer,
                limits=Limits(seconds=problem.time_limit),
                prelude=problem.prelude,
                tolerance=problem.tolerance,
                oracle=problem.oracle,
            )
            task = self._verdicts[key] = asyncio.create_task(self._judge(job))
        # One attempt's cancellation must not take the verdict away from another with the same program.
        return await asyncio.shield(task)

    def public_only(self, problem: Problem) -> Callable[[str], Awaitable[Verdict]]:
        """Return a function that judges programs on a problem's public cases."""

        async def judge(code: str) -> Verdict:
            return await self.verdict(problem, "public", code)

        return judge

    async def _judge(self, job: Job) -> Verdict:
        loop = asyncio.get_running_loop()
        for _ in range(_INFRA_TRIES):
            verdict = await loop.run_in_executor(self._threads, self._grader.judge, job)
            if verdict.outcome != "infra":
                break
        return verdict

    def close(self) -> None:
        """Drop what was not begun; programs that are being judged end by their own limits."""
        for task in self._verdicts.values():
            task.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)
