"""Budgets hold under concurrency: what is spent never passes a cap, and nothing that was paid for is lost."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncGenerator, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cotbench.core.attempt import Attempt
from cotbench.core.budget import Caps, Price
from cotbench.core.errors import BackendError, BudgetReached
from cotbench.core.message import Completion, Request, Sampling, Usage, user
from cotbench.core.problem import CallCase, Entry, Problem, ProblemView
from cotbench.core.protocols import Budget, Context
from cotbench.engine.budget import TEMPLATE_TOKENS, Purse, prompt_tokens
from cotbench.engine.context import UnitDesk
from cotbench.engine.judging import Judge
from cotbench.engine.ledger import Ledger
from cotbench.engine.observer import Silent
from cotbench.engine.places import Places
from cotbench.engine.pricing import Priced
from cotbench.engine.retry import RetryPolicy
from cotbench.engine.trying import Trials
from cotbench.engine.unit import UnitEnd, run_unit
from cotbench.engine.verdict_cache import VerdictCache
from cotbench.grading import SandboxGrader
from cotbench.store import CallRow, RunWriter, Session, read_rows
from cotbench.strategies import open_strategy
from cotbench.strategies.shots import few_shot

PRICE = Price(input=2.0, output=10.0)
PROBLEM = Problem("p", "Write `f(x)`: add one.", Entry("function", "f"), (CallCase((1,), 2),), (CallCase((0,), 1),))
CODE = "```python\ndef f(x):\n    return x + 1\n```"
REQUEST = Request((user("q" * 280),), Sampling(max_tokens=100))
MOST = 100 + TEMPLATE_TOKENS + 100
"""The most that one draw of REQUEST may take: 280 bytes are at most 100 tokens."""


@functools.cache
def sandbox() -> SandboxGrader:
    return SandboxGrader(slots=1)


@pytest.fixture(scope="module", autouse=True)
def closing() -> Iterator[None]:
    yield
    sandbox().close()
    sandbox.cache_clear()


class Metered:
    """A backend that reports a given usage for each reply, after a moment in which others are asked, too."""

    name = "metered"
    thinks = False

    def __init__(self, usage: Usage, draws: int = 1, faults: int = 0) -> None:
        self.usage = usage
        self.max_draws = draws
        self.flying = self.most_flying = self.asked = 0
        self.faults = faults

    async def start(self) -> None: ...

    async def aclose(self) -> None: ...

    async def complete(self, request: Request, draws: int) -> Sequence[Completion]:
        self.flying += draws
        self.most_flying = max(self.most_flying, self.flying)
        await asyncio.sleep(0.001)
        self.flying -= draws
        self.asked += 1
        if self.asked <= self.faults:
            raise BackendError("busy", kind="rate")
        return [Completion(CODE, self.usage, "stop", None, 0.0) for _ in range(draws)]


def carried_out(
    path: Path, backend: Metered, caps: Caps, *, strategy: str = "repeated", attempts: int = 64, units: int = 4
) -> list[UnitEnd]:
    """Run units of one strategy side by side, 64 draws in flight, under caps of the run."""
    priced = Priced(backend, PRICE)

    async def session() -> list[UnitEnd]:
        rows = read_rows(path)
        with RunWriter(path) as writer:
            judge, ledger, places = Judge(sandbox(), VerdictCache("1")), Ledger(writer, rows.calls, set()), Places(64)
            purse = Purse(caps, prices={"metered": PRICE}, calls=rows.calls.values())

            async def unit(number: int) -> UnitEnd:
                desk = UnitDesk(
                    problem=PROBLEM.id,
                    unit=number,
                    priority=number,
                    seed=(number,),
                    budget=Budget(attempts),
                    sampling=Sampling(max_tokens=100),
                    backends={"code": priced, "idea": priced},
                    ledger=ledger,
                    try_out=Trials(judge, writer, {}, "1").of_unit(PROBLEM, number),
                    places=places,
                    retry=RetryPolicy(tries=9, first=0.001, longest=0.001),
                    observer=Silent(),
                    purse=purse,
                )
                return await run_unit(open_strategy(strategy, {}), PROBLEM, desk, judge, writer, rows, grader="1")

            return await asyncio.gather(*map(unit, range(units)))

    return asyncio.run(session())


def spent(path: Path) -> tuple[float, int, int]:
    calls = read_rows(path).calls.values()
    return sum(row.usd or 0 for row in calls), sum(row.usage.total for row in calls), len(calls)


def test_a_cap_on_money_holds_with_64_calls_in_flight(tmp_path: Path) -> None:
    """A reply costs 50 · $2 + 100 · $10 per million = $0.0011; a cap of $0.1 pays for 90 of them."""
    backend = Metered(Usage(50, 100))
    ends = carried_out(tmp_path, backend, Caps(usd=0.1), attempts=128)
    usd, _, calls = spent(tmp_path)
    assert backend.most_flying > 32, "the cap must not make the calls wait for each other"
    assert usd <= 0.1
    # It stopped no earlier than a call as dear as calls may be would have passed it.
    prompt = prompt_tokens((user(""),))[1] + 60
    assert usd + (prompt * 2 + 100 * 10) / 1e6 + 0.0011 > 0.1
    assert calls == backend.asked
    assert {end.row.status for end in ends} == {"partial"}
    assert all(end.ended_run and end.row.setting == "max_usd" and end.row.cap == 0.1 for end in ends)
    assert sum(end.row.produced for end in ends) == calls, "every reply that was paid for is an attempt"
    assert len(read_rows(tmp_path).verdicts) == 2 * calls


@pytest.mark.parametrize("draws", [1, 8])
def test_a_cap_on_calls_is_used_up_and_never_passed(tmp_path: Path, draws: int) -> None:
    ends = carried_out(tmp_path, Metered(Usage(50, 10), draws, faults=3), Caps(calls=37))
    assert spent(tmp_path)[2] == 37 == sum(end.row.produced for end in ends)


def test_prompts_longer_than_estimated_pass_a_cap_by_the_calls_in_flight_at_most(tmp_path: Path) -> None:
    backend = Metered(Usage(1000, 100))
    carried_out(tmp_path, backend, Caps(tokens=40_000))
    assert 40_000 - 1100 < spent(tmp_path)[1] <= 40_000 + 64 * 1100


def test_what_was_spent_before_counts_and_a_larger_cap_goes_on(tmp_path: Path) -> None:
    carried_out(tmp_path, Metered(Usage(50, 10)), Caps(calls=10))
    again = Metered(Usage(50, 10))
    ends = carried_out(tmp_path, again, Caps(calls=10))
    assert again.asked == 0
    assert sum(end.row.produced for end in ends) == 10, "what there is is told again"
    more = Metered(Usage(50, 10))
    carried_out(tmp_path, more, Caps(calls=30))
    assert (more.asked, spent(tmp_path)[2]) == (20, 30)
    rest = Metered(Usage(50, 10))
    ends = carried_out(tmp_path, rest, Caps())
    assert spent(tmp_path)[2] == 4 * 64
    assert {end.row.status for end in ends} == {"done"}


@pytest.mark.parametrize("strategy", ["ideasearch", "plansearch"])
def test_a_search_keeps_the_attempts_that_are_complete(tmp_path: Path, strategy: str) -> None:
    """Ideas come in steps; every program that was paid for belongs to an attempt that was judged."""
    ends = carried_out(tmp_path, Metered(Usage(50, 10)), Caps(calls=13), strategy=strategy, attempts=9, units=1)
    rows = read_rows(tmp_path)
    programs = [row for row in rows.calls.values() if row.path.rsplit("/", 1)[-1].startswith("code")]
    assert len(rows.calls) == 13
    assert ends[0].row.status == "partial"
    assert 0 < len(programs) == len(rows.attempts) == ends[0].row.produced
    assert len(rows.verdicts) == 2 * len(programs)


class Deaf:
    """A strategy that takes a cap for an ordinary error and goes on as if nothing was."""

    name = "deaf"

    async def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        for index in range(5):
            try:
                reply = await ctx.child(str(index)).ask([user("q")])
            except Exception:
                continue
            yield Attempt(index, "def f(x):\n    return x + 1\n", (), (reply.call,))


def test_a_strategy_that_does_not_listen_is_stopped_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.engine.test_budget.open_strategy", lambda name, options: Deaf())
    (end,) = carried_out(tmp_path, Metered(Usage(5, 5)), Caps(calls=2), units=1)
    assert (end.row.status, end.row.produced, spent(tmp_path)[2]) == ("partial", 2, 2)


def held(purse: Purse, *, draws: int = 1, problem: str = "p") -> list[int]:
    """Return the draws that are granted, and pay for them what they may cost at most."""
    grant = asyncio.run(purse.hold(problem, "metered", REQUEST, [range(draws)]))
    for group, hold in grant.requests:
        hold.paid([Completion("", Usage(0, 100), "stop", None, 0.0)] * len(group))
    return [len(group) for group, _ in grant.requests]


def test_a_request_is_granted_in_part_where_its_first_draws_fit() -> None:
    assert held(Purse(Caps(tokens=MOST + 250)), draws=4) == [3], "the prompt is charged once: 124 + 3 · 100 ≤ 474"
    assert held(Purse(Caps(tokens=MOST - 1)), draws=4) == []
    assert held(Purse(Caps(tokens=MOST)), draws=1) == [1]
    assert held(Purse(problem_caps=Caps(calls=2)), draws=4) == [2]
    groups = [range(2), range(2, 4)]
    grant = asyncio.run(Purse(Caps(calls=3)).hold("p", "metered", REQUEST, groups))
    assert [group for group, _ in grant.requests] == [range(2), range(2, 3)]
    assert grant.stopped is None, "the rest is asked for again: it may fit when these are paid"


def test_what_did_not_fit_is_asked_again_when_the_rest_cost_less(tmp_path: Path) -> None:
    """A reply takes 10 tokens and may take its prompt and 100: the cap ends the run only when not one more fits."""
    backend = Metered(Usage(5, 5))
    carried_out(tmp_path, backend, Caps(tokens=400), attempts=128, units=1)
    _, tokens, calls = spent(tmp_path)
    most = prompt_tokens(few_shot("repeated/code", PROBLEM.view(), shots=0, shown="program"))[1] + 100
    assert tokens == 10 * calls == 10 * ((400 - most) // 10 + 1)


def test_messages_name_the_cap_and_what_did_not_fit() -> None:
    async def said(purse: Purse) -> str:
        return str((await purse.hold("p", "metered", REQUEST, [range(1)])).stopped)

    assert asyncio.run(said(Purse(Caps(usd=0.001), prices={"metered": PRICE}))) == (
        "--max-usd 0.001 is reached: the next request may take $0.00125, more than is left"
    )
    call = CallRow("p", 0, "", 0, {}, (), "", "stop", Usage(10, 5), None, 1.0, 100.0)
    assert asyncio.run(said(Purse(problem_caps=Caps(calls=1), calls=[call]))) == (
        "--max-calls-per-problem 1 is reached on p"
    )


def test_a_reached_cap_stays_reached_for_smaller_requests() -> None:
    purse = Purse(Caps(tokens=MOST))
    assert [held(purse, draws=2), held(purse)] == [[1], []]
    small = Request((user("q"),), Sampling(max_tokens=1))
    assert asyncio.run(purse.hold("other", "metered", small, [range(1)])).requests == ()


def test_a_cap_of_one_problem_leaves_the_others_alone() -> None:
    purse = Purse(problem_caps=Caps(calls=1))
    assert [held(purse, problem=name, draws=2) for name in ("p", "p", "q")] == [[1], [], [1]]


def test_time_of_earlier_sessions_counts() -> None:
    """The run: a session of 60 s, and a killed one whose last row came 30 s after its begin. The problem: 40 s + 12 s."""
    sessions = [Session(0.0, 60.0, "", "", "", ""), Session(100.0, None, "", "", "", "")]
    calls = [
        CallRow("p", 0, "", draw, {}, (), "", "stop", Usage(1, 1), 0.0, seconds, at)
        for draw, (seconds, at) in enumerate([(10.0, 20.0), (5.0, 50.0), (2.0, 110.0), (10.0, 120.0)])
    ]

    def stops(caps: Caps, problem_caps: Caps) -> bool:
        purse = Purse(caps, problem_caps, calls=calls, sessions=sessions, moments=[*(row.at for row in calls), 130.0])
        return held(purse) == []

    assert stops(Caps(minutes=1.5), Caps())
    assert not stops(Caps(minutes=1.6), Caps())
    assert stops(Caps(), Caps(minutes=52 / 60))
    assert not stops(Caps(), Caps(minutes=54 / 60))


def test_minutes_are_looked_at_again_when_a_call_has_its_turn() -> None:
    async def scenario() -> None:
        purse = Purse(Caps(minutes=0.02 / 60))
        ((_, hold),) = (await purse.hold("p", "m", REQUEST, [range(1)])).requests
        hold.check()
        await asyncio.sleep(0.03)
        with pytest.raises(BudgetReached, match="--max-minutes"):
            hold.check()

    asyncio.run(scenario())


@settings(max_examples=60, deadline=None)
@given(
    cap=st.integers(1, 3000),
    asks=st.lists(st.tuples(st.integers(1, 5), st.integers(1, 200), st.integers(0, 3)), min_size=1, max_size=25),
)
def test_no_order_of_events_passes_a_cap_or_gets_stuck(cap: int, asks: list[tuple[int, int, int]]) -> None:
    """Requests of any size, answered in any order, some in part of their limit and some not at all."""

    async def scenario() -> tuple[int, bool]:
        purse, total = Purse(Caps(tokens=cap)), 0

        async def one(number: int, draws: int, limit: int, turns: int) -> None:
            nonlocal total
            request = Request((user("q"),), Sampling(max_tokens=limit))
            grant = await purse.hold("p", "m", request, [range(draws)])
            for group, hold in grant.requests:
                for _ in range(turns):
                    await asyncio.sleep(0)
                if number % 4:
                    reply = Completion("", Usage(1, limit // (1 + number % 3)), "stop", None, 0.0)
                    total += reply.usage.total * len(group)
                    hold.paid([reply] * len(group))
                hold.end()
                hold.end()

        async with asyncio.timeout(5):
            await asyncio.gather(*(one(number, *ask) for number, ask in enumerate(asks)))
        return total, purse.idle

    total, idle = asyncio.run(scenario())
    assert total <= cap
    assert idle
