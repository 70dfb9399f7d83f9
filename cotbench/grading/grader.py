"""The grader: a pool of slots, each with its own sandbox processes, and retries when a sandbox breaks."""

from __future__ import annotations

import itertools
import os
import threading
import time
import weakref
from collections.abc import Sequence
from types import TracebackType

from cotbench.core.errors import GradingError
from cotbench.core.problem import CallCase, CheckCase, StdinCase
from cotbench.core.verdict import Job, Observation, Verdict
from cotbench.grading.call import judge_calls
from cotbench.grading.check import judge_check
from cotbench.grading.comparers import comparer
from cotbench.grading.endings import Failure, Part
from cotbench.grading.forkserver import ForkServer, SandboxDied
from cotbench.grading.levels import Level
from cotbench.grading.starter import Starter
from cotbench.grading.stdin import judge_scripts

_TRIES = 3
_BLAMED_AFTER = 2
_PAUSE_SECONDS = 0.05


class _Slot:
    """Two sandbox processes: one for judged programs, one for the tests that judge them."""

    def __init__(self, starter: Starter) -> None:
        self.programs = ForkServer(starter)
        self.judges = ForkServer(starter)

    def kill(self) -> None:
        self.programs.kill()
        self.judges.kill()

    def stop(self) -> None:
        self.programs.stop()
        self.judges.stop()


class SandboxGrader:
    """Judges programs in sandbox processes of its own. Implements `cotbench.core.protocols.Grader`.

    Processes start with the first job and are kept. Close it, or use it as a context manager.
    """

    def __init__(self, slots: int | None = None, isolation: Level | None = None) -> None:
        """Make a grader for `slots` programs at a time; by default one per usable core. Raises GradingError."""
        if os.name != "posix":
            raise GradingError("the sandbox needs Linux or macOS", hint="on Windows, use WSL")
        count = usable_cores() if slots is None else slots
        if count < 1:
            raise GradingError(f"a grader needs at least one slot, not {count}")
        self._starter = Starter()
        self._all = [_Slot(self._starter) for _ in range(count)]
        self._free = list(self._all)
        self._changed = threading.Condition()
        self._closed = False
        self._finalizer = weakref.finalize(self, _finish, self._all, self._starter)

    @property
    def isolation(self) -> str:
        """One word for the isolation level in force."""
        return "basic"

    @property
    def slots(self) -> int:
        """How many programs can be judged at the same time."""
        return len(self._all)

    def judge(self, job: Job) -> Verdict:
        """Judge one program; blocks while all slots are taken.

        `seconds` of the verdict is wall time. Raises GradingError if the grader is closed or the job itself cannot be
        judged (unknown comparer, arguments that are not plain data, a test program that does not work).
        """
        for form in {("text" if isinstance(case, StdinCase) else "value") for case in job.cases}:
            comparer(job.comparer, "text" if form == "text" else "value")
        slot = self._take()
        try:
            return self._judge(slot, job)
        except BaseException:
            slot.stop()
            raise
        finally:
            self._give(slot)

    def observe(self, job: Job) -> Observation:
        """Run one program on the inputs of its cases and return its outputs. Raises GradingError."""
        slot = self._take()
        try:
            cases = [case for case in job.cases if isinstance(case, CallCase)]
            outputs: list[object] = []
            began = time.monotonic()
            part = judge_calls(slot.programs, job, cases, outputs)
            failure = part.failure
            return Observation(
                tuple(outputs),
                "passed" if failure is None else failure.outcome,
                time.monotonic() - began,
                "" if failure is None else failure.text,
            )
        except BaseException:
            slot.stop()
            raise
        finally:
            self._give(slot)

    def close(self) -> None:
        """Stop every process the grader started; jobs that are running end with a GradingError."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            for slot in self._all:
                slot.kill()
            while len(self._free) < len(self._all):
                self._changed.wait()
        self._finalizer()

    def __enter__(self) -> SandboxGrader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _take(self) -> _Slot:
        with self._changed:
            while not self._free and not self._closed:
                self._changed.wait()
            self._refuse_if_closed()
            return self._free.pop()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise GradingError("the grader is closed")

    def _give(self, slot: _Slot) -> None:
        with self._changed:
            self._free.append(slot)
            self._changed.notify()

    def _judge(self, slot: _Slot, job: Job) -> Verdict:
        began = time.monotonic()
        blamed = 0
        reason = ""
        for _ in range(_TRIES):
            try:
                return _on_slot(slot, job)
            except SandboxDied as death:
                slot.stop()
                reason = str(death)
                time.sleep(_PAUSE_SECONDS)
                blamed += death.running
            self._refuse_if_closed()
            if blamed == _BLAMED_AFTER:
                detail = "the program ended the sandbox process"
                return Verdict("error", 0, len(job.cases), time.monotonic() - began, detail)
        return Verdict("infra", 0, len(job.cases), time.monotonic() - began, reason)


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _on_slot(slot: _Slot, job: Job) -> Verdict:
    passed, seconds = 0, 0.0
    for kind, group in itertools.groupby(job.cases, type):
        cases = list(group)
        for part in _parts(slot, job, kind, cases):
            passed += part.passed
            seconds += part.seconds
            if part.failure is not None:
                return _failed(part.failure, passed, len(job.cases), seconds)
    return Verdict("passed", passed, len(job.cases), seconds)


def _parts(slot: _Slot, job: Job, kind: type, cases: Sequence[object]) -> list[Part]:
    if kind is CallCase:
        return [judge_calls(slot.programs, job, [case for case in cases if isinstance(case, CallCase)])]
    if kind is StdinCase:
        return [judge_scripts(slot.programs, job, [case for case in cases if isinstance(case, StdinCase)])]
    parts = []
    for case in cases:
        if isinstance(case, CheckCase):
            parts.append(judge_check(slot.programs, slot.judges, job, case))
            if parts[-1].failure is not None:
                break
    return parts


def _failed(failure: Failure, passed: int, total: int, seconds: float) -> Verdict:
    return Verdict(failure.outcome, passed, total, seconds, f"case {passed + 1}: {failure.text}")


def _finish(slots: list[_Slot], starter: Starter) -> None:
    for slot in slots:
        slot.stop()
    starter.close()
