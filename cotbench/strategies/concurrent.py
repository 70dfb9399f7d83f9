"""Running the branches of a search side by side inside one unit.

A cap that one branch reaches does not end the others: none of them can begin another call, but what they have in
flight is paid for and may finish an attempt. BudgetReached is raised when all have ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar

from cotbench.core.errors import BudgetReached

T = TypeVar("T")


@asynccontextmanager
async def side_by_side(
    branches: Iterable[Coroutine[object, object, T]], *, at_once: int | None = None
) -> AsyncIterator[AsyncIterator[T]]:
    """Start coroutines, at most `at_once` together, and give an iterator over their results as they finish.

    The first error of a branch is raised after the results that came with it. Leaving the body, by an error or
    otherwise, cancels the branches that still run and waits for their end.
    """
    waiting = iter(branches)
    running: Running[T] = {}

    def begin() -> bool:
        branch = next(waiting, None)
        if branch is not None:
            running[asyncio.ensure_future(branch)] = None
        return branch is not None

    try:
        yield _results(running, begin, at_once)
    finally:
        await _end(running)
        for branch in waiting:
            branch.close()


@asynccontextmanager
async def merged(
    streams: Iterable[AsyncGenerator[T, None]], *, at_once: int | None = None
) -> AsyncIterator[AsyncIterator[T]]:
    """Do as `side_by_side` does with branches that give any number of results each, as they have them."""
    waiting = iter(streams)
    begun: list[AsyncGenerator[T, None]] = []
    running: Running[T] = {}

    def begin() -> bool:
        stream = next(waiting, None)
        if stream is not None:
            begun.append(stream)
            running[asyncio.ensure_future(anext(stream))] = stream
        return stream is not None

    try:
        yield _results(running, begin, at_once)
    finally:
        await _end(running)
        for stream in begun:
            await stream.aclose()


async def in_order(branches: Iterable[Coroutine[object, object, T]]) -> list[T]:
    """Return the results of coroutines in the order given; if one raises, the others are cancelled first."""

    async def numbered(index: int, branch: Coroutine[object, object, T]) -> tuple[int, T]:
        return index, await branch

    async with side_by_side(numbered(*item) for item in enumerate(branches)) as finished:
        results = [pair async for pair in finished]
    return [value for _, value in sorted(results, key=lambda pair: pair[0])]


Running = dict["asyncio.Future[T]", AsyncGenerator[T, None] | None]
"""What runs, and for the next result of a stream that stream."""


def _results(running: Running[T], begin: Callable[[], bool], at_once: int | None) -> AsyncIterator[T]:
    def fill() -> None:
        while (at_once is None or len(running) < at_once) and begin():
            pass

    # The first branches run before anybody asks for a result.
    fill()
    return _finished(running, fill)


async def _finished(running: Running[T], fill: Callable[[], None]) -> AsyncIterator[T]:
    stopped: BudgetReached | None = None
    while running:
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        failed: list[asyncio.Future[T]] = []
        results: list[T] = []
        for branch in done:
            stream = running.pop(branch)
            error = asyncio.CancelledError() if branch.cancelled() else branch.exception()
            if error is None:
                results.append(branch.result())
                if stream is not None:
                    running[asyncio.ensure_future(anext(stream))] = stream
            elif isinstance(error, BudgetReached):
                stopped = error
            elif not isinstance(error, StopAsyncIteration):
                failed.append(branch)
        if not failed:
            fill()
        for result in results:
            yield result
        if failed:
            failed[0].result()
    if stopped is not None:
        raise stopped


async def _end(running: Running[T]) -> None:
    for branch in running:
        branch.cancel()
    await asyncio.gather(*running, return_exceptions=True)
