"""The grader: a pool of slots, each with a worker process of its own, and retries when one breaks."""

from __future__ import annotations

import os
import secrets
import tempfile
import threading
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from cotbench.core.errors import GradingError
from cotbench.core.verdict import Job, Observation, Verdict
from cotbench.grading.forkserver import remove_folder
from cotbench.grading.levels import Level, choose_level
from cotbench.grading.packing import PackedCases
from cotbench.grading.passing import observation_of, verdict_of
from cotbench.grading.slot import Slot, WorkerDied
from cotbench.grading.starter import Starter

_TRIES = 4
_PAUSE_SECONDS = 0.05
_KEPT_BYTES = 1 << 30


class SandboxGrader:
    """Judges programs in sandbox processes of its own. Implements `cotbench.core.protocols.Grader`.

    Processes start with the first job and are kept. Close it, or use it as a context manager.
    """

    def __init__(self, slots: int | None = None, isolation: str | None = None) -> None:
        """Make a grader for `slots` programs at a time; by default one per usable core.

        `isolation` forces a level, by name or number; by default it is the best that this machine has.
        Raises GradingError, and ConfigurationError for a level that does not exist or is more than there is.
        """
        if os.name != "posix":
            raise GradingError("the sandbox needs Linux or macOS", hint="on Windows, use WSL")
        count = usable_cores() if slots is None else slots
        if count < 1:
            raise GradingError(f"a grader needs at least one slot, not {count}")
        self._level: Level = choose_level(isolation)[0]
        # Made by the workers, which also remove it if this process is killed.
        self._folder = Path(tempfile.gettempdir()).absolute() / f"cotbench-grading-{secrets.token_hex(8)}"
        self._starter = Starter()
        self._all = [
            Slot(self._starter, self._level, self._folder / f"slot-{number}", _KEPT_BYTES // count)
            for number in range(count)
        ]
        self._free = list(self._all)
        self._changed = threading.Condition()
        self._closed = False
        self._packed = PackedCases()
        self._finalizer = weakref.finalize(self, _finish, self._all, self._starter, self._folder)

    @property
    def isolation(self) -> str:
        """One word for the isolation level in force."""
        return self._level

    @property
    def slots(self) -> int:
        """How many programs can be judged at the same time."""
        return len(self._all)

    def judge(self, job: Job) -> Verdict:
        """Judge one program; blocks while all slots are taken.

        `seconds` of the verdict is wall time. Raises GradingError if the grader is closed or the job itself cannot be
        judged (unknown comparer, arguments that are not plain data, a test program that does not work).
        """
        began = time.monotonic()
        try:
            frame = self._ask("judge", job)
        except WorkerDied as death:
            return Verdict("infra", 0, len(job.cases), time.monotonic() - began, str(death))
        return verdict_of(frame)

    def observe(self, job: Job) -> Observation:
        """Run one program on the inputs of its cases and return its outputs. Raises GradingError."""
        try:
            return observation_of(self._ask("observe", job))
        except WorkerDied as death:
            raise GradingError(f"the sandbox failed: {death}") from None

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

    def _ask(self, verb: str, job: Job) -> list[object]:
        """Return a worker's answer. Raises WorkerDied if none could be had, GradingError if there can be none."""
        slot = self._take()
        try:
            return self._ask_slot(slot, verb, job)
        except GradingError:
            raise
        except BaseException:
            slot.stop()
            raise
        finally:
            self._give(slot)

    def _ask_slot(self, slot: Slot, verb: str, job: Job) -> list[object]:
        death = WorkerDied("")
        for _ in range(_TRIES):
            try:
                frame = slot.ask(verb, job, self._packed)
            except WorkerDied as died:
                slot.stop()
                death = died
                self._refuse_if_closed()
                time.sleep(_PAUSE_SECONDS)
                continue
            if frame[0] == "refused":
                raise GradingError(str(frame[1]), hint=str(frame[2]))
            if frame[0] == "lost":
                raise WorkerDied(str(frame[1]))
            return frame
        raise death

    def _take(self) -> Slot:
        with self._changed:
            while not self._free and not self._closed:
                self._changed.wait()
            self._refuse_if_closed()
            return self._free.pop()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise GradingError("the grader is closed")

    def _give(self, slot: Slot) -> None:
        with self._changed:
            self._free.append(slot)
            self._changed.notify()


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _finish(slots: Sequence[Slot], starter: Starter, folder: Path) -> None:
    for slot in slots:
        slot.close()
    starter.close()
    remove_folder(folder)
