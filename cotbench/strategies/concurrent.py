"""Running the branches of a search side by side inside one unit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from typing import TypeVar

T = TypeVar("T")


async def as_finished(branches: Iterable[Coroutine[object, object, T]]) -> AsyncIterator[T]:
    """Yield the results of coroutines as they finish; if one raises, the others are cancelled first."""
    pending = {asyncio.ensure_future(branch) for branch in branches}
    try:
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for branch in done:
                yield branch.result()
    finally:
        for branch in pending:
            branch.cancel()
        await asyncio.gather(*pending, return_exceptions=True)


async def in_order(branches: Iterable[Coroutine[object, object, T]]) -> list[T]:
    """Return the results of coroutines in the order given; if one raises, the others are cancelled first."""

    async def numbered(index: int, branch: Coroutine[object, object, T]) -> tuple[int, T]:
        return index, await branch

    results = [pair async for pair in as_finished(numbered(*item) for item in enumerate(branches))]
    return [value for _, value in sorted(results, key=lambda pair: pair[0])]
