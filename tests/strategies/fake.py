"""A Context in memory: replies come from a function of path, draw and prompt, and every call is remembered."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from cotbench.core.attempt import Attempt
from cotbench.core.ids import seeded
from cotbench.core.message import Message, Reply, Schema
from cotbench.core.problem import CallCase, Case, Entry, ProblemView
from cotbench.core.protocols import Author, Budget, Strategy
from cotbench.core.trial import CaseResult, Trial
from cotbench.core.verdict import Outcome, Verdict

Answer = Callable[[str, int, str], str]

REFUSED = "I cannot help with that."
"""An answer that counts as a refusal."""

VIEW = ProblemView("p", "Add one to x.", Entry("function", "add_one"), "def add_one(x):\n", (CallCase((1,), 2),))
STDIN_VIEW = ProblemView("q", "Print the sum.", Entry("stdin"), "", ())


class Log:
    """What the contexts of one unit share."""

    def __init__(
        self,
        answer: Answer,
        attempts: int | None,
        outcome: Callable[[str, Case], Outcome] = lambda code, case: "wrong",
    ) -> None:
        self.outcome = outcome
        self.public: tuple[Case, ...] = ()
        self.answer = answer
        self.budget = Budget(attempts)
        self.calls: dict[str, str] = {}
        self.conversations: dict[str, tuple[Message, ...]] = {}
        self.authors: dict[str, Author] = {}
        self.temperatures: dict[str, float | None] = {}
        self.notes: Counter[str] = Counter()


class FakeContext:
    def __init__(self, log: Log, path: str = "") -> None:
        self.log = log
        self.path = path
        self.rng: random.Random = seeded("fake", path)
        self.budget = log.budget

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
    ) -> Any:
        replies = []
        for draw in range(first, first + (n or 1)):
            key = f"{self.path}#{draw}"
            assert key not in self.log.calls, f"asked twice: {key}"
            text = self.log.answer(self.path, draw, messages[-1].content)
            self.log.calls[key] = text
            self.log.conversations[key] = tuple(messages)
            self.log.authors[key] = by
            self.log.temperatures[key] = temperature
            replies.append(Reply(text, "refusal" if text == REFUSED else "stop", key))
        return replies[0] if n is None else tuple(replies)

    async def judge_public(self, code: str) -> Verdict:
        return (await self.trial(code)).verdict()

    async def trial(self, code: str, cases: Sequence[Case] | None = None, *, compare: bool = True) -> Trial:
        chosen = self.log.public if cases is None else cases
        return Trial(tuple(CaseResult(self.log.outcome(code, case), "9", "wrong output") for case in chosen))

    def child(self, label: str) -> FakeContext:
        return FakeContext(self.log, f"{self.path}/{label}" if self.path else label)

    def note(self, event: str) -> None:
        self.log.notes[event] += 1


async def collect(strategy: Strategy, log: Log, view: ProblemView = VIEW) -> list[Attempt]:
    log.public = view.public
    found = [attempt async for attempt in strategy.attempts(view, FakeContext(log))]
    return sorted(found, key=lambda attempt: attempt.index)
