"""Branches side by side: all results are seen, one error ends the rest, nothing is left running or unsaid."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator

import pytest

from cotbench.core.errors import BudgetReached
from cotbench.strategies.concurrent import in_order, merged, side_by_side


async def _value(value: int, turns: int, seen: list[int]) -> int:
    for _ in range(turns):
        await asyncio.sleep(0)
    if value < 0:
        raise ValueError(str(value))
    seen.append(value)
    return value


def test_results_come_as_they_finish_and_in_order_when_asked() -> None:
    async def scenario() -> tuple[list[int], list[int]]:
        turns = {1: 9, 2: 1, 3: 5}
        async with side_by_side(_value(value, count, []) for value, count in turns.items()) as finished:
            arrived = [value async for value in finished]
        return arrived, await in_order(_value(value, count, []) for value, count in turns.items())

    assert asyncio.run(scenario()) == ([2, 3, 1], [1, 2, 3])


def test_results_that_came_with_an_error_are_seen_and_the_rest_is_cancelled() -> None:
    said: list[dict[str, object]] = []
    finished_late: list[int] = []

    async def scenario() -> list[int]:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: said.append(context))
        arrived: list[int] = []
        branches = [_value(-1, 3, []), _value(-2, 3, []), _value(7, 3, []), _value(8, 50, finished_late)]
        with pytest.raises(ValueError, match=r"-[12]"):
            async with side_by_side(branches) as finished:
                async for value in finished:
                    arrived.append(value)
        return arrived

    assert asyncio.run(scenario()) == [7]
    assert not finished_late
    assert not said, "an error was neither raised nor looked at"


def test_leaving_early_cancels_what_still_runs() -> None:
    late: list[int] = []

    async def scenario() -> None:
        async with side_by_side([_value(1, 1, []), _value(2, 50, late)]) as finished:
            async for _ in finished:
                break
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(scenario())
    assert not late


async def _refused(turns: int) -> int:
    for _ in range(turns):
        await asyncio.sleep(0)
    raise BudgetReached("--max-calls 3 is reached", setting="max_calls", cap=3, per_problem=False)


async def _stream(*branches: tuple[int, int]) -> AsyncGenerator[int, None]:
    for value, turns in branches:
        yield await (_value(value, turns, []) if value else _refused(turns))


def test_a_cap_lets_the_other_branches_finish_and_is_raised_last() -> None:
    async def scenario() -> list[int]:
        arrived: list[int] = []
        with pytest.raises(BudgetReached):
            async with side_by_side([_value(1, 9, []), _refused(2), _value(2, 5, []), _refused(3)]) as finished:
                async for value in finished:
                    arrived.append(value)
        return arrived

    assert asyncio.run(scenario()) == [2, 1]


def test_streams_give_what_they_have_when_they_have_it() -> None:
    async def scenario(*streams: AsyncGenerator[int, None]) -> list[int | str]:
        arrived: list[int | str] = []
        try:
            async with merged(streams) as finished:
                async for value in finished:
                    arrived.append(value)
        except (BudgetReached, ValueError) as error:
            arrived.append(type(error).__name__)
        assert len(asyncio.all_tasks()) == 1
        return arrived

    async def stopped() -> list[int | str]:
        return await scenario(_stream((1, 12), (2, 9)), _stream((3, 1), (0, 1), (4, 1)), _stream())

    async def failed() -> list[int | str]:
        return await scenario(_stream((1, 12), (2, 90)), _stream((3, 1), (-1, 30)))

    assert asyncio.run(stopped()) == [3, 1, 2, "BudgetReached"], "nothing comes after a cap in its own stream"
    assert asyncio.run(failed()) == [3, 1, "ValueError"], "an error ends the others"


@pytest.mark.parametrize("at_once", [1, 3])
def test_no_more_branches_run_than_are_allowed_and_none_is_left_out(at_once: int) -> None:
    running = most = 0

    async def branch(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return number

    async def stream(number: int) -> AsyncGenerator[int, None]:
        for step in range(2):
            yield 10 * await branch(number) + step

    async def all_of_them() -> tuple[list[int], list[int]]:
        async with side_by_side((branch(number) for number in range(7)), at_once=at_once) as finished:
            plain = [number async for number in finished]
        async with merged((stream(number) for number in range(7)), at_once=at_once) as finished:
            return plain, [number async for number in finished]

    plain, streamed = asyncio.run(all_of_them())
    assert sorted(plain) == list(range(7))
    assert sorted(streamed) == sorted(10 * number + step for number in range(7) for step in range(2))
    assert most == at_once


def test_branches_that_never_began_are_closed_without_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    async def branch(number: int) -> int:
        return number

    async def first_of_many() -> int:
        async with side_by_side([branch(number) for number in range(5)], at_once=1) as finished:
            return await anext(finished)

    assert asyncio.run(first_of_many()) == 0
    gc.collect()
    assert not [warning for warning in recwarn if "never awaited" in str(warning.message)]
