"""Budgets: no call begins unless all that is spent, all that is in flight and the call itself fit under every cap.

A call in flight is reserved at what it may cost at most: its prompt, estimated, and the whole reply limit for each
draw. When a call fits only without the calls in flight, it waits for them; when it does not fit at all, the cap is
reached, for good: what is left would only buy thoughts whose programs can no longer be paid for.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cotbench.core.budget import RESOURCES, Caps, Price, Resource, Scope, Spent, amount, flag_of, setting_of
from cotbench.core.errors import BudgetReached
from cotbench.core.message import Completion, Message, Request, Usage
from cotbench.store.manifest import Session
from cotbench.store.rows import CallRow
from cotbench.store.spending import asking_seconds, spent_on, wall_seconds

BYTES_PER_TOKEN = (2.8, 4.4)
"""The fewest and the most bytes of a prompt to a token that are usual in statements and programs in English.

Measured with the embedded models: 2.9 to 4.8, median 3.7.
"""

TEMPLATE_TOKENS = 24
"""Tokens that a chat template adds to a conversation (ChatML with a system line: 24)."""

_NO_CAPS = Caps()


def prompt_tokens(messages: Sequence[Message]) -> tuple[int, int]:
    """Return how many tokens a conversation has at the least and at the most, by its length in bytes."""
    size = sum(len(message.content.encode("utf-8", "replace")) for message in messages)
    fewest, most = BYTES_PER_TOKEN
    return math.ceil(size / most), math.ceil(size / fewest) + TEMPLATE_TOKENS


class Account:
    """One set of caps, what was spent under it, and what is reserved for requests in flight.

    Its clock runs on from the `seconds` of earlier sessions. A cap that was reached once stays reached.
    """

    def __init__(self, scope: Scope, name: str, caps: Caps, spent: Spent, seconds: float) -> None:
        self._scope: Scope = scope
        self._name = name
        self._caps = caps
        self._spent = spent
        self._began = time.monotonic() - seconds
        self._reserved = Spent()
        self._open = 0
        self._reached: BudgetReached | None = None
        self.turn = asyncio.Lock()

    @property
    def idle(self) -> bool:
        """Whether nothing is reserved."""
        return self._open == 0

    def excess(self, most: Spent, *, rest: bool = False) -> BudgetReached | None:
        """Return the cap that a request would go over, calls in flight not counted, or that was reached before.

        `rest` says that a smaller request of the same kind may fit.
        """
        if self._reached is not None:
            return self._reached
        return self.over(most, rest=rest)

    def has_room(self, most: Spent) -> bool:
        """Return whether a request fits beside those in flight."""
        whole = self._spent + self._reserved + most
        return all((cap := self._caps.of(name)) is None or (whole.of(name) or 0) <= cap for name in RESOURCES)

    def over(self, most: Spent, *, rest: bool = True) -> BudgetReached | None:
        """Return the cap that a request goes over which had its place under it: time went by, or others cost more."""
        return next(filter(None, (self._over(resource, most, rest) for resource in RESOURCES)), None)

    def close(self, reached: BudgetReached) -> None:
        """Let no further request through, however small: the cap of this account is reached."""
        if self._reached is None and reached.per_problem == (self._scope == "problem"):
            self._reached = reached

    def reserve(self, most: Spent) -> None:
        """Set aside what a request may cost."""
        self._open += 1
        self._reserved += most

    def settle(self, most: Spent, cost: Spent) -> None:
        """Give back what was set aside, and spend what the request cost."""
        self._open -= 1
        # From nothing anew when nothing is in flight: differences of fractions leave a remainder.
        self._reserved = self._reserved - most if self._open else Spent()
        self._spent += cost

    def _over(self, resource: Resource, most: Spent, rest: bool) -> BudgetReached | None:
        cap = self._caps.of(resource)
        if cap is None:
            return None
        spent = (time.monotonic() - self._began) / 60 if resource == "minutes" else self._spent.of(resource) or 0
        more = most.of(resource) or 0
        if spent < cap and spent + more <= cap:
            return None
        setting = setting_of(resource, self._scope)
        on = f" on {self._name}" if self._scope == "problem" else ""
        why = "" if rest or spent >= cap else f": the next request may take {amount(resource, more)}, more than is left"
        return BudgetReached(
            f"{flag_of(setting)} {cap:g} is reached{on}{why}",
            setting=setting,
            cap=cap,
            per_problem=self._scope == "problem",
        )


class Hold:
    """What is reserved for one request until it is `paid`, or until it `ends` without having been."""

    def __init__(self, accounts: tuple[Account, ...], most: Spent, changed: Callable[[], None]) -> None:
        self._accounts = accounts
        self._most = most
        self._changed = changed
        self._open = True
        self._task: asyncio.Task[list[Completion]] | None = None
        for account in accounts:
            account.reserve(most)

    def made_by(self, task: asyncio.Task[list[Completion]]) -> None:
        """Remember the task that makes the request: it may pay although nobody waits for it any more."""
        self._task = task

    def check(self) -> None:
        """Look again when the request has its turn. Raises BudgetReached if it must not be made any more."""
        for account in self._accounts:
            if (over := account.over(self._most)) is not None:
                raise over

    def paid(self, completions: Sequence[Completion]) -> None:
        """Spend what the answered request really cost. Replies taken over from elsewhere cost nothing."""
        bought = [completion for completion in completions if not completion.source]
        self._close(sum((Spent(reply.usd, reply.usage.total, 1) for reply in bought), Spent()))

    def end(self) -> None:
        """Give back what is not paid: now, or at the end of the task that still makes the request."""
        if self._task is None or self._task.done():
            self._close(Spent())
        else:
            self._task.add_done_callback(lambda _: self._close(Spent()))

    def _close(self, cost: Spent) -> None:
        if self._open:
            self._open = False
            for account in self._accounts:
                account.settle(self._most, cost)
            self._changed()


@dataclass(frozen=True, slots=True)
class Grant:
    """The requests that may be made, each with its hold; `stopped` is the cap that let none through."""

    requests: tuple[tuple[range, Hold], ...]
    stopped: BudgetReached | None


class Purse:
    """The accounts of a run and of each of its problems, and the prices by which requests are reserved.

    It begins with what earlier sessions spent: their calls, the sessions, and the times of all their rows. `prices`
    go by the names of backends.
    """

    def __init__(
        self,
        caps: Caps = _NO_CAPS,
        problem_caps: Caps = _NO_CAPS,
        prices: Mapping[str, Price] | None = None,
        *,
        calls: Iterable[CallRow] = (),
        sessions: Sequence[Session] = (),
        moments: Sequence[float] = (),
    ) -> None:
        self._prices = dict(prices or {})
        self._problem_caps = problem_caps
        self._sessions = sessions
        self._earlier: dict[str, list[CallRow]] = {}
        for row in calls:
            self._earlier.setdefault(row.problem, []).append(row)
        spent = sum((spent_on(rows, self._prices) for rows in self._earlier.values()), Spent())
        self._run = Account("run", "", caps, spent, wall_seconds(sessions, moments))
        self._problems: dict[str, Account] = {}
        self._change = asyncio.Event()

    @property
    def idle(self) -> bool:
        """Whether nothing is reserved."""
        return self._run.idle

    async def hold(self, problem: str, model: str, request: Request, groups: Sequence[range]) -> Grant:
        """Reserve one request per group of draws, waiting for requests in flight where that may help.

        Where the caps allow a part of the draws, it is the first ones; the rest may be asked for again when those are
        paid, because replies seldom take all that they might.
        """
        draws, stopped = sum(map(len, groups)), None
        if not draws:
            return Grant((), None)
        accounts = (self._account(problem), self._run)
        parts: list[Spent] = []
        # One at a time waits for room, in the order of arrival: none is overtaken for ever, and what comes free wakes
        # few. First at its problem, so that those of other problems need not wait for that.
        async with contextlib.AsyncExitStack() as turns:
            for account in accounts:
                await turns.enter_async_context(account.turn)
                while draws:
                    parts = self._parts(model, request, _first(groups, draws))
                    whole = sum(parts, Spent())
                    over = account.excess(whole, rest=draws > 1)
                    if over is not None:
                        draws, stopped = draws - 1, over
                    elif account.has_room(whole):
                        break
                    else:
                        await self._change.wait()
            kept = _first(groups, draws)
            holds = [Hold(accounts, part, self._changed) for part in parts[: len(kept)]]
            if stopped is None or kept:
                return Grant(tuple(zip(kept, holds, strict=True)), None)
            for account in accounts:
                account.close(stopped)
        return Grant((), stopped)

    def _changed(self) -> None:
        self._change.set()
        self._change = asyncio.Event()

    def _parts(self, model: str, request: Request, groups: Sequence[range]) -> list[Spent]:
        """Return what each request may cost at most; each is charged for its prompt."""
        _, prompt = prompt_tokens(request.messages)
        price = self._prices.get(model)
        usages = [Usage(prompt, request.sampling.max_tokens * len(draws)) for draws in groups]
        return [
            Spent(None if price is None else price.usd(usage), usage.total, len(draws))
            for usage, draws in zip(usages, groups, strict=True)
        ]

    def _account(self, problem: str) -> Account:
        found = self._problems.get(problem)
        if found is None:
            rows = self._earlier.get(problem, [])
            seconds = asking_seconds(self._sessions, rows)
            found = Account("problem", problem, self._problem_caps, spent_on(rows, self._prices), seconds)
            self._problems[problem] = found
        return found


def _first(groups: Sequence[range], draws: int) -> list[range]:
    """Return the first so many draws of groups of them."""
    kept: list[range] = []
    for group in groups:
        part = group[: max(0, draws)]
        draws -= len(group)
        if part:
            kept.append(part)
    return kept
