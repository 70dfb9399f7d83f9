"""Searches that look at what programs do: the same whatever order calls finish in, however many attempts are wanted."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import Sequence
from typing import Any

import pytest

from cotbench.core.attempt import Attempt
from cotbench.core.errors import BudgetReached, ConfigurationError
from cotbench.core.ids import text_digest
from cotbench.core.problem import CallCase, Case, Entry, ProblemView
from cotbench.core.trial import Trial
from cotbench.core.verdict import Outcome
from cotbench.strategies import open_strategy, resolve_options
from tests.strategies.fake import STDIN_VIEW, VIEW, FakeContext, Log, collect

TWO = ProblemView("p", VIEW.statement, Entry("function", "add_one"), "", (CallCase((1,), 2), CallCase((2,), 3)))

SEARCHES: list[tuple[str, dict[str, object]]] = [
    ("staged", {}),
    ("staged", {"tries": 2, "failures": False}),
    ("refine", {}),
    ("refine", {"chains": 3, "rounds": 2, "explain": True, "context": "all"}),
    ("refine", {"feedback": "none", "rounds": 1}),
    ("refine", {"feedback": "generated"}),
    ("tree", {}),
    ("tree", {"policy": "ab", "at_once": 3}),
    ("tree", {"policy": "uct", "at_once": 2, "width": 2}),
    ("tree", {"policy": "bfs"}),
    ("tree", {"policy": "hill", "patience": 1}),
]


def answer(path: str, draw: int, prompt: str) -> str:
    if path == "tests":
        return "```python\nassert add_one(4) == 5\n```"
    return f"```python\ndef add_one(x):\n    return '{text_digest(f'{path}#{draw}')[:9]}'\n```"


def outcome(code: str, case: Case) -> Outcome:
    return "passed" if int(text_digest(f"{code}{case!r}")[:2], 16) % 3 == 0 else "wrong"


class Slow(FakeContext):
    """Takes a random time for everything, so that calls finish in another order each time."""

    order = random.Random(0)
    cap = 1000

    async def ask(self, messages: Sequence[Any], **more: Any) -> Any:
        if len(self.log.calls) + (more.get("n") or 1) > self.cap:
            raise BudgetReached("no more", setting="max_calls", cap=self.cap, per_problem=True)
        replies = await super().ask(messages, **more)
        await asyncio.sleep(self.order.random() / 500)
        return replies

    async def trial(self, code: str, cases: Sequence[Case] | None = None, *, compare: bool = True) -> Trial:
        await asyncio.sleep(self.order.random() / 500)
        return await super().trial(code, cases)

    def child(self, label: str) -> Slow:
        return Slow(self.log, f"{self.path}/{label}" if self.path else label)


def search(
    name: str, options: dict[str, object], attempts: int, seed: int, cap: int = 1000
) -> tuple[list[Attempt], Log]:
    async def collect_all() -> None:
        Slow.order, Slow.cap = random.Random(seed), cap
        log.public = TWO.public
        strategy = open_strategy(name, resolve_options(name, None, options))
        async for attempt in strategy.attempts(TWO, Slow(log)):
            found.append(attempt)

    log = Log(answer, attempts, outcome)
    found: list[Attempt] = []
    with contextlib.suppress(BudgetReached):
        asyncio.run(collect_all())
    return sorted(found, key=lambda attempt: attempt.index), log


@pytest.mark.parametrize(("name", "options"), SEARCHES)
def test_no_order_of_events_changes_a_search(name: str, options: dict[str, object]) -> None:
    (first, log), (again, other) = (search(name, options, 11, seed) for seed in (1, 2))
    assert [attempt.index for attempt in first] == list(range(11))
    assert first == again
    assert log.calls == other.calls
    fewer, _ = search(name, options, 5, 3)
    assert fewer == first[:5], "a larger number of attempts goes on from a smaller one"
    for attempt in first:
        assert attempt.lineage[-1].kind == "code"
        needed = [step.call for step in attempt.lineage if step.kind != "feedback"]
        assert "" not in attempt.calls and set(needed) <= set(attempt.calls) <= set(log.calls)
        # What a program was made from was made before it.
        above = {step.call for step in attempt.lineage[:-1] if step.kind == "code"}
        assert above <= {other.lineage[-1].call for other in first[: attempt.index]}


@pytest.mark.parametrize(("name", "options"), SEARCHES)
@pytest.mark.parametrize("cap", [1, 7, 8])
def test_a_cap_leaves_the_programs_that_were_paid_for(name: str, options: dict[str, object], cap: int) -> None:
    whole, _ = search(name, options, 30, 1)
    attempts, log = search(name, options, 30, 2, cap)
    assert len(attempts) == sum(key.rpartition("#")[0].endswith("code") for key in log.calls)
    assert all(attempt == whole[attempt.index] for attempt in attempts)


@pytest.mark.parametrize("name", ["staged", "refine", "tree"])
def test_without_public_cases_all_attempts_are_draws_and_it_is_noted(name: str) -> None:
    log = Log(lambda path, draw, prompt: "```python\nprint(input())\n```", 6)
    attempts = asyncio.run(collect(open_strategy(name, resolve_options(name, None, {})), log, STDIN_VIEW))
    assert len(attempts) == 6 and len(log.calls) == 6
    assert all(len(attempt.lineage) == 1 for attempt in attempts)
    (note,) = log.notes
    assert note in (
        "no public cases: plain tries only",
        "nothing to look at: chains of one program",
        "no public cases: drafts only",
    )


@pytest.mark.parametrize(
    ("name", "options"), [("staged", {"stop": True, "tries": 2}), ("tree", {"stop": True, "policy": "bfs"})]
)
def test_a_search_may_stop_at_the_first_program_that_passes(name: str, options: dict[str, object]) -> None:
    attempts, _ = search(name, options, 40, 1)
    passing = [
        attempt.index
        for attempt in attempts
        if all(outcome(attempt.code or "", case) == "passed" for case in TWO.public)
    ]
    assert len(attempts) < 40
    assert passing and passing[0] >= len(attempts) - (1 if name == "staged" else 6)


def test_a_reply_without_a_program_is_told_and_repaired() -> None:
    log = Log(lambda path, draw, prompt: "I cannot say.", 3)
    attempts = asyncio.run(collect(open_strategy("refine", resolve_options("refine", None, {"chains": 1})), log))
    assert [attempt.code for attempt in attempts] == [None] * 3
    asked = [conversation[-1].content for conversation in log.conversations.values()]
    assert "Your last reply held no program" in asked[1] and asked[1].startswith(VIEW.statement)
    assert log.notes["no program in reply"] == 3


def test_a_chain_as_one_conversation_holds_all_of_it() -> None:
    options = {"context": "all", "explain": True, "chains": 1}
    log = Log(answer, 3)
    asyncio.run(collect(open_strategy("refine", resolve_options("refine", None, options)), log))
    roles = [[message.role for message in conversation] for conversation in log.conversations.values()]
    assert [len(one) for one in roles] == [1, 3, 5, 7, 9]
    for one in roles:
        assert one == list(itertools.islice(itertools.cycle(["user", "assistant"]), len(one)))
    last = list(log.conversations.values())[-1]
    assert "must return `2`, but it returns `9`" in last[2].content
    assert last[4].content.startswith("Now correct the program.")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("tree", {"policy": "dfs"}),
        ("tree", {"explore": "-1"}),
        ("tree", {"explore": "nan"}),
        ("tree", {"width": 0}),
        ("refine", {"feedback": "hidden"}),
        ("refine", {"rounds": 0}),
        ("staged", {"tries": 0}),
    ],
)
def test_options_that_mean_nothing_are_refused(name: str, options: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        resolve_options(name, None, options)
