"""The clock that ends programs: the time a program could have used, which a busy machine does not shorten.

Wall time fails right programs on a busy machine, and processor time alone never ends a program that sleeps. So the
limit is on effective time (wall time less the time in which a thread of the program waited for a processor) and on
processor time, with a generous cap on wall time behind them. Everything that decides when a program has had enough
time is in this module.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

_SHORTEST_LOOK = 0.002
_FIRST_LOOK = 0.02
_CAP = 20.0
_BLIND_CAP = 3.0


class Clock:
    """Counts the time of one process against a limit.

    The limit is reached when the process has had `seconds` of effective time, or used as much processor time, since
    moments after the last `restart`; and in any case after 20 times as much wall time. Where the system does not tell
    how long a process waited for a processor, the limit is on processor time, with three times as much wall time as
    its cap.
    """

    def __init__(self, pid: Callable[[], int], seconds: float) -> None:
        """Start counting; `pid` is asked for only when something takes long."""
        self._pid = pid
        self._seconds = seconds
        self.restart()

    def restart(self) -> None:
        """Count from now on."""
        self._began = time.monotonic()
        # Most of what is timed is over before it is worth a look at what the process has had so far.
        self._waited: dict[int, float] | None = None
        self._used = 0.0
        self._looked = False

    def grant(self, seconds: float) -> None:
        """Give the process some more time."""
        self._began += seconds

    def remaining(self) -> float:
        """Return in how many seconds the limit can be reached at the earliest; 0 if it is reached."""
        wall = time.monotonic() - self._began
        if not self._looked:
            if wall < _FIRST_LOOK:
                return _FIRST_LOOK - wall
            self._look()
            return self._seconds
        if wall < self._seconds:
            return max(_SHORTEST_LOOK, self._seconds - wall)
        pid = self._pid()
        used = processor_seconds(pid) - self._used
        now = waits(pid)
        if now is None or self._waited is None:
            left = min(self._seconds - used, _BLIND_CAP * self._seconds - wall)
        else:
            before = self._waited
            waited = max((seconds - before.get(tid, 0.0) for tid, seconds in now.items()), default=0.0)
            left = min(self._seconds - used, self._seconds - (wall - waited), _CAP * self._seconds - wall)
        return max(_SHORTEST_LOOK, left) if left > 0 else 0.0

    def _look(self) -> None:
        """Measure what the process has had, and count from here: the moments before are a gift."""
        pid = self._pid()
        self._waited = waits(pid)
        self._used = processor_seconds(pid)
        self._began = time.monotonic()
        self._looked = True


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process so far; 0 where that cannot be known."""
    if sys.platform != "linux":
        return 0.0
    # The number of a process's clock is derived from its pid, see clock_getcpuclockid(3); reading it costs one system
    # call and is exact, which /proc is not.
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except (OSError, OverflowError):
        return 0.0


def waits(pid: int) -> dict[int, float] | None:
    """Return for how many seconds each thread of a process has waited for a processor; None where it is not known."""
    try:
        tasks = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208  # a hot path
    except OSError:
        return None if not Path("/proc/self/schedstat").exists() else {}
    found = {}
    for tid in tasks:
        try:
            with open(f"/proc/{pid}/task/{tid}/schedstat", "rb", buffering=0) as file:  # noqa: PTH123
                found[int(tid)] = int(file.read(100).split()[1]) / 1e9
        except (OSError, IndexError):
            continue
    return found if found or Path("/proc/self/schedstat").exists() else None
