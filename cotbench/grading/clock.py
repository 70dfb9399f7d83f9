"""The clock that ends programs: processor time used, with a generous cap on wall time.

Wall time alone would fail right programs on a busy machine, and processor time alone would never end a program that
sleeps. Everything that decides when a program has had enough time is in this module.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

_SHORTEST_LOOK = 0.002


class Clock:
    """Counts the time of some processes against a limit.

    The limit is reached when they have used `seconds` of processor time together since the last `restart`, or when five
    times that and one second more have passed.
    """

    def __init__(self, pids: Sequence[int], seconds: float) -> None:
        self._pids = tuple(pids)
        self._seconds = seconds
        self._cap = 5 * seconds + 1
        self.restart()

    def restart(self) -> None:
        """Count from now on."""
        self._started = time.monotonic()
        self._used_before = self._used()

    def remaining(self) -> float:
        """Return in how many seconds the limit can be reached at the earliest; 0 if it is reached."""
        processor = self._seconds - (self._used() - self._used_before)
        wall = self._cap - (time.monotonic() - self._started)
        if min(processor, wall) <= 0:
            return 0.0
        return max(_SHORTEST_LOOK, min(processor, wall))

    def _used(self) -> float:
        return sum(map(processor_seconds, self._pids))


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
