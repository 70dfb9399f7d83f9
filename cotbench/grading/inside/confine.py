"""What a sandbox process does to itself before it runs a program: resource limits and ties to its parent.

Everything here is best effort by platform: what a system does not have is left out, and the isolation word of the
grader says only what always holds.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

_LINUX = sys.platform == "linux"
_PDEATHSIG, _DUMPABLE, _NAME, _SUBREAPER = 1, 4, 15, 36
_STACK_ROOM = 1 << 30
_LAST_WORDS = 64 << 20
_FILES = 256

ResourceLimits: TypeAlias = Sequence[tuple[int, tuple[int, int]]]
"""Numbers of limits with their soft and hard values."""

_call = ctypes.CDLL(None, use_errno=True).prctl if _LINUX else None
_setrlimit = resource.setrlimit


def _prctl(option: int, value: int) -> None:
    if _call is not None:
        _call(option, value, 0, 0, 0)


def end_with_parent(number: signal.Signals) -> None:
    """Ask for signal `number` when the parent ends."""
    _prctl(_PDEATHSIG, number)


def adopt_orphans() -> None:
    """Become the parent of processes whose own parent ended, so that none can slip away."""
    _prctl(_SUBREAPER, 1)


def hide_memory() -> None:
    """Forbid that other processes of the user look into this one and its children."""
    _prctl(_DUMPABLE, 0)


def set_name(name: bytes) -> None:
    """Give this process the name that `ps` shows, the first 15 bytes of it."""
    if _call is not None:
        _call(_NAME, name, 0, 0, 0)


def sizes() -> tuple[int, int]:
    """Return the bytes of address space and of data that this process has now; zeros where unknown."""
    try:
        pages = [int(word) for word in Path("/proc/self/statm").read_text(encoding="ascii").split()]
    except OSError:
        return 0, 0
    size = resource.getpagesize()
    return pages[0] * size, pages[5] * size


def limits_of(base: tuple[int, int], memory: int, output: int, cpu: int) -> ResourceLimits:
    """Return the limits of a program: `memory` and `output` in bytes, `cpu` in seconds, on top of `base` sizes."""
    space, data = base
    limits = [
        # Deep recursion needs address space for the stack that is not the program's data.
        _limit(resource.RLIMIT_AS, space + memory + _STACK_ROOM, _LAST_WORDS),
        _limit(resource.RLIMIT_CPU, cpu, 2),
        _limit(resource.RLIMIT_FSIZE, output + 4096),
        _limit(resource.RLIMIT_NOFILE, _FILES),
        _limit(resource.RLIMIT_CORE, 0),
        # None on the number of processes: it counts all processes of the user, so that what else runs on the machine
        # would decide verdicts. The grader counts a program's descendants instead.
    ]
    if _LINUX:
        limits.append(_limit(resource.RLIMIT_DATA, data + memory, _LAST_WORDS))
    return tuple(limits)


def _limit(which: int, soft: int, room: int = 0) -> tuple[int, tuple[int, int]]:
    _, hard = resource.getrlimit(which)
    wanted = soft + room
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    return which, (min(soft, wanted), wanted)


def limit_resources(limits: ResourceLimits) -> None:
    """Set limits on this process, those that the system has."""
    for which, pair in limits:
        try:
            _setrlimit(which, pair)
        except (ValueError, OSError):
            continue


def make_room() -> None:
    """Lift the memory limits a little, so that a program that ran out of memory can still be reported."""
    for which in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        try:
            _, hard = resource.getrlimit(which)
            resource.setrlimit(which, (hard, hard))
        except (ValueError, OSError):
            continue


def prefer_for_oom() -> None:
    """If the machine runs out of memory, this process is the one to end."""
    try:
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    except OSError:
        return


def is_orphan(parent: int) -> bool:
    """Whether `parent` ended before this process could ask to be told."""
    return os.getppid() != parent
