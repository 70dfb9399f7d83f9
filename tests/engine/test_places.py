"""Places: never more in flight than there are, early units first, one gate for all, nothing lost to cancellation."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from cotbench.core.errors import BackendError, FaultKind
from cotbench.core.message import Completion, Request, Sampling, Usage, user
from cotbench.engine.bucket import Rates
from cotbench.engine.observer import Silent
from cotbench.engine.places import Places, expected_tokens
from cotbench.engine.retry import RetryPolicy
from tests.engine.virtual_time import VirtualLoop, run


class Watching(Silent):
    def __init__(self) -> None:
        self.changes: list[tuple[int, int, float]] = []

    def concurrency_changed(self, model: str, limit: int, full: int, wait: float) -> None:
        self.changes.append((limit, full, round(wait, 2)))


def reply(tokens: int = 0) -> Completion:
    return Completion("x", Usage(0, tokens), "stop", None, 0.0)


async def pass_through(
    places: Places,
    seconds: float,
    *,
    priority: int = 0,
    draws: int = 1,
    tokens: int = 0,
    used: int = 0,
    fault: BackendError | None = None,
    backend: str = "m",
) -> tuple[float, float]:
    """Take a ticket, call for so many seconds, settle; return when the call began and ended."""

    async def call() -> Sequence[Completion]:
        await asyncio.sleep(seconds)
        if fault is not None:
            raise fault
        return [reply(used)]

    loop = asyncio.get_running_loop()
    ticket = await places.take(backend, draws, tokens, priority)
    began = loop.time()
    task = asyncio.ensure_future(call())
    await asyncio.wait([task])
    places.settle(ticket, task)
    return began, loop.time()


def test_never_more_than_there_are_and_all_are_served() -> None:
    async def scenario() -> tuple[int, float]:
        places, rng = Places(4), random.Random(1)
        weights = [rng.randint(1, 4) for _ in range(200)]
        spans = await asyncio.gather(
            *(
                pass_through(places, rng.choice([1.0, 2.0]), priority=rng.randint(0, 9), draws=weight)
                for weight in weights
            )
        )
        edges = sorted({edge for span in spans for edge in span})
        most = max(
            sum(weight for weight, (began, ended) in zip(weights, spans, strict=True) if began <= edge < ended)
            for edge in edges
        )
        return most, sum(weight for weight, span in zip(weights, spans, strict=True) if span[1] > span[0])

    most, served = run(scenario())
    assert most == 4
    assert served > 200


def test_low_priority_numbers_first_then_arrival() -> None:
    async def scenario() -> list[str]:
        places = Places(1)
        names = [("first", 9), ("late", 5), ("early a", 1), ("early b", 1)]
        spans = await asyncio.gather(*(pass_through(places, 1.0, priority=priority) for _, priority in names))
        return [name for _, (name, _) in sorted(zip(spans, names, strict=True))]

    assert run(scenario()) == ["first", "early a", "early b", "late"]


def test_more_than_there_are_means_all() -> None:
    async def scenario() -> list[tuple[float, float]]:
        places = Places(2)
        return await asyncio.gather(*(pass_through(places, 1.0, draws=draws) for draws in (1, 100, 1)))

    assert run(scenario()) == [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)]


def test_cancelled_waiters_give_their_place_back() -> None:
    async def scenario() -> float:
        places = Places(2)
        holder = asyncio.create_task(pass_through(places, 10.0))
        await asyncio.sleep(0)
        # Two draws do not fit beside the holder, and nobody overtakes them.
        blocking = asyncio.create_task(pass_through(places, 1.0, draws=2))
        behind = asyncio.create_task(pass_through(places, 1.0, priority=1))
        await asyncio.sleep(1.0)
        blocking.cancel()
        began, _ = await behind
        # A waiter that is cancelled at the very moment it is let in.
        await holder
        held = await places.take("m", 2, 0, 0)
        chosen = asyncio.create_task(places.take("m", 2, 0, 0))
        await asyncio.sleep(0)
        done = asyncio.get_running_loop().create_future()
        done.set_result([reply()])
        places.settle(held, done)
        chosen.cancel()
        await asyncio.gather(chosen, blocking, return_exceptions=True)
        await asyncio.wait_for(pass_through(places, 1.0, draws=2), 5)
        return began

    assert run(scenario()) == 1.0


def refusal(kind: FaultKind = "rate", after: float | None = None) -> BackendError:
    return BackendError("no", kind=kind, retry_after=after)


@pytest.mark.parametrize("kind", ["rate", "overload"])
def test_one_refusal_holds_everybody_back(kind: FaultKind) -> None:
    watching = Watching()

    async def scenario() -> list[float]:
        places = Places(4, policy=RetryPolicy(first=1.0), observer=watching)
        refused = pass_through(places, 1.0, fault=refusal(kind, 30.0))
        beside = [pass_through(places, 1.0) for _ in range(3)]
        later = [pass_through(places, 1.0, priority=1) for _ in range(6)]
        elsewhere = pass_through(places, 1.0, priority=2, backend="another")
        spans = await asyncio.gather(refused, *beside, *later, elsewhere)
        return [began for began, _ in spans]

    began = run(scenario())
    assert began[:4] == [0.0] * 4
    *held, elsewhere = sorted(began[4:10]), began[10]
    (queue,) = held
    assert 31.0 <= queue[0] <= 34.0, "after the 30 seconds, with up to a tenth more"
    gaps = [round(at - queue[0], 6) for at in queue]
    assert gaps == [0.0, 0.0, 1.0, 1.0, 1.0, 2.0], "two at a time, three after two answers"
    assert elsewhere == 1.0, "another backend is not held back"
    assert [change[:2] for change in watching.changes] == [(2, 4), (3, 4), (4, 4)]


def test_other_faults_change_nothing() -> None:
    watching = Watching()

    async def scenario() -> float:
        places = Places(2, observer=watching)
        kinds: list[FaultKind] = ["timeout", "connection", "server", "request", "content", "context"]
        await asyncio.gather(*(pass_through(places, 1.0, fault=refusal(kind)) for kind in kinds))
        return asyncio.get_running_loop().time()

    assert run(scenario()) == 3.0
    assert watching.changes == []


def test_requests_per_minute_are_spread_by_priority_without_polling() -> None:
    async def scenario() -> tuple[list[float], int]:
        places, rng = Places(50, Rates(requests=30)), random.Random(3)
        priorities = rng.sample(range(40), 40)
        calls = (pass_through(places, 0.5, priority=priority) for priority in priorities)
        spans = await asyncio.gather(*calls)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        return [began for _, (began, _) in sorted(zip(priorities, spans, strict=True))], loop.looks

    starts, looks = run(scenario())
    # All are there at 0, but only the first to arrive can take what is in the bucket then.
    assert sorted(starts) == pytest.approx([2.0 * i for i in range(40)])
    waiting = [at for at in starts if at > 0]
    assert waiting == sorted(waiting)
    assert looks < 10 * 40, "a poll every tenth of a second would be 800"


def test_tokens_per_minute_are_reserved_and_corrected() -> None:
    async def scenario(used: int) -> float:
        # A second's worth is 10 tokens. Each call reserves 100, that is ten seconds.
        places = Places(1, Rates(tokens=600))
        for _ in range(10):
            await pass_through(places, 0.0, tokens=100, used=used)
        began, _ = await pass_through(places, 0.0, tokens=100)
        return began

    assert run(scenario(100)) == pytest.approx(100.0)
    assert run(scenario(25)) == pytest.approx(25.0)
    assert run(scenario(400)) == pytest.approx(400.0)
    assert run(scenario(0)) == pytest.approx(100.0), "a provider that does not count"


def test_what_was_refused_used_no_tokens() -> None:
    async def scenario() -> float:
        places = Places(1, Rates(tokens=600), RetryPolicy(first=0.001))
        await pass_through(places, 0.0, tokens=600, fault=refusal())
        began, _ = await pass_through(places, 0.0, tokens=600)
        return began

    assert run(scenario()) < 0.1


def test_cancelled_before_it_was_sent_costs_no_share_of_the_minute() -> None:
    async def scenario() -> float:
        places = Places(1, Rates(requests=1))
        first = await places.take("m", 1, 0, 0)
        waiter = asyncio.create_task(places.take("m", 1, 0, 0))
        await asyncio.sleep(70.0)
        done: asyncio.Future[Sequence[Completion]] = asyncio.get_running_loop().create_future()
        done.set_result([reply()])
        places.settle(first, done)
        waiter.cancel()
        await asyncio.gather(waiter, return_exceptions=True)
        began, _ = await pass_through(places, 0.0)
        return began

    assert run(scenario()) == 70.0


def test_a_paused_run_can_be_cancelled_at_once() -> None:
    async def scenario() -> float:
        places = Places(1, Rates(requests=1))
        await pass_through(places, 0.0)
        waiting = [asyncio.create_task(pass_through(places, 0.0)) for _ in range(5)]
        await asyncio.sleep(1.0)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return asyncio.get_running_loop().time()

    assert run(scenario()) == 1.0


def test_a_request_is_expected_to_use_its_prompt_and_full_replies() -> None:
    request = Request((user("x" * 400), user("é" * 200)), Sampling(max_tokens=1000))
    assert expected_tokens(request, 3) == 2 * (100 + 4) + 3 * 1000
