"""The grader's end of one worker process: start it, hand it jobs, notice when it is gone or stopped."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections import OrderedDict
from pathlib import Path

from cotbench.core.errors import GradingError
from cotbench.core.verdict import Job
from cotbench.grading.forkserver import remove_folder
from cotbench.grading.inside import wire
from cotbench.grading.inside.encoding import Malformed
from cotbench.grading.levels import Level
from cotbench.grading.packing import PackedCases
from cotbench.grading.processes import is_stopped
from cotbench.grading.starter import Starter

_PACKAGE = Path(__file__).resolve().parents[2]
_MAIN = """
import runpy, sys
sys.path.append(sys.argv.pop(1))
runpy.run_module("cotbench.grading.worker", run_name="__main__")
"""
_LOOK_SECONDS = 0.5
_SEND_SECONDS = 120.0
_MOST_KEPT = 4096
_WALL_FACTOR = 25
_SPARE_SECONDS = 300.0


class WorkerDied(Exception):
    """The worker ended or stopped answering."""


class Slot:
    """One worker process. Used by one thread at a time, except for `kill`."""

    def __init__(self, starter: Starter, level: Level, folder: Path, most: int) -> None:
        """Make one that works in `folder`, which need not exist, and keeps cases of `most` packed bytes."""
        self._starter = starter
        self._level: Level = level
        self._folder = folder
        self._most = most
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._kept: OrderedDict[int, int] = OrderedDict()
        self._closed = False

    @property
    def pid(self) -> int:
        """The pid of the worker, 0 if there is none."""
        return self._process.pid if self._process else 0

    def ask(self, verb: str, job: Job, packed: PackedCases) -> list[object]:
        """Have a job judged or observed and return the answer's frame; what it shares with others is in `packed`.

        Raises WorkerDied, and GradingError if the job cannot be sent.
        """
        if self._process is None:
            self._start()
        number = packed.number(job)
        if number in self._kept:
            self._kept.move_to_end(number)
        else:
            size = 0
            for body in packed.bodies(job):
                self._send(wire.framed(body))
                size += len(body)
            self._kept[number] = size
            while len(self._kept) > _MOST_KEPT or (len(self._kept) > 1 and sum(self._kept.values()) > self._most):
                self._send(wire.pack(["drop", self._kept.popitem(last=False)[0]]))
        self._send(wire.pack([verb, number, job.code]))
        return self._receive(_WALL_FACTOR * job.limits.seconds * (3 + len(job.cases)) + _SPARE_SECONDS)

    def kill(self) -> None:
        """End the worker at once, and start no other; any thread may do so. `close` must still follow."""
        self._closed = True
        process = self._process
        if process is not None:
            with contextlib.suppress(OSError):
                process.kill()

    def stop(self) -> None:
        """End the worker and all that came from it. It can be used again."""
        process, channel = self._process, self._channel
        self._process = self._channel = None
        self._kept.clear()
        if channel is not None:
            channel.close()
        if process is not None:
            process.kill()
            process.wait()
        remove_folder(self._folder)

    def close(self) -> None:
        """End the worker, and never start one again, whatever thread asks."""
        self._closed = True
        self.stop()

    def _start(self) -> None:
        self._refuse_if_closed()
        if not sys.executable:
            raise GradingError("the sandbox needs to know where the Python interpreter is")
        remove_folder(self._folder)
        try:
            self._channel, theirs = socket.socketpair()
            with theirs:
                command = [sys.executable, "-P", "-s", "-B", "-c", _MAIN, str(_PACKAGE), str(theirs.fileno())]
                self._process = self._starter.start(
                    [*command, str(os.getpid()), self._level, str(self._folder)], _environment(), theirs.fileno()
                )
        except (OSError, RuntimeError) as error:
            self.stop()
            raise WorkerDied(f"the worker process did not start: {error}") from None
        # It may have been closed meanwhile, by another thread.
        self._refuse_if_closed()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            self.stop()
            raise WorkerDied("the grader is closed")

    def _send(self, body: bytes) -> None:
        channel = self._channel
        if channel is None:
            raise WorkerDied("there is no worker process")
        channel.settimeout(_SEND_SECONDS)
        try:
            channel.sendall(body)
        except OSError as error:
            raise WorkerDied(f"the worker process does not take jobs: {error}") from None

    def _receive(self, seconds: float) -> list[object]:
        channel = self._channel
        if channel is None:
            raise WorkerDied("there is no worker process")
        deadline = time.monotonic() + seconds
        buffer = bytearray()
        wanted = wire.HEADER
        channel.settimeout(_LOOK_SECONDS)
        try:
            while len(buffer) < wanted:
                try:
                    chunk = channel.recv(1 << 20)
                except TimeoutError:
                    if is_stopped(self.pid):
                        raise WorkerDied("the worker process was stopped") from None
                    if time.monotonic() > deadline:
                        raise WorkerDied("the worker process does not answer") from None
                    continue
                if not chunk:
                    raise WorkerDied("the worker process ended")
                buffer += chunk
                if wanted == wire.HEADER and len(buffer) >= wanted:
                    wanted += int.from_bytes(buffer[: wire.HEADER], "big")
            frame = wire.unpack(bytes(buffer[wire.HEADER :]))
        except (OSError, Malformed) as error:
            raise WorkerDied(f"the worker process does not answer: {error}") from None
        if not isinstance(frame, list) or not frame:
            raise WorkerDied("the worker process does not make sense")
        return frame


def _environment() -> dict[str, str]:
    """What a worker needs to start an interpreter; nothing of the user's, which may hold keys."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
