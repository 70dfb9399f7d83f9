"""How hard one backend may be pushed: additive increase, multiplicative decrease, and the pauses it asks for.

A refusal (too many requests, overloaded) halves the number of draws in flight. The requests that were on their way by
then were sent at the old number, so their refusals say nothing new and do not halve it again. Each time as many
requests have been answered as there are places, one place is added, up to the full number.
"""

from __future__ import annotations

from cotbench.engine.retry import RetryPolicy


class Throttle:
    """The state of one backend. Moments are in seconds of the event loop's clock.

    `limit` is how many draws may be in flight now, `full` how many at most; nothing is sent before `opens`.
    """

    def __init__(self, full: int, policy: RetryPolicy) -> None:
        self.full = full
        self.limit = full
        self.opens = 0.0
        self._policy = policy
        self._sent = 0
        self._reduced = 0
        self._strikes = 0
        self._answered = 0

    def sent(self) -> int:
        """Count a request that is sent now and return its number."""
        self._sent += 1
        return self._sent

    def answered(self, number: int) -> bool:
        """Count an answer to a request; return whether the limit was raised."""
        if number <= self._reduced:
            return False
        self._strikes = 0
        self._answered += 1
        if self.limit == self.full or self._answered < self.limit:
            return False
        self._answered = 0
        self.limit += 1
        return True

    def refused(self, number: int, asked: float | None, now: float) -> bool:
        """Count a refusal of a request, `asked` seconds of silence with it; return whether anything changed.

        Where the server names no time, the pause grows with the refusals in a row, as the waits of one call do.
        """
        news = number > self._reduced
        if news:
            self._strikes += 1
            self._answered = 0
            self._reduced = self._sent
            self.limit = max(1, self.limit // 2)
        elif asked is None:
            return False
        before = self.opens
        self.opens = max(self.opens, now + self._policy.wait(self._strikes, asked))
        return news or self.opens > before
