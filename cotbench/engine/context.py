"""The engine's side of a strategy's Context: paths become ledger keys, requests become rows."""

from __future__ import annotations

import asyncio
import functools
import itertools
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import overload

from cotbench.core.errors import BackendError, BudgetReached, FaultKind
from cotbench.core.ids import call_key, seeded
from cotbench.core.message import CallPlace, Completion, Finish, Message, Reply, Request, Sampling, Schema, Usage
from cotbench.core.problem import Case
from cotbench.core.protocols import Author, Backend, Budget
from cotbench.core.trial import Trial
from cotbench.core.verdict import Verdict
from cotbench.engine.budget import Hold, Purse
from cotbench.engine.ledger import Ledger
from cotbench.engine.observer import Observer
from cotbench.engine.places import Places, expected_tokens
from cotbench.engine.retry import RetryPolicy, with_retries
from cotbench.engine.trying import TryOut

_OUTCOMES: dict[FaultKind, Finish] = {"content": "refusal", "context": "overflow"}
"""Faults that are the outcome of one call, whatever is tried again."""


@dataclass(slots=True)
class UnitDesk:
    """What all contexts of one unit share. It does not hold the problem, so that no context leads to hidden cases."""

    problem: str
    unit: int
    priority: int
    seed: tuple[object, ...]
    budget: Budget
    sampling: Sampling
    backends: dict[Author, Backend]
    ledger: Ledger
    try_out: TryOut
    places: Places
    retry: RetryPolicy
    observer: Observer
    purse: Purse = field(default_factory=Purse)
    stopped: BudgetReached | None = None
    counters: Counter[str] = field(default_factory=Counter)
    asked: set[str] = field(default_factory=set)
    in_flight: set[asyncio.Task[list[Completion]]] = field(default_factory=set)

    async def draws(self, path: str, request: Request, first: int, count: int, by: Author) -> list[Reply]:
        """Return the replies to draws `first` … of a request: from the ledger, or else from the backend.

        Where a cap is reached on the way these are the first ones. Raises BudgetReached where there is none.
        """
        backend = self.backends[by]
        found: dict[int, Completion] = {}
        missing: list[int] = []
        for draw in range(first, first + count):
            key = call_key(self.problem, self.unit, path, draw)
            if key in self.asked:
                raise RuntimeError(f"the strategy asked twice under one label: {key}")
            self.asked.add(key)
            kept = self.ledger.find(self.problem, self.unit, path, draw, backend.name, request)
            if kept is None:
                missing.append(draw)
            else:
                found[draw] = kept
                self.observer.call_ended(self.problem, self.unit, kept, replayed=True)
        # A response may hold fewer replies than it was asked for: they are kept, and only the rest is asked for again.
        while missing:
            grant = await self.purse.hold(self.problem, backend.name, request, _runs(missing, backend.max_draws))
            self.stopped = grant.stopped or self.stopped
            tasks = [
                asyncio.ensure_future(self._ask(backend, path, request, group, hold)) for group, hold in grant.requests
            ]
            try:
                for completions in await asyncio.gather(*tasks):
                    found.update(completions)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                for _, hold in grant.requests:
                    hold.end()
            missing = [] if self.stopped is not None else [draw for draw in missing if draw not in found]
        got = list(itertools.takewhile(found.__contains__, range(first, first + count)))
        if not got and self.stopped is not None:
            raise self.stopped
        return [self._reply(path, draw, found[draw]) for draw in got]

    async def settle(self) -> None:
        """Wait for the calls in flight: they are paid for, so they become rows although nobody waits for them."""
        await asyncio.gather(*self.in_flight, return_exceptions=True)

    def abandon(self) -> None:
        """Cancel the calls in flight."""
        for task in self.in_flight:
            task.cancel()

    async def _ask(
        self, backend: Backend, path: str, request: Request, draws: range, hold: Hold
    ) -> dict[int, Completion]:
        """Make one request, again while it fails and may be tried again; return what came, nothing after a cap."""

        async def call() -> list[Completion]:
            tokens = expected_tokens(request, len(draws))
            ticket = await self.places.take(backend.name, len(draws), tokens, self.priority)
            try:
                hold.check()
            except BudgetReached:
                self.places.give_back(ticket)
                raise
            task = asyncio.create_task(self._call(backend, path, request, draws, hold))
            hold.made_by(task)
            task.add_done_callback(functools.partial(self.places.settle, ticket))
            self.in_flight.add(task)
            task.add_done_callback(self.in_flight.discard)
            # A sibling's failure cancels this branch, but not what is being paid for.
            return await asyncio.shield(task)

        def retried(error: BackendError, wait: float) -> None:
            self.counters[f"retried after {error.kind}"] += 1
            self.observer.call_retried(self.problem, self.unit, error.message, wait)

        self.ledger.announce(request)
        try:
            return dict(zip(draws, await with_retries(call, self.retry, retried), strict=False))
        except BudgetReached as error:
            self.stopped = error
            return {}

    async def _call(self, backend: Backend, path: str, request: Request, draws: range, hold: Hold) -> list[Completion]:
        placed = replace(
            request,
            key="/".join(map(str, (*self.seed, path, draws.start))),
            place=CallPlace(self.problem, self.unit, path, draws.start),
        )
        try:
            completions = await backend.complete(placed, len(draws))
        except BackendError as error:
            finish = _OUTCOMES.get(error.kind)
            if finish is None:
                raise
            # The same request would be refused for ever: that is its outcome, and no reason to lose the unit.
            completions = [Completion("", Usage(), finish, 0.0, 0.0) for _ in draws]
        if not 0 < len(completions) <= len(draws):
            raise BackendError(
                f"{backend.name} gave {len(completions)} replies, {len(draws)} were asked for", kind="server"
            )
        # No await between the reply and its row: what was paid for is written down at once.
        stored = self.ledger.record(self.problem, self.unit, path, draws.start, backend.name, request, completions)
        hold.paid(stored)
        for completion in stored:
            self.observer.call_ended(self.problem, self.unit, completion, replayed=False)
        return stored

    def _reply(self, path: str, draw: int, completion: Completion) -> Reply:
        if completion.finish != "stop":
            self.counters[f"reply ended by {completion.finish}"] += 1
        return Reply(completion.text, completion.finish, call_key(self.problem, self.unit, path, draw))


