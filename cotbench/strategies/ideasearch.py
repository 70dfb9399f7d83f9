"""IdeaSearch (Wang et al. 2024, arXiv 2409.03733, section 4.2): first an idea in words, then its program.

`ideas=single` draws one idea per attempt, each in a conversation of its own, as in the paper. `ideas=list` asks for
a list of different ideas in one call (the itemised form of SFS, arXiv 2411.05010), which costs 1 + n calls for n
attempts instead of 2n.

`--preset paper`: single ideas of any length, two worked examples before both calls (problem and idea; problem, idea
and program), temperature 0.9, top-p 0.95. Where it differs: prompts and examples are our own.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import cast

from cotbench.core.attempt import Attempt, Step
from cotbench.core.message import Message
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
from cotbench.strategies.shots import few_shot, shots_option
from cotbench.strategies.writing import end_marks, noted, token_limit, written

SPARE_LISTS = 2
"""Further lists that are asked for when the model lists fewer ideas than it was asked for.

After one more list than this in a row without any idea, no further one is asked for.
"""


@dataclass(frozen=True, slots=True)
class IdeaSearchOptions:
    """How ideas are asked for."""

    ideas: str = cast(str, option("single", "one idea per call, or a list in one call", choices=("single", "list")))
    words: int = cast(int, option(60, "length of an idea, in words; 0: any length", least=0))
    ideas_per_list: int = cast(int, option(5, "ideas asked for in one list", least=1))
    shots: int = shots_option(" (the call for a list has none)")


PRESETS: dict[str, dict[str, int | float | str | bool | None]] = {"default": {}, "paper": {"shots": 2, "words": 0}}


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
        messages = idea_question(view, shots=self.options.shots, words=self.options.words)

        async def group(first: int) -> AsyncGenerator[Attempt, None]:
            count = min(DRAWS_AT_ONCE, wanted - first)
            ideas = await ask_ideas(ctx, messages, words=self.options.words, count=count, first=first)
            programs = (self._code(view, ctx, index, idea) for index, idea in enumerate(ideas, start=first))
            async with side_by_side(programs) as finished:
                async for attempt in finished:
                    yield attempt

        groups = (group(first) for first in range(0, wanted, DRAWS_AT_ONCE))
        bound = ctx.budget.branches
        async with merged(groups, at_once=bound and max(1, bound // DRAWS_AT_ONCE)) as attempts:
            async for attempt in attempts:
                yield attempt

    async def _list(self, view: ProblemView, ctx: Context, wanted: int) -> AsyncGenerator[Attempt, None]:
        size = self.options.ideas_per_list
        messages = prompt("ideasearch/list", view, ideas=size, words=self.options.words)
        first = empty = 0
        # Short lists are made up for by further ones.
        for number in range(-(-wanted // size) + SPARE_LISTS):
            listed = await ask_list(ctx.child(f"list{number}"), messages, name="ideas", most=size, exact=True)
            if len(listed.items) < size:
                ctx.note("short idea list")
            ideas = [
                Step("idea", idea, listed.calls[-1], f"list{number}.{position}")
                for position, idea in enumerate(listed.items[: wanted - first])
            ]
            # The programs of a list before the next one, so that ideas never use up what programs need.
            programs = (self._code(view, ctx, index, idea, listed.calls) for index, idea in enumerate(ideas, first))
            async with side_by_side(programs) as finished:
                async for attempt in finished:
                    yield attempt
            first += len(ideas)
            empty = 0 if listed.items else empty + 1
            if first >= wanted or empty > SPARE_LISTS:
                return

    async def _code(
        self, view: ProblemView, ctx: Context, index: int, idea: Step, calls: tuple[str, ...] = ()
    ) -> Attempt:
        reply = await ctx.child(f"code{index}").ask(code_question(view, shots=self.options.shots, idea=idea.text))
        return written(ctx, view, reply, index=index, lineage=(idea,), calls=calls)


def idea_question(view: ProblemView, *, shots: int, words: int) -> tuple[Message, ...]:
    """Return the conversation that asks for one idea of about so many words."""
    return few_shot("ideasearch/idea", view, shots=shots, shown="idea", words=words)


async def ask_ideas(ctx: Context, messages: Sequence[Message], *, words: int, count: int, first: int = 0) -> list[Step]:
    """Return `count` independent ideas, from draw `first` on, as steps labelled by their draw."""
    replies = await ctx.child("idea").ask(
        messages, n=count, first=first, by="idea", stop=end_marks(words), max_tokens=token_limit(words)
    )
    return [
        Step("idea", noted(ctx, reply, "idea").text.strip(), reply.call, f"idea{draw}")
        for draw, reply in enumerate(replies, start=first)
    ]


def code_question(view: ProblemView, *, shots: int, idea: str) -> tuple[Message, ...]:
    """Return the conversation that asks for the program of an idea."""
    return few_shot("ideasearch/code", view, shots=shots, shown="program", with_idea=True, idea=idea)


def calls(
    options: IdeaSearchOptions, view: ProblemView, attempts: int | None, *, full: bool
) -> tuple[PlannedCalls, ...]:
    """Return the calls of a unit; every list is taken to hold as many ideas as it was asked for."""
    wanted, words, size = attempts or 0, options.words, options.ideas_per_list
    if options.ideas == "single":
        messages = idea_question(view, shots=options.shots, words=words)
        ideas = planned_thoughts("idea", wanted, messages, words=words, together=DRAWS_AT_ONCE)
    else:
        messages = prompt("ideasearch/list", view, ideas=size, words=words)
        ideas = planned_lists("list", -(-wanted // size), messages, items=size)
    question = code_question(view, shots=options.shots, idea=filler(words or OPEN_WORDS))
    return (ideas, planned_programs(wanted, question))
