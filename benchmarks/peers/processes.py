"""A bare interpreter (`python -I -S`) per program, or per case of a stdin program: what needs no framework at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from benchmarks.data import humaneval_rows
from benchmarks.executor import PASSED, Executor, Judged, Options, Program
from benchmarks.stdin_programs import stdin_cases

_BARE = (sys.executable, "-I", "-S")
_DEFAULT_SECONDS = 6.0


class Processes:
    """Judges by exit code (HumanEval) or by comparing stripped output (stdin)."""

    def __init__(self, options: Options, python: Sequence[str] = _BARE) -> None:
        self._python = python
        self._stdin = options.problems == "stdin"
        self._cases = stdin_cases() if self._stdin else {}
        self._workers = options.workers
        self._seconds = options.seconds or _DEFAULT_SECONDS

    def judge(self, programs: Sequence[Program]) -> list[Judged]:
        """Return how each program did, in order."""
        one = self._by_cases if self._stdin else self._by_check
        with ThreadPoolExecutor(max_workers=self._workers) as executor:
            return list(executor.map(one, programs))

    def close(self) -> None:
        """Nothing outlives a round."""

    def _by_check(self, program: Program) -> Judged:
        row = humaneval_rows()[program.problem]
        source = f"{program.code}\n{row['test']}\ncheck({row['entry_point']})\n"
        outcome, _ = self._run(source, "")
        return Judged(outcome)

    def _by_cases(self, program: Program) -> Judged:
        for number, (text, expected) in enumerate(self._cases[program.problem]):
            outcome, printed = self._run(program.code, text)
            if outcome != PASSED or printed.strip() != expected.strip():
                return Judged("failed" if outcome == PASSED else outcome, at=number)
        return Judged(PASSED)

    def _run(self, source: str, text: str) -> tuple[str, str]:
        try:
            done = subprocess.run(
                [*self._python, "-c", source],
                input=text,
                capture_output=True,
                text=True,
                timeout=self._seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "timeout", ""
        return (PASSED if done.returncode == 0 else "failed"), done.stdout


def make(options: Options) -> Executor:
    """Return the executor."""
    return Processes(options)
