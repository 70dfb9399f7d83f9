"""Looking at processes from outside, on Linux: who descends from whom, and who belongs to a sandbox folder."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")
_SWEEP_SECONDS = 3.0


def descendants(pids: Iterable[int], enough: int) -> int:
    """Return how many processes descend from `pids`, counting no further than `enough`. 0 where it is not known."""
    found, waiting = 0, list(pids)
    while waiting and found < enough:
        children = _children(waiting.pop())
        found += len(children)
        waiting.extend(children)
    return found


def is_stopped(pid: int) -> bool:
    """Whether a process is stopped by a signal (and so cannot answer)."""
    try:
        return (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[0] in "Tt"
    except (OSError, IndexError):
        return False


def end_all_with(folder: str) -> None:
    """End every process that was started with `folder` as its home: what escaped from a sandbox that is gone."""
    if sys.platform != "linux":
        return
    mark = f"HOME={folder}\0".encode()
    deadline = time.monotonic() + _SWEEP_SECONDS
    while time.monotonic() < deadline:
        found = [pid for pid in _pids() if mark in _environment(pid)]
        if not found:
            return
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)


def _pids() -> list[int]:
    return [int(folder.name) for folder in _PROC.glob("[0-9]*")]


def _environment(pid: int) -> bytes:
    try:
        return (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return b""


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in (_PROC / str(pid) / "task").iterdir():
            with contextlib.suppress(OSError):
                found.extend(map(int, (task / "children").read_text().split()))
    return found