class UnitContext:
    """The Context of a strategy: a path in one unit."""

    __slots__ = ("__desk", "_path", "_rng")

    def __init__(self, desk: UnitDesk, path: str = "") -> None:
        self.__desk = desk
        self._path = path
        self._rng = seeded(*desk.seed, path)

    @property
    def path(self) -> str:
        return self._path

    @property
    def rng(self) -> random.Random:
        return self._rng

    @property
    def budget(self) -> Budget:
        return self.__desk.budget

    @overload
    async def ask(
        self,
        messages: Sequence[Message],
        *,
        by: Author = "code",
        schema: Schema | None = None,
        stop: tuple[str, ...] = (),
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> Reply: ...

    @overload
    async def ask(
        self,
        messages: Sequence[Message],
        *,
        n: int,
        first: int = 0,
        by: Author = "code",
        schema: Schema | None = None,
        stop: tuple[str, ...] = (),
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> tuple[Reply, ...]: ...

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        n: int | None = None,
        first: int = 0,
        by: Author = "code",
        schema: Schema | None = None,
        stop: tuple[str, ...] = (),
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> Reply | tuple[Reply, ...]:
        sampling = self.__desk.sampling
        if temperature is not None:
            sampling = replace(sampling, temperature=temperature)
        if max_tokens is not None and not self.__desk.backends[by].thinks:
            sampling = replace(sampling, max_tokens=min(max_tokens, sampling.max_tokens))
        request = Request(tuple(messages), sampling, schema, stop)
        replies = await self.__desk.draws(self._path, request, first, 1 if n is None else n, by)
        return replies[0] if n is None else tuple(replies)

    async def judge_public(self, code: str) -> Verdict:
        return (await self.trial(code)).verdict()

    async def trial(self, code: str, cases: Sequence[Case] | None = None, *, compare: bool = True) -> Trial:
        return await self.__desk.try_out(self._path, code, cases, compare)

    def child(self, label: str) -> UnitContext:
        return UnitContext(self.__desk, f"{self._path}/{label}" if self._path else label)

    def note(self, event: str) -> None:
        self.__desk.counters[event] += 1


def _runs(draws: list[int], most: int) -> list[range]:
    """Group draw numbers into runs of consecutive ones, each at most `most` long."""
    groups: list[range] = []
    for draw in draws:
        if groups and groups[-1].stop == draw and len(groups[-1]) < most:
            groups[-1] = range(groups[-1].start, draw + 1)
        else:
            groups.append(range(draw, draw + 1))
    return groups
