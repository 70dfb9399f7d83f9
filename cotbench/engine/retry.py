"""Trying a call again: bounded, with exponential back-off and jitter, only for faults that can pass."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from cotbench.core.errors import BackendError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most `tries` tries, of which `timeouts` may time out: each of those costs a whole timeout.

    The wait before try i + 1 is `first` · 2^(i - 1) seconds, at most `longest`, less up to half of it by chance. A
    wait that the server asks for is honoured up to `patience` seconds, with up to a tenth more by chance.
    """

    tries: int = 8
    timeouts: int = 3
    first: float = 1.0
    longest: float = 60.0
    patience: float = 600.0

    def wait(self, failures: int, asked: float | None) -> float:
        """Return the seconds to wait after so many failures in a row."""
        # Jitter only spreads load over time; no result depends on it, so it needs no seed.
        backoff = min(self.longest, self.first * 2.0 ** min(failures - 1, 32)) * random.uniform(0.5, 1.0)
        return max(min(asked or 0.0, self.patience) * random.uniform(1.0, 1.1), backoff)


async def with_retries(
    call: Callable[[], Awaitable[T]], policy: RetryPolicy, retried: Callable[[BackendError, float], None]
) -> T:
    """Await `call`, again while it raises a retryable BackendError. Raises the last one when tries run out."""
    failures: Counter[str] = Counter()
    while True:
        try:
            return await call()
        except BackendError as error:
            failures[error.kind] += 1
            spent = failures.total() >= policy.tries or failures["timeout"] >= policy.timeouts
            if not error.retryable or spent:
                raise
            wait = policy.wait(failures.total(), error.retry_after)
            retried(error, wait)
            await asyncio.sleep(wait)
