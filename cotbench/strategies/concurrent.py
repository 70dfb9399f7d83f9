"""Running the branches of a search side by side inside one unit.

A cap that one branch reaches does not end the others: none of them can begin another call, but what they have in
flight is paid for and may finish an attempt. BudgetReached is raised when all have ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar

from cotbench.core.errors import BudgetReached

T = TypeVar("T")


@asynccontextmanager
async def side_by_side(branches: Iterable[Coroutine[object, object, T]]) -> AsyncIterator[AsyncIterator[T]]:
    """Start coroutines and give an iterator over their results as they finish.

    The first error of a branch is raised after the results that came with it. Leaving the body, by an error or
    otherwise, cancels the branches that still run and waits for their end.
    """
    running: Running[T] = {asyncio.ensure_future(branch): None for branch in branches}
    try:
        yield _results(running)
    finally:
        await _end(running)


@asynccontextmanager
async def merged(streams: Iterable[AsyncGenerator[T, None]]) -> AsyncIterator[AsyncIterator[T]]:
    """Do as `side_by_side` does with branches that give any number of results each, as they have them."""
    kept = list(streams)
    running: Running[T] = {asyncio.ensure_future(anext(stream)): stream for stream in kept}
    try:
        yield _results(running)
    finally:
        await _end(running)
        for stream in kept:
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


async def _results(running: Running[T]) -> AsyncIterator[T]:
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
