"""Repeated sampling: independent draws of one prompt (Chen et al. 2021; Brown et al. 2024, arXiv 2407.21787).

The baseline of the PlanSearch paper (Wang et al. 2024, arXiv 2409.03733, sections 4.1 and 5.2) is `--preset paper`:
two worked examples, temperature 0.9, top-p 0.95. Where it differs: the examples and prompts are our own, and the
examples for functions have a plain function instead of a class with a method. `--preset greedy` is one draw at
temperature 0.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from cotbench.core.attempt import Attempt
from cotbench.core.errors import ConfigurationError
from cotbench.core.message import Message, Reply
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context
from cotbench.strategies.concurrent import side_by_side
from cotbench.strategies.planning import PlannedCalls, planned_programs
from cotbench.strategies.shots import few_shot, shots_option
from cotbench.strategies.writing import written

DRAWS_AT_ONCE = 4
"""Draws asked for in one request; programs are judged as each such group arrives."""

PRESETS: dict[str, dict[str, int | float | str | bool | None]] = {"default": {}, "greedy": {}, "paper": {"shots": 2}}


@dataclass(frozen=True, slots=True)
class RepeatedOptions:
    """What is shown before the question."""

    shots: int = shots_option()


@dataclass(frozen=True, slots=True)
class Repeated:
    """One call per attempt, all with the same prompt."""

    options: RepeatedOptions
    name: str = "repeated"

    async def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        """Yield `budget.attempts` attempts."""
        messages = few_shot("repeated/code", view, shots=self.options.shots, shown="program")
        async with aclosing(draws(ctx, messages)) as numbered:
            async for index, reply in numbered:
                yield written(ctx, view, reply, index=index)


async def draws(ctx: Context, messages: Sequence[Message]) -> AsyncGenerator[tuple[int, Reply], None]:
    """Give `budget.attempts` draws of one prompt, numbered, as they arrive."""
    wanted = needed_attempts(ctx)

    async def group(first: int) -> list[tuple[int, Reply]]:
        count = min(DRAWS_AT_ONCE, wanted - first)
        return list(enumerate(await ctx.ask(messages, n=count, first=first), start=first))

    async with side_by_side(group(first) for first in range(0, wanted, DRAWS_AT_ONCE)) as finished:
        async for replies in finished:
            for numbered in replies:
                yield numbered


async def draws_in_turn(
    ctx: Context, messages: Sequence[Message], *, row: int, rows: int, wanted: int
) -> AsyncGenerator[tuple[int, Reply], None]:
    """Give the draws of one of several prompts that take turns, numbered `row`, `row` + `rows` … below `wanted`."""
    indices = range(row, wanted, rows)
    for first in range(0, len(indices), DRAWS_AT_ONCE):
        chunk = indices[first : first + DRAWS_AT_ONCE]
        replies = await ctx.ask(messages, n=len(chunk), first=first)
        for numbered in zip(chunk, replies, strict=False):
            yield numbered


def calls(options: RepeatedOptions, view: ProblemView, attempts: int | None, *, full: bool) -> tuple[PlannedCalls, ...]:
    """Return the calls of a unit: one per attempt."""
    messages = few_shot("repeated/code", view, shots=options.shots, shown="program")
    return (planned_programs(attempts or 0, messages, together=DRAWS_AT_ONCE),)


def needed_attempts(ctx: Context) -> int:
    """Return the number of attempts wanted. Raises ConfigurationError if it is unbounded."""
    if ctx.budget.attempts is None:
        raise ConfigurationError("this strategy has no natural end: it needs a number of attempts")
    return ctx.budget.attempts
