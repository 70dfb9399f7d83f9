"""cotbench's own grader, fed as the engine feeds it: one thread per slot, whole jobs."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from benchmarks.executor import Executor, Judged, Missing, Options, Program
from benchmarks.problem_sets import problems_of
from cotbench.core.problem import Problem
from cotbench.core.verdict import Job, Limits
from cotbench.grading import SandboxGrader


class Ours:
    """Judges by `SandboxGrader.judge`."""

    def __init__(self, options: Options) -> None:
        self._grader = open_grader(options.workers, options.isolation)
        self._problems = problems_of(options, self._grader)
        self._seconds = options.seconds
        self._threads = ThreadPoolExecutor(max_workers=options.workers)

    @property
    def isolation(self) -> str:
        """The level in force."""
        return self._grader.isolation

    def judge(self, programs: Sequence[Program]) -> list[Judged]:
        """Return how each program did, in order; `at` is how many cases had passed."""
        return list(self._threads.map(self._one, programs))

    def close(self) -> None:
        """Stop the grader."""
        self._threads.shutdown()
        self._grader.close()

    def _one(self, program: Program) -> Judged:
        verdict = self._grader.judge(job(self._problems[program.problem], program.code, self._seconds))
        return Judged(verdict.outcome, verdict.detail, verdict.passed)


def job(problem: Problem, code: str, seconds: float = 0.0) -> Job:
    """Return the grading job of a program on a problem's hidden cases; `seconds` replaces the problem's limit."""
    return Job(
        code=code,
        entry=problem.entry,
        cases=problem.hidden,
        comparer=problem.comparer,
        limits=Limits(seconds=seconds or problem.time_limit),
        prelude=problem.prelude,
        tolerance=problem.tolerance,
        oracle=problem.oracle,
    )


def open_grader(slots: int, isolation: str) -> SandboxGrader:
    """Return a grader at the named level, or at the best one if `isolation` is empty. Raises GradingError."""
    return SandboxGrader(slots=slots, isolation=isolation or None)


def make(options: Options) -> Executor:
    """Return the executor. Raises Missing if the problems cannot be had."""
    from cotbench.core.errors import CotbenchError

    try:
        return Ours(options)
    except CotbenchError as error:
        raise Missing(str(error)) from error
