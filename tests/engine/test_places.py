"""Places: never more in flight than there are, early units first, nothing lost to cancellation."""

from __future__ import annotations

import asyncio
import random

from cotbench.engine.places import Places


def test_never_more_than_there_are_and_all_are_served() -> None:
    async def scenario() -> tuple[int, int]:
        places, rng = Places(4), random.Random(1)
        inside = most = served = 0

        async def work(weight: int, priority: int) -> None:
            nonlocal inside, most, served
            async with places.taken(weight, priority):
                inside += weight
                most = max(most, inside)
                await asyncio.sleep(0)
                inside -= weight
                served += 1

        await asyncio.gather(*(work(rng.randint(1, 4), rng.randint(0, 9)) for _ in range(200)))
        return most, served

    most, served = asyncio.run(scenario())
    assert most == 4
    assert served == 200


def test_low_priority_numbers_first_then_arrival() -> None:
    async def scenario() -> list[str]:
        places, order = Places(1), []

        async def work(name: str, priority: int) -> None:
            async with places.taken(1, priority):
                order.append(name)
                await asyncio.sleep(0)

        names = [("first", 9), ("late", 5), ("early a", 1), ("early b", 1)]
        await asyncio.gather(*(work(*item) for item in names))
        return order

    assert asyncio.run(scenario()) == ["first", "early a", "early b", "late"]


def test_more_than_there_are_means_all() -> None:
    async def scenario() -> None:
        async with Places(2).taken(100, 0):
            pass

    asyncio.run(asyncio.wait_for(scenario(), 5))


def test_cancelled_waiters_give_their_place_back() -> None:
    async def scenario() -> bool:
        places = Places(1)
        release = asyncio.Event()

        async def hold() -> None:
            async with places.taken(1, 0):
                await release.wait()

        async def wait() -> None:
            async with places.taken(1, 0):
                pass

        holder = asyncio.create_task(hold())
        await asyncio.sleep(0)
        waiters = [asyncio.create_task(wait()) for _ in range(3)]
        await asyncio.sleep(0)
        waiters[0].cancel()
        release.set()
        await asyncio.sleep(0)
        waiters[1].cancel()
        await asyncio.gather(holder, *waiters, return_exceptions=True)
        await asyncio.wait_for(wait(), 5)
        return waiters[2].exception() is None

    assert asyncio.run(scenario())
