"""IdeaSearch (Wang et al. 2024, arXiv 2409.03733, section 4.2): first an idea in words, then its program.

`ideas=single` draws one idea per attempt, each in a conversation of its own, as in the paper. `ideas=list` asks for
a list of different ideas in one call (the itemised form of SFS, arXiv 2411.05010), which costs 1 + n calls for n
attempts instead of 2n. Differs from the paper in that no worked examples are shown.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import cast

from cotbench.core.attempt import Attempt, Step
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context
from cotbench.strategies.concurrent import merged, side_by_side
from cotbench.strategies.listing import ask_list
from cotbench.strategies.options import option
from cotbench.strategies.planning import (
    OPEN_WORDS,
    PlannedCalls,
    filler,
    planned_lists,
    planned_programs,
    planned_thoughts,
)
from cotbench.strategies.prompting import prompt
from cotbench.strategies.repeated import DRAWS_AT_ONCE, needed_attempts
from cotbench.strategies.writing import NO_CODE, token_limit, written

SPARE_LISTS = 2
"""Further lists that are asked for when the model lists fewer ideas than it was asked for."""


@dataclass(frozen=True, slots=True)
class IdeaSearchOptions:
    """How ideas are asked for."""

    ideas: str = cast(str, option("single", "one idea per call, or a list in one call", choices=("single", "list")))
    words: int = cast(int, option(60, "length of an idea, in words; 0: any length", least=0))
    ideas_per_list: int = cast(int, option(5, "ideas asked for in one list", least=1))


@dataclass(frozen=True, slots=True)
class IdeaSearch:
    """Idea → code, one program per idea."""

    options: IdeaSearchOptions
    name: str = "ideasearch"

    def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        """Yield `budget.attempts` attempts; fewer if the model runs out of listed ideas."""
        wanted = needed_attempts(ctx)
        return self._single(view, ctx, wanted) if self.options.ideas == "single" else self._list(view, ctx, wanted)

    async def _single(self, view: ProblemView, ctx: Context, wanted: int) -> AsyncGenerator[Attempt, None]:
        messages = prompt("ideasearch/idea", view, words=self.options.words)
        limit = token_limit(self.options.words)

        async def group(first: int) -> AsyncGenerator[Attempt, None]:
            count = min(DRAWS_AT_ONCE, wanted - first)
            replies = await ctx.child("idea").ask(
                messages, n=count, first=first, by="idea", stop=NO_CODE, max_tokens=limit
            )
            programs = (
                self._code(view, ctx, index, Step("idea", reply.text.strip(), reply.call, f"idea{index}"))
                for index, reply in enumerate(replies, start=first)
            )
            async with side_by_side(programs) as finished:
                async for attempt in finished:
                    yield attempt

        async with merged(group(first) for first in range(0, wanted, DRAWS_AT_ONCE)) as attempts:
            async for attempt in attempts:
                yield attempt

    async def _list(self, view: ProblemView, ctx: Context, wanted: int) -> AsyncGenerator[Attempt, None]:
        size = self.options.ideas_per_list
        messages = prompt("ideasearch/list", view, ideas=size, words=self.options.words)
        ideas: list[tuple[Step, tuple[str, ...]]] = []
        # Short lists are made up for by further ones; the bound ends the search where the model lists nothing.
        for number in range(-(-wanted // size) + SPARE_LISTS):
            listed = await ask_list(ctx.child(f"list{number}"), messages, name="ideas", most=size, exact=True)
            if len(listed.items) < size:
                ctx.note("short idea list")
            for position, idea in enumerate(listed.items):
                ideas.append((Step("idea", idea, listed.calls[-1], f"list{number}.{position}"), listed.calls))
            if len(ideas) >= wanted:
                break
        programs = (self._code(view, ctx, index, idea, calls) for index, (idea, calls) in enumerate(ideas[:wanted]))
        async with side_by_side(programs) as finished:
            async for attempt in finished:
                yield attempt

    async def _code(
        self, view: ProblemView, ctx: Context, index: int, idea: Step, calls: tuple[str, ...] = ()
    ) -> Attempt:
        reply = await ctx.child(f"code{index}").ask(prompt("ideasearch/code", view, idea=idea.text))
        return written(ctx, view, reply, index=index, lineage=(idea,), calls=calls)


def calls(
    options: IdeaSearchOptions, view: ProblemView, attempts: int | None, *, full: bool
) -> tuple[PlannedCalls, ...]:
    """Return the calls of a unit; every list is taken to hold as many ideas as it was asked for."""
    wanted, words, size = attempts or 0, options.words, options.ideas_per_list
    if options.ideas == "single":
        messages = prompt("ideasearch/idea", view, words=words)
        ideas = planned_thoughts("idea", wanted, messages, words=words, together=DRAWS_AT_ONCE)
    else:
        messages = prompt("ideasearch/list", view, ideas=size, words=words)
        ideas = planned_lists("list", -(-wanted // size), messages, items=size)
    return (ideas, planned_programs(wanted, prompt("ideasearch/code", view, idea=filler(words or OPEN_WORDS))))
