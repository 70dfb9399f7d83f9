"""Token buckets: so much per minute, spread evenly, with at most one second's worth saved up."""

from __future__ import annotations

from dataclasses import dataclass

_CLOSE = 1e-9
"""What is missing by no more than this is missing by rounding only."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What one backend may be asked for in a minute; None means that nobody counts."""

    requests: int | None = None
    tokens: int | None = None


class Bucket:
    """Fills by `per_minute` / 60 each second. Moments are in seconds of any clock that never goes back.

    In any span of t seconds at most one second's worth (and at least 1) more than `per_minute` · t / 60 is taken,
    what is still owed for the last taking left aside.
    """

    def __init__(self, per_minute: int, now: float) -> None:
        self._rate = per_minute / 60.0
        self._most = max(1.0, self._rate)
        self._level = self._most
        self._at = now

    def wait(self, amount: float, now: float) -> float:
        """Return the seconds until `amount` can be taken. More than a full bucket waits for a full one."""
        self._fill(now)
        missing = min(amount, self._most) - self._level
        return missing / self._rate if missing > _CLOSE else 0.0

    def take(self, amount: float, now: float) -> None:
        """Take `amount`; what is not there is owed, and everybody after waits for it."""
        self._fill(now)
        self._level -= amount

    def give(self, amount: float, now: float) -> None:
        """Put back what was taken and not used; a negative amount is what was used beyond it."""
        self._fill(now)
        self._level = min(self._most, self._level + amount)

    def _fill(self, now: float) -> None:
        self._level = min(self._most, self._level + (now - self._at) * self._rate)
        self._at = now
