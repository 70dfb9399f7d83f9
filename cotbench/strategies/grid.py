"""Grids: several programs from each of several thoughts, so that outcomes can be compared within and between them.

Attempt `draw × rows + row` is draw number `draw` of thought number `row`: however many attempts are wanted, every
thought has the same number of programs, or one more.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable

from cotbench.core.attempt import Attempt, Step
from cotbench.core.message import Message
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context
from cotbench.strategies.concurrent import side_by_side
from cotbench.strategies.writing import written


def cells(rows: int, draws: int, wanted: int | None) -> list[int]:
    """Return how many draws of each row are wanted, in the order of the rows; rows without any are left out."""
    total = rows * draws if wanted is None else min(wanted, rows * draws)
    counts = (len(range(row, total, rows)) for row in range(rows))
    return [count for count in counts if count]


async def grid(
    branches: Iterable[Coroutine[object, object, list[Attempt]]], *, at_once: int | None = None
) -> AsyncGenerator[Attempt, None]:
    """Yield the attempts of rows that are worked on side by side, at most `at_once`, row by row as they finish."""
    async with side_by_side(branches, at_once=at_once) as finished:
        async for attempts in finished:
            for attempt in attempts:
                yield attempt


async def row_programs(
    view: ProblemView,
    ctx: Context,
    question: Callable[[str], tuple[Message, ...]],
    thought: Step,
    *,
    row: int,
    rows: int,
    draws: int,
) -> list[Attempt]:
    """Return `draws` programs of one thought; `question` asks for the program of a thought's text."""
    replies = await ctx.ask(question(thought.text), n=draws)
    return [
        written(ctx, view, reply, index=draw * rows + row, lineage=(thought,)) for draw, reply in enumerate(replies)
    ]
