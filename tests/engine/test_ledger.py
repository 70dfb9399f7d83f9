"""The ledger and the context: draws stay apart, paid calls are not made again, a changed request is named."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from cotbench.core.errors import BackendError, LedgerMismatch
from cotbench.core.message import Completion, Message, Request, Sampling, Usage, user
from cotbench.core.problem import CallCase, Entry, Problem
from cotbench.core.protocols import Budget
from cotbench.engine.context import UnitContext, UnitDesk
from cotbench.engine.judging import Judge
from cotbench.engine.ledger import Ledger
from cotbench.engine.observer import Silent
from cotbench.engine.places import Places
from cotbench.engine.retry import RetryPolicy
from cotbench.engine.trying import Trials
from cotbench.grading import SandboxGrader
from cotbench.store import RunWriter, read_rows, read_texts

PROBLEM = Problem("a/b::c", "s", Entry("function", "f"), (CallCase((1,), 2),), (CallCase((0,), 1),))
QUESTION = [user("question")]


class Counting:
    """A backend that numbers its replies and remembers how many draws each request asked for."""

    name = "counting"
    thinks = False

    def __init__(self, faults: int = 0, most: int = 2, gives: int = 100) -> None:
        self.max_draws = most
        self.gives = gives
        self.given = 0
        self.groups: list[int] = []
        self.requests: list[Request] = []
        self.faults = faults

    async def start(self) -> None: ...

    async def aclose(self) -> None: ...

    async def complete(self, request: Request, draws: int) -> Sequence[Completion]:
        await asyncio.sleep(0)
        if self.faults:
            self.faults -= 1
            raise BackendError("busy", kind="rate")
        self.groups.append(draws)
        self.requests.append(request)
        draws = min(draws, self.gives)
        first = self.given
        self.given += draws
        return [Completion(f"reply {first + i} \ud800", Usage(1, 2), "stop", 0.5, 0.1) for i in range(draws)]


def context(path: Path, backend: Counting, seed: int = 0) -> tuple[UnitContext, RunWriter, Counter[str]]:
    rows = read_rows(path)
    writer = RunWriter(path)
    counters: Counter[str] = Counter()
    desk = UnitDesk(
        problem=PROBLEM.id,
        unit=0,
        priority=0,
        seed=(seed,),
        budget=Budget(3),
        sampling=Sampling(0.5, 0.9, 100),
        backends={"code": backend, "idea": backend},
        ledger=Ledger(writer, rows.calls, set(read_texts(path))),
        try_out=Trials(Judge(SandboxGrader(slots=1), None), writer, {}, "1").of_unit(PROBLEM, 0),
        places=Places(4),
        retry=RetryPolicy(tries=3, first=0.001, longest=0.001),
        observer=Silent(),
        counters=counters,
    )
    return UnitContext(desk), writer, counters


def test_draws_are_grouped_kept_apart_and_extended(tmp_path: Path) -> None:
    backend = Counting()
    ctx, writer, _ = context(tmp_path, backend)
    first = asyncio.run(ctx.ask(QUESTION, n=3))
    writer.close()
    assert sorted(backend.groups) == [1, 2]
    assert len({reply.text for reply in first}) == 3
    assert len({reply.call for reply in first}) == 3
    again = Counting()
    ctx, writer, _ = context(tmp_path, again)
    more = asyncio.run(ctx.ask(QUESTION, n=5))
    writer.close()
    assert again.groups == [2]
    assert more[:3] == first
    assert len(read_texts(tmp_path)) == 1, "a prompt is stored once"


def test_replies_that_came_are_kept_and_only_the_rest_is_asked_for(tmp_path: Path) -> None:
    backend = Counting(most=8, gives=3)
    ctx, writer, _ = context(tmp_path, backend)
    replies = asyncio.run(ctx.ask(QUESTION, n=8))
    writer.close()
    assert backend.groups == [8, 5, 2]
    assert [reply.text for reply in replies] == [f"reply {i} ?" for i in range(8)]
    assert len(read_rows(tmp_path).calls) == 8


@pytest.mark.parametrize(("gives", "kept"), [(3, 3), (0, 0)])
def test_what_came_before_a_fault_is_kept(tmp_path: Path, gives: int, kept: int) -> None:
    backend = Counting(most=4, gives=gives)
    ctx, writer, counters = context(tmp_path, backend)
    asked = backend.complete

    async def fails_later(request: Request, draws: int) -> Sequence[Completion]:
        if backend.given:
            raise BackendError("no", kind="request")
        return await asked(request, draws)

    backend.complete = fails_later  # type: ignore[method-assign]
    with pytest.raises(BackendError):
        asyncio.run(ctx.ask(QUESTION, n=4))
    writer.close()
    assert counters == ({} if gives else {"retried after server": 2}), "a response without a reply is a fault"
    again = Counting(most=4)
    ctx, writer, _ = context(tmp_path, again)
    assert len(asyncio.run(ctx.ask(QUESTION, n=4))) == 4
    writer.close()
    assert again.groups == [4 - kept]


def test_what_is_replayed_equals_what_was_said(tmp_path: Path) -> None:
    ctx, writer, _ = context(tmp_path, Counting())
    said = asyncio.run(ctx.child("x").ask(QUESTION))
    writer.close()
    ctx, writer, _ = context(tmp_path, Counting())
    assert asyncio.run(ctx.child("x").ask(QUESTION)) == said
    writer.close()


@pytest.mark.parametrize(
    ("messages", "temperature", "field"), [([user("other")], None, "messages"), (QUESTION, 0.1, "temperature")]
)
def test_a_changed_request_is_refused_by_name(
    tmp_path: Path, messages: list[Message], temperature: float | None, field: str
) -> None:
    ctx, writer, _ = context(tmp_path, Counting())
    asyncio.run(ctx.ask(QUESTION))
    writer.close()
    ctx, writer, _ = context(tmp_path, Counting())
    with pytest.raises(LedgerMismatch, match=f"another {field}"):
        asyncio.run(ctx.ask(messages, temperature=temperature))
    writer.close()


def test_asking_twice_under_one_label_is_a_fault_of_the_strategy(tmp_path: Path) -> None:
    async def twice() -> None:
        ctx, writer, _ = context(tmp_path, Counting())
        with writer:
            await ctx.ask(QUESTION)
            await ctx.child("below").ask(QUESTION)
            await ctx.ask(QUESTION)

    with pytest.raises(RuntimeError, match="twice"):
        asyncio.run(twice())


def test_retries_are_counted_and_only_replies_are_rows(tmp_path: Path) -> None:
    ctx, writer, counters = context(tmp_path, Counting(faults=2))
    asyncio.run(ctx.ask(QUESTION))
    writer.close()
    assert counters == {"retried after rate": 2}
    assert len(read_rows(tmp_path).calls) == 1


def test_a_strategy_can_only_lower_the_token_limit_and_not_for_a_model_that_thinks(tmp_path: Path) -> None:
    for thinks, asked, got in ((False, 10, 10), (False, 999, 100), (True, 10, 100)):
        backend = Counting()
        backend.thinks = thinks
        ctx, writer, _ = context(tmp_path / f"{thinks}{asked}", backend)
        (tmp_path / f"{thinks}{asked}").mkdir()
        asyncio.run(ctx.ask(QUESTION, max_tokens=asked))
        writer.close()
        assert backend.requests[0].sampling.max_tokens == got


def test_random_numbers_depend_on_seed_and_path_only(tmp_path: Path) -> None:
    first, writer, _ = context(tmp_path, Counting())
    second, _, _ = context(tmp_path, Counting())
    other, _, _ = context(tmp_path, Counting(), seed=1)
    draws = [ctx.child("a").child("b").rng.random() for ctx in (first, second, other)]
    assert draws[0] == draws[1] != draws[2]
    assert first.child("a").rng.random() != first.child("b").rng.random()
    assert first.child("a").child("b").path == "a/b"
    writer.close()


def test_a_context_shows_nothing_hidden(tmp_path: Path) -> None:
    ctx, writer, _ = context(tmp_path, Counting())
    public = {name for name in dir(ctx) if not name.startswith("_")}
    assert public == {"ask", "budget", "child", "judge_public", "note", "path", "rng", "trial"}
    assert not any(isinstance(getattr(ctx, name), Problem | UnitDesk) for name in public)
    verdict = asyncio.run(ctx.judge_public("def f(x):\n    return x + 1\n"))
    assert (verdict.outcome, verdict.total) == ("passed", len(PROBLEM.public))
    writer.close()
