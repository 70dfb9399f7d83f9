"""What a worker and its sandbox process say to each other: a line of words, with descriptors beside it.

Not JSON, and as few objects as can be: each one that a process touches after a fork costs a copy of a memory page.

    WORKER                                       SANDBOX PROCESS
    reap PID                                     ended STATUS MEMORY CLEAN
    fork PID NAME MEMORY OUTPUT CPU + 2 fds      child PID + fd, failed REASON, or ended … if PID left something

A PID of 0 stands for nobody. The first words come from the sandbox process: ready PID + fd.
"""

from __future__ import annotations

import socket
from array import array
from collections.abc import Sequence

_MOST_BYTES = 1 << 12
_SPACE = socket.CMSG_SPACE(2 * array("i").itemsize)


def say(control: socket.socket, words: bytes, fds: Sequence[int] = ()) -> None:
    """Send words with descriptors. Raises OSError."""
    if fds:
        control.sendmsg((words,), ((socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", fds)),))
    else:
        control.send(words)


def hear(control: socket.socket) -> tuple[list[bytes], list[int]]:
    """Wait for words and return them with their descriptors; no words at the end of the stream. Raises OSError."""
    words, messages, _, _ = control.recvmsg(_MOST_BYTES, _SPACE)
    fds: list[int] = []
    for _, _, data in messages:
        fds += array("i", data)
    return words.split(), fds
