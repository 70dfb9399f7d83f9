"""A forked program as its worker knows it: what it may use, the ways to it, and how it ended."""

from __future__ import annotations

import os
import select
import socket
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exit:
    """How a program ended: wait status, peak memory in bytes."""

    status: int
    memory: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a child is called, and what it may use: bytes of memory and output, seconds of processor time."""

    name: str
    memory: int
    output: int
    cpu: int

    @property
    def words(self) -> bytes:
        """The same as words of an order to fork."""
        return f"{self.name} {self.memory} {self.output} {self.cpu}".encode()


@dataclass(frozen=True, slots=True)
class Ends:
    """This process's ends of a child: the channel of frames, and the pipe that says when to look."""

    channel: socket.socket
    bell: int

    def close(self) -> None:
        """Close both."""
        self.channel.close()
        os.close(self.bell)


@dataclass(frozen=True, slots=True)
class Child:
    """A forked program: its pid as the sandbox process knows it, and a descriptor of it (-1 where there is none)."""

    pid: int
    fd: int
    ends: Ends
    allowance: Allowance

    def outer_pid(self) -> int:
        """Return the pid by which this process knows it."""
        return outer_pid(self.fd) if self.fd >= 0 else self.pid

    def close(self) -> None:
        """Close what leads to it."""
        self.ends.close()
        if self.fd >= 0:
            os.close(self.fd)

    def lives(self) -> bool:
        """Whether it has not ended yet; True where there is no descriptor to tell."""
        if self.fd < 0:
            return True
        # Not `select`, which fails for descriptors from 1024 on.
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        return not poll.poll(0)


def outer_pid(fd: int) -> int:
    """Return the pid of the process behind a descriptor; 0 if it is gone."""
    with open(f"/proc/self/fdinfo/{fd}", "rb") as file:  # noqa: PTH123  # a hot path
        for line in file:
            if line.startswith(b"Pid:"):
                return int(line[4:])
    return 0
