"""Places for calls in flight: a semaphore with weights and priorities, so that early units finish first."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import AsyncIterator


class Places:
    """At most `size` draws in flight. Waiters are served by priority (low first), then in order of arrival."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._free = size
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, int, asyncio.Future[None]]] = []

    @contextlib.asynccontextmanager
    async def taken(self, count: int, priority: int) -> AsyncIterator[None]:
        """Hold `count` places (at most all there are) while the body runs."""
        count = min(count, self.size)
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), count, place))
        self._serve()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._release(count)
            raise
        try:
            yield
        finally:
            self._release(count)

    def _release(self, count: int) -> None:
        self._free += count
        self._serve()

    def _serve(self) -> None:
        while self._waiting:
            _, _, count, place = self._waiting[0]
            if place.done():
                heapq.heappop(self._waiting)
                continue
            if count > self._free:
                return
            heapq.heappop(self._waiting)
            self._free -= count
            place.set_result(None)
