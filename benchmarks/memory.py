"""The row on memory: what the grader's processes hold while very many programs stream through it."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from statistics import median

from benchmarks.data import humaneval_rows
from benchmarks.executor import PASSED, Program
from benchmarks.mutants import mutants
from benchmarks.peers.ours import job, open_grader
from benchmarks.problem_sets import problems_of
from benchmarks.rounds import Line, progress
from benchmarks.speed import Plan
from cotbench.core.problem import Problem
from cotbench.grading import SandboxGrader

_SLOTS = 2
_IN_FLIGHT = 8
_WRONG_EACH = 2
_WARM_UP = 0.1
_SECONDS_BETWEEN = 0.25
_SECONDS_LIMIT = 2.0
_TARGET_MB = 50.0
_MB = 1 << 20


def memory(plan: Plan, count: int) -> list[Line]:
    """Judge `count` programs and return how far the resident memory moved after the first tenth."""
    rows = humaneval_rows()
    with open_grader(_SLOTS, plan.isolation) as grader:
        problems = problems_of(plan.ours("humaneval"), grader)
        programs = [Program(task, code) for task, row in rows.items() for code in _codes(row)]
        watch = _Watch()
        passed = _stream(grader, problems, itertools.islice(itertools.cycle(programs), count), watch, count)
        watch.stop()
    after = watch.samples[int(len(watch.samples) * _WARM_UP) :]
    # One sample may catch a child at its largest, so the level to start from is a median too.
    start = median(after[: max(1, len(after) // 20)])
    drift = max(abs(value - start) for value in after) / _MB
    notes = (
        f"{count} programs, {passed} passed, {len(watch.samples)} samples of {watch.measure}",
        f"resident after warm-up, MB: min {min(after) / _MB:.1f}, median {median(after) / _MB:.1f}, "
        f"max {max(after) / _MB:.1f}; at the start {start / _MB:.1f}",
    )
    return [Line("memory", "largest drift after warm-up", drift, _TARGET_MB, at_most=True, unit="MB", notes=notes)]


def _codes(row: dict[str, object]) -> list[str]:
    # Loops would only make the run long.
    wrong = [one.code for one in mutants(row, _WRONG_EACH, seed=1)]
    return [f"{row['prompt']}{row['canonical_solution']}", *wrong]


def _stream(
    grader: SandboxGrader, problems: dict[str, Problem], programs: Iterator[Program], watch: _Watch, count: int
) -> int:
    """Judge with a bounded number of jobs in flight; return how many passed."""
    passed = done = 0
    running: set[Future[bool]] = set()

    def judge(program: Program) -> bool:
        return grader.judge(job(problems[program.problem], program.code, _SECONDS_LIMIT)).outcome == PASSED

    with ThreadPoolExecutor(max_workers=grader.slots) as threads:
        watch.start()
        for program in programs:
            running.add(threads.submit(judge, program))
            if len(running) >= _IN_FLIGHT:
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                passed += sum(future.result() for future in finished)
                for _ in finished:
                    done += 1
                    if done % max(1, count // 10) == 0:
                        progress(f"  {done} programs, {watch.samples[-1] / _MB:.1f} MB" if watch.samples else "")
        passed += sum(future.result() for future in running)
    return passed


class _Watch:
    """Samples the memory of this process and all its descendants."""

    def __init__(self) -> None:
        self.samples: list[int] = []
        self.measure = "PSS"
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stopped.wait(_SECONDS_BETWEEN):
            self.samples.append(sum(map(self._resident, _family(os.getpid()))))

    def _resident(self, pid: int) -> int:
        """Return bytes: the proportional share, or where that may not be read, the resident set."""
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
        except PermissionError:
            self.measure = "PSS, RSS where PSS may not be read"
        except OSError:
            return 0
        try:
            return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            return 0


def _family(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, queue = [], [root]
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue.extend(children.get(pid, ()))
    return found
