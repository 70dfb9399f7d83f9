"""The way out of a program: frames into a socket that nobody waits on, and a bell that says when to look.

A reader who is woken by every frame costs more than most calls do. So frames are only put into the socket, and the
bell rings when the last time is a while ago, when the socket is full, and at the end. What was put before a program
hangs or ends is there for the reader in any case.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import time

from . import wire

_RING_SECONDS = 0.002
_AT_ONCE = socket.MSG_DONTWAIT


class Outbox:
    """Puts frames into `channel` and rings the pipe `bell`."""

    def __init__(self, channel: socket.socket, bell: int) -> None:
        self._channel = channel
        self._send = channel.send
        self._bell = bell
        self._rung = 0.0

    def put(self, frame: object) -> None:
        """Put one frame. Raises OSError if the reader is gone."""
        self.put_text(wire.text(frame))

    def put_text(self, *parts: bytes) -> None:
        """Put one frame whose text is written already, in parts. Raises OSError if the reader is gone."""
        size = sum(map(len, parts)).to_bytes(wire.HEADER, "big")
        data = b"".join((size, *parts))
        try:
            sent = self._send(data, _AT_ONCE)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self._put_rest(memoryview(data)[sent:])
        if time.monotonic() - self._rung > _RING_SECONDS:
            self.ring()

    def _put_rest(self, rest: memoryview) -> None:
        while rest:
            try:
                rest = rest[self._send(rest, _AT_ONCE) :]
            except BlockingIOError:
                self.ring()
                select.select([], [self._channel], [])

    def ring(self) -> None:
        """Wake the reader."""
        self._rung = time.monotonic()
        # A full pipe has woken the reader already.
        with contextlib.suppress(BlockingIOError):
            os.write(self._bell, b".")
