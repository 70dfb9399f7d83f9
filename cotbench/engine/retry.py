"""Trying a call again: bounded, with exponential back-off and jitter, only for faults that can pass."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from cotbench.core.errors import BackendError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most `tries` tries; the wait before try i + 1 is `first` · 2^i seconds, at most `longest`, with jitter.

    A wait that the server asks for is honoured up to `patience` seconds.
    """

    tries: int = 8
    first: float = 1.0
    longest: float = 60.0
    patience: float = 600.0

    def wait(self, failures: int, asked: float | None) -> float:
        """Return the seconds to wait after so many failures; a wait the server asked for is honoured."""
        backoff = min(self.longest, self.first * 2.0 ** (failures - 1))
        # Jitter only spreads load over time; no result depends on it, so it needs no seed.
        return max(min(asked or 0.0, self.patience), backoff * random.uniform(0.5, 1.0))


async def with_retries(
    call: Callable[[], Awaitable[T]], policy: RetryPolicy, retried: Callable[[BackendError, float], None]
) -> T:
    """Await `call`, again while it raises a retryable BackendError. Raises the last one when tries run out."""
    failures = 0
    while True:
        try:
            return await call()
        except BackendError as error:
            failures += 1
            if not error.retryable or failures >= policy.tries:
                raise
            wait = policy.wait(failures, error.retry_after)
            retried(error, wait)
            await asyncio.sleep(wait)
