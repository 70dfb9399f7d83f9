"""One program running in the sandbox, as its worker sees it: frames in both directions, under clocks."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import time
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Literal, TypeAlias

from cotbench.core.verdict import Limits
from cotbench.grading.child import Allowance, Exit
from cotbench.grading.clock import Clock
from cotbench.grading.forkserver import ForkServer
from cotbench.grading.inside import wire
from cotbench.grading.inside.encoding import Malformed
from cotbench.grading.processes import descendants

Reason: TypeAlias = Literal["exit", "timeout", "output_limit", "malformed", "processes"]
"""Why no more frames come from a program."""

MOST_PROCESSES = 64
"""A program with more descendants than this is ended."""

_LOOK_SECONDS = 0.1
_FRAME_ROOM = 1 << 16
_CUT_BYTES = 1 << 20
_SEND_SECONDS = 60.0
_UNRUNG_SECONDS = 0.005


class Ended(Exception):
    """No more frames come from the program."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class Program:
    """A child of a sandbox process. Leaving its context ends it and all that it started, at the latest when its
    server forks or settles.

    Its case clock starts with it and starts again with every frame; `limits.seconds` is its limit. `whole` is the limit
    of everything together, in seconds.
    """

    def __init__(self, server: ForkServer, limits: Limits, whole: float, name: str = "cotbench-program") -> None:
        """Fork it. Raises SandboxDied."""
        self._server = server
        self._most = limits.output + _FRAME_ROOM
        self._buffer = bytearray()
        self._bodies: deque[bytes] = deque()
        self._too_long = False
        self._exit: Exit | None = None
        self._pid = 0
        self.body = b""
        # In powers of two, so that a child forked ahead serves most programs; the clocks are exact.
        cpu = 1 << (int(whole) + 2).bit_length()
        self._child = server.fork(Allowance(name, limits.memory, limits.output, cpu))
        self._channel, self._bell = self._child.ends.channel, self._child.ends.bell
        self._channel.setblocking(False)
        os.set_blocking(self._bell, False)
        self._poll = select.poll()
        self._poll.register(self._bell, select.POLLIN)
        if self._child.fd >= 0:
            # A zombie keeps its pid until the sandbox process is told to reap it.
            self._poll.register(self._child.fd, select.POLLIN)
        self.clock = Clock(self.pid, limits.seconds)
        self.whole_clock = Clock(self.pid, whole)

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is not None and not issubclass(kind, Exception):
                self._server.stop()
            elif self._exit is None:
                self._server.dismiss(self._child)
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close what leads to the program; for a program whose sandbox process is ended with it."""
        self._child.close()

    def pid(self) -> int:
        """Return the pid of the program, as this process knows it."""
        self._pid = self._pid or self._child.outer_pid()
        return self._pid

    def end(self) -> Exit:
        """End the program, if it runs, and return how it ended. Raises SandboxDied."""
        if self._exit is None:
            self._exit = self._server.reap(self._child)
        return self._exit

    def send(self, *frames: bytes) -> None:
        """Send frames that are packed already. A program that is gone is noticed by `receive`."""
        self._channel.settimeout(_SEND_SECONDS)
        with contextlib.suppress(OSError):
            self._channel.sendall(b"".join(frames))
        self._channel.setblocking(False)

    def send_files(self, fds: Sequence[int]) -> None:
        """Send one byte with descriptors."""
        self._channel.settimeout(_SEND_SECONDS)
        with contextlib.suppress(OSError):
            socket.send_fds(self._channel, [b"."], fds)
        self._channel.setblocking(False)

    def receive(self, patience: float | None = None) -> list[object] | None:
        """Return the next frame, or None when none has come after `patience` seconds; its text is in `body`.

        Raises Ended; a frame that was complete when the program ended still counts.
        """
        if not self.receive_body(patience):
            return None
        try:
            frame = wire.unpack(self.body)
        except Malformed:
            raise Ended("malformed") from None
        if not isinstance(frame, list) or not frame:
            raise Ended("malformed")
        return frame

    def receive_body(self, patience: float | None = None) -> bool:
        """Take the next frame's text into `body`, unread; return whether one came. Raises Ended as `receive` does."""
        if self._bodies:
            self.body = self._bodies.popleft()
            return True
        asked = time.monotonic()
        waited = False
        while True:
            if self._take_body():
                return True
            left = min(self.clock.remaining(), self.whole_clock.remaining())
            if left <= 0:
                self._last_look(waited)
                continue
            if patience is not None:
                if time.monotonic() - asked >= patience:
                    return False
                left = min(left, patience)
            if time.monotonic() - asked > _LOOK_SECONDS and self._too_many():
                raise Ended("processes")
            waited = True
            ready = {fd for fd, _ in self._poll.poll(1 + 1000 * min(left, _LOOK_SECONDS))}
            if not ready:
                continue
            with contextlib.suppress(BlockingIOError, KeyError):
                if self._bell in ready and not os.read(self._bell, 1 << 12):
                    # Closed by the program: nothing comes of it any more but wake-ups.
                    self._poll.unregister(self._bell)
            if self._read():
                self.clock.restart()
            elif self._child.fd in ready or self._child.fd < 0:
                raise Ended("exit")

    def _last_look(self, waited: bool) -> None:
        """Take what was put without ringing. Raises Ended if there was nothing: the time is over."""
        if not self._read():
            raise Ended("timeout")
        if waited:
            # These frames were put within moments of the last ring, and the case after them began then.
            self.clock.grant(_UNRUNG_SECONDS)
        else:
            self.clock.restart()

    def _too_many(self) -> bool:
        return self._server.level == "none" and descendants(self._server.pids, MOST_PROCESSES) >= MOST_PROCESSES

    def _read(self) -> bool:
        """Take all that is there; return whether anything was."""
        before = len(self._buffer)
        while True:
            try:
                chunk = self._channel.recv(1 << 20)
            except OSError:
                break
            if not chunk:
                break
            self._buffer += chunk
            if len(self._buffer) > 2 * self._most:
                break
        return len(self._buffer) > before

    def _take_body(self) -> bool:
        self._cut()
        if self._bodies:
            self.body = self._bodies.popleft()
            return True
        if self._too_long:
            raise Ended("output_limit")
        return False

    def _cut(self) -> None:
        """Cut the beginning of what was read into the texts of its frames, up to one that is longer than it may be."""
        taken, size = 0, len(self._buffer)
        with memoryview(self._buffer) as view:
            # A program may send millions of empty frames.
            while taken + wire.HEADER <= size and taken < _CUT_BYTES:
                start = taken + wire.HEADER
                end = start + int.from_bytes(view[taken:start], "big")
                self._too_long = end - start > self._most
                if self._too_long or end > size:
                    break
                self._bodies.append(bytes(view[start:end]))
                taken = end
        if taken:
            del self._buffer[:taken]
