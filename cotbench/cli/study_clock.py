"""How far a study is: which of its runs is being made, and the time until all of them have ended."""

from __future__ import annotations

import time
from collections.abc import Sequence


class StudyClock:
    """Counts runs by the calls they are expected to take.

    `weights` are the calls that each run still owes, in any unit; 0 for one that is complete.
    """

    def __init__(self, weights: Sequence[float]) -> None:
        self._weights = tuple(weights)
        self._place = 0
        self._started = time.monotonic()

    def begin(self, place: int) -> None:
        """The run at this place begins."""
        self._place = place

    @property
    def where(self) -> str:
        """Which run of how many."""
        return f"run {self._place + 1} of {len(self._weights)}"

    def words(self, share: float) -> str:
        """Return which run it is and when all will have ended; `share` of this one is done."""
        left = self.seconds_left(share, time.monotonic() - self._started)
        return self.where if left is None else f"{self.where}, all done in {_clock(left)}"

    def seconds_left(self, share: float, elapsed: float) -> float | None:
        """Return the seconds until the last run ends if calls go on as fast; None before anything is done."""
        done = sum(self._weights[: self._place]) + share * self._weights[self._place]
        return elapsed * (sum(self._weights) - done) / done if done > 0 else None


def _clock(seconds: float) -> str:
    whole = int(seconds)
    hours = f"{whole // 3600}:" if whole >= 3600 else ""
    minutes = whole % 3600 // 60
    return f"{hours}{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
