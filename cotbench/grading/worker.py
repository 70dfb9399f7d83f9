"""A slot's worker process: it holds cases and expected outputs, and judges one program after another.

It is started with an empty environment, talks to the grader over one socket, and starts the sandbox processes that run
the programs. Requests and answers are frames:

    ["cases", NUMBER, …]        keep the cases of a job (its program is left out) under a number     no answer
    ["drop", NUMBER]            forget them                                                         no answer
    ["judge", NUMBER, CODE]     → ["verdict", …], or ["refused", MESSAGE, HINT] for a job that cannot be judged
    ["observe", NUMBER, CODE]   → ["observation", …] or ["refused", …]
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cotbench.core.errors import GradingError
from cotbench.core.verdict import Integrity, Observation, Verdict
from cotbench.grading.call import judge_calls
from cotbench.grading.caseset import Calls, CaseSet, Check, Part, read_cases
from cotbench.grading.check import judge_check
from cotbench.grading.endings import Failure, PartVerdict
from cotbench.grading.forkserver import SandboxDied, remove_folder
from cotbench.grading.inside import confine, wire
from cotbench.grading.levels import LEVELS, Level
from cotbench.grading.observing import observe
from cotbench.grading.passing import observation_frame, verdict_frame
from cotbench.grading.patience import SECONDS, OutOfPatience, limit_memory
from cotbench.grading.stdin import judge_scripts
from cotbench.grading.workbench import Workbench

_TRIES = 6
_BLAMED_AFTER = 3
_PAUSE_SECONDS = 0.05
_NEXT_MILLISECONDS = 1
_ORPHAN_SECONDS = 5.0

T = TypeVar("T")


class SandboxLost(Exception):
    """The sandbox broke again and again; the text says how it broke the last time."""


class _Worker:
    def __init__(self, channel: socket.socket, level: Level, folder: Path) -> None:
        self.channel = channel
        self.level = level
        self.poll = select.poll()
        self.poll.register(channel, select.POLLIN)
        self.bench = Workbench(level, folder)
        self.sets: dict[int, CaseSet | GradingError] = {}

    def serve(self) -> None:
        while True:
            self.settle()
            try:
                frame = wire.receive(self.channel)
            except EOFError:
                return
            match frame:
                case ["cases", int(number), *described]:
                    try:
                        self.sets[number] = read_cases(described, lambda: wire.receive_body(self.channel))
                    except GradingError as error:
                        self.sets[number] = error
                case ["drop", int(number)]:
                    self.sets.pop(number, None)
                case ["judge", int(number), str(code)]:
                    self.answer(lambda: verdict_frame(self.judge(self.kept(number), code)))
                case ["observe", int(number), str(code)]:
                    self.answer(lambda: observation_frame(self.observe(self.kept(number), code)))

    def settle(self) -> None:
        """Leave nothing of the last program, unless the next one is here already."""
        if not self.poll.poll(_NEXT_MILLISECONDS):
            try:
                self.bench.settle()
            except SandboxDied:
                self.bench.stop()

    def answer(self, work: Callable[[], list[object]]) -> None:
        try:
            reply = work()
        except _Refused as refused:
            reply = ["refused", refused.error.message, refused.error.hint]
        except GradingError as error:
            self.bench.stop()
            reply = ["refused", error.message, error.hint]
        except SandboxLost as error:
            reply = ["lost", str(error)]
        except Exception as error:
            # A bug of ours must not become a verdict, and must be told.
            self.bench.stop()
            reply = ["lost", f"internal error: {type(error).__name__}: {error}"]
        wire.send(self.channel, reply)

    def kept(self, number: int) -> CaseSet:
        found = self.sets[number]
        if isinstance(found, GradingError):
            raise _Refused(found)
        return found

    def judge(self, cases: CaseSet, code: str) -> Verdict:
        try:
            return self.steadily(lambda: _judge(self.bench, cases, code))
        except _Blamed as blamed:
            return Verdict("error", 0, cases.total, blamed.seconds, "the program ended the sandbox process")

    def observe(self, cases: CaseSet, code: str) -> Observation:
        try:
            return self.steadily(lambda: observe(self.bench, cases, code))
        except _Blamed:
            return Observation((), "error", 0.0, "the program ended the sandbox process")

    def steadily(self, work: Callable[[], T]) -> T:
        """Do work, again when the sandbox breaks under it. Raises SandboxLost, _Blamed, GradingError."""
        began = time.monotonic()
        blamed = 0
        reason = ""
        for _ in range(_TRIES):
            try:
                return work()
            except SandboxDied as death:
                self.bench.stop()
                reason = str(death)
                blamed += death.running
                # Where nothing is confined a program can end the process that it was forked from.
                if self.level == LEVELS[0] and blamed == _BLAMED_AFTER:
                    raise _Blamed(time.monotonic() - began) from None
                time.sleep(_PAUSE_SECONDS)
        raise SandboxLost(reason)


class _Refused(Exception):
    """The cases cannot be judged, whatever the program."""

    def __init__(self, error: GradingError) -> None:
        super().__init__()
        self.error = error


class _Blamed(Exception):
    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


def _judge(bench: Workbench, cases: CaseSet, code: str) -> Verdict:
    passed, before, seconds = 0, 0, 0.0
    integrity: Integrity = "isolated"
    for part in cases.parts:
        if isinstance(part, Check) and part.case.in_process:
            integrity = "in-process"
        verdict = _judge_part(bench, cases, part, code)
        passed += verdict.passed
        seconds += verdict.seconds
        failure = verdict.failure
        if failure is not None:
            detail = f"case {before + failure.case + 1}: {failure.text}"
            return Verdict(failure.outcome, passed, cases.total, seconds, detail, integrity)
        before = passed
    return Verdict("passed", passed, cases.total, seconds, "", integrity)


def _judge_part(bench: Workbench, cases: CaseSet, part: Part, code: str) -> PartVerdict:
    try:
        return _judge_kind(bench, cases, part, code)
    except OutOfPatience:
        return PartVerdict(
            0, SECONDS, Failure("wrong", "its output could not be compared in reasonable time or memory")
        )


def _judge_kind(bench: Workbench, cases: CaseSet, part: Part, code: str) -> PartVerdict:
    if isinstance(part, Calls):
        return judge_calls(bench, cases.rules, part, code)
    if isinstance(part, Check):
        return judge_check(bench, cases.rules, part, code)
    return judge_scripts(bench, cases.rules, part, code)


def main(descriptor: int, parent: int, level: str, folder: str) -> None:
    """Serve the grader on an inherited socket until it closes it or ends. Leaves nothing behind."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    place = Path(folder)
    worker = _Worker(socket.socket(fileno=descriptor), LEVELS[LEVELS.index(level)], place)
    try:
        # From here on the end of the grader ends this block, wherever it is: first of all, before there is a folder.
        confine.end_with_parent(signal.SIGTERM)
        confine.set_name(b"cotbench-worker")
        confine.hide_memory()
        _raise_file_limit()
        limit_memory()
        if not confine.is_orphan(parent):
            _make(place)
            worker.serve()
    except (_Stop, OSError):
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        worker.bench.stop()
        remove_folder(place)
        # A grader that lives ends this process now. One that was ended closes its files first and is gone a moment
        # later: then nobody else is left to remove what held all their folders.
        deadline = time.monotonic() + _ORPHAN_SECONDS
        while not confine.is_orphan(parent) and time.monotonic() < deadline:
            time.sleep(0.01)
        if confine.is_orphan(parent):
            with contextlib.suppress(OSError):
                place.parent.rmdir()


class _Stop(BaseException):
    """The grader ended."""


def _stop(number: int, frame: object) -> None:
    raise _Stop


def _make(place: Path) -> None:
    """Make the folder of this worker in the one of all workers of the grader. Raises OSError if that is not ours."""
    common = place.parent
    with contextlib.suppress(FileExistsError):
        common.mkdir(mode=0o700)
    if common.is_symlink() or common.stat().st_uid != os.geteuid():
        raise PermissionError(f"{common} belongs to somebody else")
    for folder in (common, place):
        folder.mkdir(mode=0o711, exist_ok=True)
        # Whatever the umask is: programs run as another user and pass through.
        folder.chmod(0o711)


def _raise_file_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
    os._exit(0)
