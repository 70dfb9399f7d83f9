"""Places for calls in flight: who may send a request, and when.

One queue per backend, served by the units' priority, so that early units finish first. A request is let in when the
run has a place for each of its draws, its backend's throttle allows them, and its backend's rates have room. Nobody
polls: the queues are looked at when something is given back, and at the moment when a pause or a bucket allows more.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from cotbench.core.errors import BackendError
from cotbench.core.message import Completion, Request
from cotbench.engine.bucket import Bucket, Rates
from cotbench.engine.observer import Observer, Silent
from cotbench.engine.retry import RetryPolicy
from cotbench.engine.throttle import Throttle

_REFUSALS = ("rate", "overload")
_BYTES_PER_TOKEN = 4
_FRAME = 4
"""Tokens that mark the beginning and end of one message."""


def expected_tokens(request: Request, draws: int) -> int:
    """Return what a request may use at most: its prompt, by a rule of thumb, and full replies."""
    prompt = sum(len(message.content.encode()) // _BYTES_PER_TOKEN + _FRAME for message in request.messages)
    return prompt + draws * request.sampling.max_tokens


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to one request in flight; `number` counts the requests of its backend."""

    lane: _Lane
    draws: int
    tokens: int
    number: int


@dataclass(order=True, slots=True)
class _Waiter:
    priority: int
    order: int
    draws: int = field(compare=False)
    tokens: int = field(compare=False)
    place: asyncio.Future[Ticket] = field(compare=False)


class _Lane:
    """The way to one backend: who waits for it, how many are on it, and what holds them back."""

    def __init__(self, name: str, throttle: Throttle, rates: Rates, now: float) -> None:
        self.name = name
        self.throttle = throttle
        self.requests = Bucket(rates.requests, now) if rates.requests is not None else None
        self.tokens = Bucket(rates.tokens, now) if rates.tokens is not None else None
        self.in_flight = 0
        self.waiting: list[_Waiter] = []

    def first(self) -> _Waiter | None:
        """Return whose turn it is; those who gave up are forgotten."""
        while self.waiting and self.waiting[0].place.done():
            heapq.heappop(self.waiting)
        return self.waiting[0] if self.waiting else None

    def wait(self, waiter: _Waiter, now: float) -> float | None:
        """Return the seconds until a waiter may go, None if that depends on others coming back."""
        if not _fits(waiter.draws, self.in_flight, self.throttle.limit):
            return None
        waits = [self.throttle.opens - now]
        if self.requests is not None:
            waits.append(self.requests.wait(1, now))
        if self.tokens is not None:
            waits.append(self.tokens.wait(waiter.tokens, now))
        return max(0.0, *waits)

    def send(self, waiter: _Waiter, now: float) -> Ticket:
        """Take everything that a request needs."""
        heapq.heappop(self.waiting)
        self.in_flight += waiter.draws
        if self.requests is not None:
            self.requests.take(1, now)
        if self.tokens is not None:
            self.tokens.take(waiter.tokens, now)
        return Ticket(self, waiter.draws, waiter.tokens, self.throttle.sent())


class Places:
    """At most `size` draws in flight over all backends; `rates` hold for each backend by itself.

    A request of more draws than there are places goes alone.
    """

    def __init__(
        self,
        size: int,
        rates: Rates | None = None,
        policy: RetryPolicy | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.size = size
        self._rates = rates or Rates()
        self._policy = policy or RetryPolicy()
        self._observer = observer or Silent()
        self._in_flight = 0
        self._lanes: dict[str, _Lane] = {}
        self._order = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None

    async def take(self, backend: str, draws: int, tokens: int, priority: int) -> Ticket:
        """Wait until a request may be sent; whoever gets the ticket must `settle` it or `give_back` it."""
        loop = asyncio.get_running_loop()
        lane = self._lanes.get(backend)
        if lane is None:
            lane = _Lane(backend, Throttle(self.size, self._policy), self._rates, loop.time())
            self._lanes[backend] = lane
        place: asyncio.Future[Ticket] = loop.create_future()
        heapq.heappush(lane.waiting, _Waiter(priority, next(self._order), draws, tokens, place))
        self._serve()
        try:
            return await place
        except asyncio.CancelledError:
            if not place.cancelled():
                self.give_back(place.result())
            # Somebody may have waited behind this one.
            self._serve()
            raise

    def give_back(self, ticket: Ticket) -> None:
        """Give back a ticket whose request was not sent: it counts for nothing."""
        self._release(ticket)
        for bucket, amount in ((ticket.lane.requests, 1), (ticket.lane.tokens, ticket.tokens)):
            if bucket is not None:
                bucket.give(amount, _now())
        self._serve()

    def settle(self, ticket: Ticket, call: asyncio.Future[Sequence[Completion]]) -> None:
        """Give the places of a call back that has ended, and learn from how it ended."""
        self._release(ticket)
        if not call.cancelled():
            error = call.exception()
            if error is None:
                self._answered(ticket, call.result())
            elif isinstance(error, BackendError) and error.kind in _REFUSALS:
                self._refused(ticket, error)
        self._serve()

    def _answered(self, ticket: Ticket, replies: Sequence[Completion]) -> None:
        lane = ticket.lane
        used = sum(reply.usage.total for reply in replies)
        # Of a provider that does not count, the reservation is the best that is known.
        if lane.tokens is not None and used:
            lane.tokens.give(ticket.tokens - used, _now())
        if lane.throttle.answered(ticket.number):
            self._tell(lane)

    def _refused(self, ticket: Ticket, error: BackendError) -> None:
        lane = ticket.lane
        if lane.tokens is not None:
            lane.tokens.give(ticket.tokens, _now())
        if lane.throttle.refused(ticket.number, error.retry_after, _now()):
            self._tell(lane)

    def _release(self, ticket: Ticket) -> None:
        self._in_flight -= ticket.draws
        ticket.lane.in_flight -= ticket.draws

    def _tell(self, lane: _Lane) -> None:
        throttle = lane.throttle
        self._observer.concurrency_changed(lane.name, throttle.limit, throttle.full, max(0.0, throttle.opens - _now()))

    def _serve(self) -> None:
        """Let in everybody who may go, by priority, and come back when time alone lets the next one in."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        while True:
            now = _now()
            queues = [(waiter, lane) for lane in self._lanes.values() if (waiter := lane.first()) is not None]
            waits = [(lane.wait(waiter, now), waiter, lane) for waiter, lane in queues]
            ready = [(waiter, lane) for wait, waiter, lane in waits if wait == 0.0]
            if not ready:
                break
            waiter, lane = min(ready, key=lambda pair: pair[0])
            if not _fits(waiter.draws, self._in_flight, self.size):
                # Smaller requests of another backend must not keep it waiting for ever.
                return
            self._in_flight += waiter.draws
            waiter.place.set_result(lane.send(waiter, now))
        later = [wait for wait, _, _ in waits if wait is not None]
        if later:
            self._alarm = asyncio.get_running_loop().call_later(min(later), self._serve)


def _fits(draws: int, in_flight: int, limit: int) -> bool:
    return in_flight == 0 or in_flight + draws <= limit


def _now() -> float:
    return asyncio.get_running_loop().time()
