"""One program running in the sandbox, as the grader sees it: frames in both directions, under a clock."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Literal, TypeAlias

from cotbench.core.verdict import Limits
from cotbench.grading.clock import Clock
from cotbench.grading.forkserver import Exit, ForkServer
from cotbench.grading.inside.encoding import Malformed
from cotbench.grading.inside.wire import HEADER, pack, unpack
from cotbench.grading.processes import descendants

Reason: TypeAlias = Literal["exit", "timeout", "output_limit", "malformed", "processes"]
"""Why no more frames come from a program."""

MOST_PROCESSES = 64
"""A program with more descendants than this is ended."""

_LOOK_SECONDS = 0.1
_FRAME_ROOM = 1 << 16
_SEND_SECONDS = 60.0


class Ended(Exception):
    """No more frames come from the program."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class Program:
    """A child of a sandbox process. Leaving its context ends it and all that it started."""

    def __init__(self, server: ForkServer, limits: Limits, cpu: float, files: Sequence[int] = ()) -> None:
        """Fork it. `cpu` is its processor time over all cases, in seconds; `files` become descriptors 0, 1.

        Raises SandboxDied.
        """
        self._server = server
        self._most = limits.output + _FRAME_ROOM
        self._buffer = bytearray()
        self._exit: Exit | None = None
        self._pidfd = -1
        self._channel, theirs = socket.socketpair()
        try:
            with theirs:
                numbers = {"memory": limits.memory, "output": limits.output, "cpu": int(cpu) + 2}
                self.pid = server.fork(numbers, [theirs.fileno(), *files])
        except BaseException:
            self._channel.close()
            raise
        self._poll = select.poll()
        self._poll.register(self._channel, select.POLLIN)
        if sys.platform == "linux":
            # A zombie keeps its pid until the sandbox process is told to reap it.
            with contextlib.suppress(OSError):
                self._pidfd = os.pidfd_open(self.pid)
                self._poll.register(self._pidfd, select.POLLIN)

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None or issubclass(kind, Exception):
                self.end()
            else:
                self._server.stop()
        finally:
            self._channel.close()
            if self._pidfd >= 0:
                os.close(self._pidfd)

    def end(self) -> Exit:
        """End the program, if it runs, and return how it ended. Raises SandboxDied."""
        if self._exit is None:
            self._exit = self._server.reap()
        return self._exit

    def send(self, frame: object) -> None:
        """Send a frame. A program that is gone is noticed by `receive`."""
        self._channel.settimeout(_SEND_SECONDS)
        with contextlib.suppress(OSError):
            self._channel.sendall(pack(frame))

    def receive(self, *clocks: Clock) -> list[object]:
        """Return the next frame. Raises Ended; a frame that was complete when the program ended still counts."""
        began = time.monotonic()
        self._channel.setblocking(False)
        while True:
            frame = self._frame()
            if frame is not None:
                return frame
            left = min(clock.remaining() for clock in clocks)
            if left <= 0:
                raise Ended("timeout")
            if time.monotonic() - began > _LOOK_SECONDS and self._too_many():
                raise Ended("processes")
            ready = {fd for fd, _ in self._poll.poll(1000 * min(left, _LOOK_SECONDS))}
            gone = self._pidfd in ready
            if not self._read() and (gone or self._pidfd < 0):
                raise Ended("exit")

    def _too_many(self) -> bool:
        return descendants(self._server.pid, MOST_PROCESSES) >= MOST_PROCESSES

    def _read(self) -> bool:
        """Take what is there; return whether anything was, or more may follow."""
        try:
            chunk = self._channel.recv(1 << 20)
        except BlockingIOError:
            return self._pidfd < 0
        except OSError:
            chunk = b""
        if not chunk:
            with contextlib.suppress(KeyError):
                self._poll.unregister(self._channel)
        self._buffer += chunk
        return bool(chunk)

    def _frame(self) -> list[object] | None:
        if len(self._buffer) < HEADER:
            return None
        size = int.from_bytes(self._buffer[:HEADER], "big")
        if size > self._most:
            raise Ended("output_limit")
        if len(self._buffer) < HEADER + size:
            return None
        body = bytes(self._buffer[HEADER : HEADER + size])
        del self._buffer[: HEADER + size]
        try:
            frame = unpack(body)
        except Malformed:
            raise Ended("malformed") from None
        if not isinstance(frame, list) or not frame:
            raise Ended("malformed")
        return frame
