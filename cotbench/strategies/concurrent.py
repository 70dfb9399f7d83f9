"""Running the branches of a search side by side inside one unit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar

T = TypeVar("T")


@asynccontextmanager
async def side_by_side(branches: Iterable[Coroutine[object, object, T]]) -> AsyncIterator[AsyncIterator[T]]:
    """Start coroutines and give an iterator over their results as they finish.

    The first error of a branch is raised after the results that came with it. Leaving the body, by an error or
    otherwise, cancels the branches that still run and waits for their end.
    """
    running = {asyncio.ensure_future(branch) for branch in branches}

    async def results() -> AsyncIterator[T]:
        nonlocal running
        while running:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            failed = [branch for branch in done if branch.cancelled() or branch.exception() is not None]
            for branch in done.difference(failed):
                yield branch.result()
            if failed:
                failed[0].result()

    try:
        yield results()
    finally:
        for branch in running:
            branch.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def in_order(branches: Iterable[Coroutine[object, object, T]]) -> list[T]:
    """Return the results of coroutines in the order given; if one raises, the others are cancelled first."""

    async def numbered(index: int, branch: Coroutine[object, object, T]) -> tuple[int, T]:
        return index, await branch

    async with side_by_side(numbered(*item) for item in enumerate(branches)) as finished:
        results = [pair async for pair in finished]
    return [value for _, value in sorted(results, key=lambda pair: pair[0])]
