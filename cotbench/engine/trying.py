"""Trials for strategies: run a program on the public cases or on a strategy's own, and remember what came of it.

Each trial is a row before the strategy sees it, and one that is a row already is not made again: a resumed search goes
on from the very results that it saw, although a time-out may come out otherwise the next time. Every case is judged by
itself, because how many cases a program passes before its first failure depends on what other programs failed at.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from cotbench.core.errors import GradingError
from cotbench.core.problem import UNKNOWN, CallCase, Case, CheckCase, Problem
from cotbench.core.trial import MOST_SHOWN, CaseResult, Trial, trial_digest, value_text
from cotbench.core.verdict import Job, Outcome, Verdict
from cotbench.engine.judging import Judge
from cotbench.engine.verdict_cache import job_of
from cotbench.store.trials import TrialRow, trial_key
from cotbench.store.writer import RunWriter


class TryOut(Protocol):
    """Tries a program of one unit, wanted at a path; `cases` None are the public ones."""

    def __call__(self, path: str, code: str, cases: Sequence[Case] | None, compare: bool) -> Awaitable[Trial]: ...


class Trials:
    """The trials of one run: those of earlier sessions are found, those made now are written."""

    def __init__(self, judge: Judge, writer: RunWriter, kept: Mapping[str, TrialRow], grader: str) -> None:
        self._judge = judge
        self._writer = writer
        self._kept = kept
        self._grader = grader

    def of_unit(self, problem: Problem, unit: int) -> TryOut:
        """Return what tries programs of one unit. It raises GradingError where the sandbox fails.

        A strategy's context holds it, so it holds no hidden case.
        """
        made: dict[str, Trial] = {}
        problem = replace(problem, hidden=(), reference="")

        async def try_out(path: str, code: str, cases: Sequence[Case] | None, compare: bool) -> Trial:
            digest = trial_digest(code, cases, compare)
            key = trial_key(problem.id, unit, path, digest)
            row = self._kept.get(key)
            if row is not None:
                return row.trial
            if key not in made:
                results = await self._results(problem, code, cases, compare)
                if key not in made:
                    self._writer.append(TrialRow(problem.id, unit, path, digest, results, self._grader))
                    made[key] = Trial(results)
            return made[key]

        return try_out

    async def _results(
        self, problem: Problem, code: str, cases: Sequence[Case] | None, compare: bool
    ) -> tuple[CaseResult, ...]:
        job = job_of(problem, "public", code)
        if cases is None:
            whole = await self._judge.verdict(problem, "public", code) if problem.public else None
            if whole is not None and whole.outcome == "passed":
                return (CaseResult("passed"),) * len(problem.public)
        else:
            job = _without_oracle(replace(job, cases=_own(problem, cases)))
        results: list[CaseResult] = []
        for case in job.cases:
            # A program that never ends would take the whole limit at every case.
            if results and results[-1].outcome == "timeout":
                results.append(CaseResult("timeout", "", "not run, because the program took too long before"))
            else:
                results.append(await self._one(replace(job, cases=(case,)), case, compare))
        return tuple(results)

    async def _one(self, job: Job, case: Case, compare: bool) -> CaseResult:
        if isinstance(case, CheckCase):
            return _judged(await self._judge.judged(job))
        if compare and not (isinstance(case, CallCase) and case.expected is UNKNOWN):
            result = _judged(await self._judge.judged(job))
            if result.outcome != "wrong":
                return result
            return replace(result, got=(await self._output(job)).got)
        return await self._output(job)

    async def _output(self, job: Job) -> CaseResult:
        seen = await self._judge.observed(job)
        _refuse_infra(seen.outcome, seen.detail)
        if not seen.outputs:
            return CaseResult(seen.outcome, "", seen.detail, round(seen.slowest, 4))
        (output,) = seen.outputs
        text = output if job.entry.kind == "stdin" and isinstance(output, str) else value_text(output)
        return CaseResult("passed", text[:MOST_SHOWN], "", round(seen.slowest, 4))


def _judged(verdict: Verdict) -> CaseResult:
    _refuse_infra(verdict.outcome, verdict.detail)
    return CaseResult(verdict.outcome, "", verdict.detail.removeprefix("case 1: "), round(verdict.seconds, 4))


def _refuse_infra(outcome: Outcome, detail: str) -> None:
    """Raise GradingError for what is no result: kept as one, it would stay the program's fault for ever."""
    if outcome == "infra":
        raise GradingError(f"a program could not be tried: {detail or 'the sandbox failed'}")


def _own(problem: Problem, cases: Sequence[Case]) -> tuple[Case, ...]:
    """Return a strategy's own cases. Raises ValueError for a test program that is not one of the public cases."""
    if any(isinstance(case, CheckCase) and case not in problem.public for case in cases):
        raise ValueError("a strategy cannot try test programs of its own, only inputs and outputs")
    return tuple(cases)


def _without_oracle(job: Job) -> Job:
    """Return a job with the rule for cases that the benchmark did not write.

    A problem's oracle knows right from wrong at any input, so it would tell a strategy what only hidden cases may.
    """
    return replace(job, comparer="exact" if job.comparer == "checker" else job.comparer, oracle="")
