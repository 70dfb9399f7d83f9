"""Traces that programs leave outside of their own processes and folders, and how to remove them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

MARK = f"adv{secrets.token_hex(4)}"
"""The name that processes and files of the attacks carry. Short enough for the name of a process."""

_GRACE_SECONDS = 5.0
_IPC_KEYS = (0x61647601, 0x61647602, 0x61647603)


def wait_for(condition: Callable[[], bool]) -> bool:
    """Whether a condition becomes true within a grace."""
    deadline = time.monotonic() + _GRACE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def marked_processes() -> list[int]:
    """Living processes that carry the mark in their name or their arguments."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            head, _, tail = (entry / "stat").read_text(errors="replace").rpartition(")")
            named = MARK in head or MARK.encode() in (entry / "cmdline").read_bytes()
            if named and tail.split()[0] not in "ZX":
                found.append(int(entry.name))
    return found


def remove_leftovers() -> None:
    """Remove what may stay in the kernel at levels that do not promise more: queues and shared memory."""
    libc = ctypes.CDLL(None)
    for get, control in (("shmget", libc.shmctl), ("msgget", libc.msgctl), ("semget", libc.semctl)):
        for key in _IPC_KEYS:
            number = getattr(libc, get)(key, 0) if get == "msgget" else getattr(libc, get)(key, 0, 0)
            if number >= 0:
                control(number, 0, 0) if get != "semget" else control(number, 0, 0, 0)
    with contextlib.suppress(OSError):
        ctypes.CDLL("librt.so.1").mq_unlink(f"/{MARK}".encode())


def is_plain(path: Path) -> bool:
    """Whether a file is as the arena made it."""
    status = path.stat()
    return (
        status.st_mode & 0o777 == 0o644
        and status.st_mtime > 10
        and status.st_uid == os.getuid()
        and not os.listxattr(path)
    )
