"""Verdicts by content: a program that was judged once is not judged again for another attempt that wrote the same.

The key holds everything that a verdict depends on: the program, the problem and the set of cases, the limits, the
rule of comparison with what it needs to know, and the grader's version. `infra` is no verdict and is never kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from cotbench.core.ids import digest
from cotbench.core.problem import Problem
from cotbench.core.verdict import Job, Limits, Suite, Verdict
from cotbench.store.rows import AttemptRow, VerdictRow

MOST = 100_000
"""How many verdicts are kept, a few hundred bytes each."""


class VerdictCache:
    """The verdicts used last, at most `most` of them. Not for use from several threads at once."""

    def __init__(self, grader: str, most: int = MOST) -> None:
        """Make an empty cache for verdicts of one version of the grader."""
        self._grader = grader
        self._most = most
        self._verdicts: OrderedDict[str, Verdict] = OrderedDict()

    def __len__(self) -> int:
        return len(self._verdicts)

    def key(self, job: Job, problem: str, suite: Suite) -> str:
        """Return the key of a job: a digest of all that its verdict depends on."""
        limits = [job.limits.seconds, job.limits.memory, job.limits.output]
        rules = [job.comparer, job.tolerance, job.oracle, job.prelude, job.entry.kind, job.entry.name]
        return digest([self._grader, problem, suite, job.code, limits, rules])

    def find(self, key: str) -> Verdict | None:
        """Return the verdict that is kept under a key."""
        verdict = self._verdicts.get(key)
        if verdict is not None:
            self._verdicts.move_to_end(key)
        return verdict

    def keep(self, key: str, verdict: Verdict) -> None:
        """Keep a verdict, unless the sandbox failed; the one used longest ago makes room."""
        if verdict.outcome == "infra":
            return
        self._verdicts[key] = verdict
        self._verdicts.move_to_end(key)
        if len(self._verdicts) > self._most:
            self._verdicts.popitem(last=False)

    def seed(
        self, attempts: Iterable[AttemptRow], verdicts: Iterable[VerdictRow], problems: Mapping[str, Problem]
    ) -> None:
        """Keep the verdicts that a run's rows hold, as many of the last ones as there is room for.

        Not time-outs: a row does not say under which limit, and measured limits differ between machines.
        """
        latest: OrderedDict[tuple[str, Suite], Verdict] = OrderedDict()
        for row in verdicts:
            if row.grader == self._grader and row.outcome not in ("infra", "no_code", "timeout"):
                latest[row.attempt, row.suite] = Verdict(
                    row.outcome, row.passed, row.total, row.seconds, row.detail, row.integrity
                )
                if len(latest) > self._most:
                    latest.popitem(last=False)
        for attempt in attempts:
            problem = problems.get(attempt.problem)
            if problem is None or attempt.code is None:
                continue
            for suite in suites_of(problem):
                verdict = latest.get((attempt.key, suite))
                if verdict is not None:
                    self.keep(self.key(job_of(problem, suite, attempt.code), problem.id, suite), verdict)


def suites_of(problem: Problem) -> tuple[Suite, ...]:
    """Return the sets of cases that a problem has, the public ones first."""
    return ("public", "hidden") if problem.public else ("hidden",)


def job_of(problem: Problem, suite: Suite, code: str) -> Job:
    """Return the job of judging a program on one set of cases of a problem."""
    return Job(
        code=code,
        entry=problem.entry,
        cases=problem.public if suite == "public" else problem.hidden,
        comparer=problem.comparer,
        limits=Limits(seconds=problem.time_limit),
        prelude=problem.prelude,
        tolerance=problem.tolerance,
        oracle=problem.oracle,
    )
