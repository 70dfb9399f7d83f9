"""Repeated sampling: independent draws of one prompt (Chen et al. 2021; Brown et al. 2024, arXiv 2407.21787).

Differs from the PlanSearch paper's baseline in that no worked examples are shown.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from cotbench.core.attempt import Attempt
from cotbench.core.errors import ConfigurationError
from cotbench.core.message import Reply
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context
from cotbench.strategies.concurrent import side_by_side
from cotbench.strategies.planning import PlannedCalls, planned_programs
from cotbench.strategies.prompting import prompt
from cotbench.strategies.writing import written

DRAWS_AT_ONCE = 4
"""Draws asked for in one request; programs are judged as each such group arrives."""


@dataclass(frozen=True, slots=True)
class RepeatedOptions:
    """Repeated sampling has no options besides the run's temperature, top-p and token limit."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """One call per attempt, all with the same prompt."""

    options: RepeatedOptions
    name: str = "repeated"

    async def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        """Yield `budget.attempts` attempts."""
        wanted = needed_attempts(ctx)
        messages = prompt("repeated/code", view)

        async def draw(first: int) -> list[tuple[int, Reply]]:
            count = min(DRAWS_AT_ONCE, wanted - first)
            return list(enumerate(await ctx.ask(messages, n=count, first=first), start=first))

        async with side_by_side(draw(first) for first in range(0, wanted, DRAWS_AT_ONCE)) as finished:
            async for replies in finished:
                for index, reply in replies:
                    yield written(ctx, view, reply, index=index)


def calls(options: RepeatedOptions, view: ProblemView, attempts: int | None, *, full: bool) -> tuple[PlannedCalls, ...]:
    """Return the calls of a unit: one per attempt."""
    return (planned_programs(attempts or 0, prompt("repeated/code", view), together=DRAWS_AT_ONCE),)


def needed_attempts(ctx: Context) -> int:
    """Return the number of attempts wanted. Raises ConfigurationError if it is unbounded."""
    if ctx.budget.attempts is None:
        raise ConfigurationError("this strategy has no natural end: it needs a number of attempts")
    return ctx.budget.attempts
