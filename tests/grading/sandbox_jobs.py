"""What the tests of the sandbox share: short jobs, and a look at the processes of a sandbox."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from cotbench.core.problem import Case, Entry
from cotbench.core.verdict import Job, Limits, Verdict

LIMITS = Limits(seconds=1.0, memory=512 << 20, output=1 << 20)

Judge = Callable[..., Verdict]


def job(code: str, cases: tuple[Case, ...], *, limits: Limits = LIMITS, prelude: str = "") -> Job:
    return Job(code, Entry("function", "f"), cases, "exact", limits, prelude)


def processes_of(folder: Path) -> list[int]:
    """Processes that were started with a home below `folder`."""
    mark = f"HOME={folder}/".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if int(entry.name) != os.getpid() and mark in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def descendants_of(pid: int) -> set[int]:
    """Processes that descend from `pid`, in other sessions too."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, []).append(int(entry.name))
    found, waiting = set(), [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found.update(below)
        waiting.extend(below)
    return found
