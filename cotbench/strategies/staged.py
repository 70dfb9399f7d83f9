"""Plans only where plain tries fail: Planning after Trial (PaT, arXiv 2605.07248) with PlanSearch-like plans.

The first `tries` attempts are plain draws. If one of them passes the public cases, the problem is taken for an easy one
and the other attempts are plain draws, too. If none does, the other attempts are planned: an idea in words, pseudocode,
and the program (the steps of Wang et al. 2024, arXiv 2409.03733, without observations). With `failures` the planner
sees the best program that failed and which public cases it failed. The idea model writes the ideas, the code model the
rest, so that a cheap model can try and a strong one plan.

With `stop` the unit ends at the first program that passes the public cases, and programs are written one after the
other, as in the paper: few calls, and fewer attempts than were wanted. Without, problems have equally many attempts
and pass@k can be compared.

Where it differs from the paper: prompts are our own; tests are the public cases alone, none are generated; a plan is
not revised. A problem without public cases cannot be seen to fail: all of its attempts are plain draws, which is noted.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

from cotbench.core.attempt import Attempt, Step
from cotbench.core.message import Message, Reply
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context
from cotbench.core.spec import OptionValue
from cotbench.core.trial import Trial
from cotbench.strategies.concurrent import side_by_side
from cotbench.strategies.options import option
from cotbench.strategies.planning import (
    OPEN_WORDS,
    OUTLINE_WORDS,
    PROGRAM_TOKENS,
    TOKENS_PER_WORD,
    PlannedCalls,
    filler,
    planned_programs,
    planned_thoughts,
    tokens_of,
)
from cotbench.strategies.prompting import prompt, render
from cotbench.strategies.repeated import DRAWS_AT_ONCE, needed_attempts
from cotbench.strategies.tries import Tried, feedback_text, tried
from cotbench.strategies.writing import noted, thought, written

PRESETS: dict[str, dict[str, OptionValue]] = {"default": {}, "paper": {"stop": True, "pseudocode": False, "words": 0}}


@dataclass(frozen=True, slots=True)
class StagedOptions:
    """How many tries there are before plans, and what plans are made of."""

    tries: int = cast(int, option(2, "plain tries before anything is planned", least=1))
    failures: bool = cast(bool, option(True, "the planner sees the best try and the public cases that it fails"))
    pseudocode: bool = cast(bool, option(True, "write pseudocode between idea and code"))
    words: int = cast(int, option(60, "length of an idea, in words; 0: any length", least=0))
    stop: bool = cast(bool, option(False, "end at the first program that passes the public cases"))


@dataclass(frozen=True, slots=True)
class Staged:
    """Plain tries; where they fail, plans."""

    options: StagedOptions
    name: str = "staged"

    async def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        """Yield `budget.attempts` attempts; fewer with `stop`."""
        wanted = needed_attempts(ctx)
        stage = _Stage(self.options, view, ctx)
        first = min(self.options.tries, wanted) if view.public else wanted
        if not view.public:
            ctx.note("no public cases: plain tries only")
        tries: list[Tried] = []
        async with aclosing(stage.spread(range(first), stage.plain, DRAWS_AT_ONCE)) as plain:
            async for each in plain:
                tries.append(each)
                yield each.attempt
        solved = any(each.trial.passed for each in tries)
        if first == wanted or (solved and self.options.stop):
            return
        if not solved:
            ctx.note("planned after plain tries failed")
        rest = (
            stage.spread(range(first, wanted), stage.plain, DRAWS_AT_ONCE)
            if solved
            else stage.spread(range(first, wanted), stage.planned(tries), 1)
        )
        async with aclosing(rest) as more:
            async for each in more:
                yield each.attempt


Make = Callable[[range], Coroutine[object, object, list[Tried]]]
"""Makes the attempts with these indices."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """What both stages of a unit have in common."""

    options: StagedOptions
    view: ProblemView
    ctx: Context

    async def spread(self, indices: range, make: Make, together: int) -> AsyncGenerator[Tried, None]:
        """Give attempts as they are finished; with `stop` one after the other, up to the first that passes."""
        if not (self.options.stop and self.view.public):
            groups = (make(indices[start : start + together]) for start in range(0, len(indices), together))
            async with side_by_side(groups, at_once=self.ctx.budget.branches) as finished:
                async for some in finished:
                    for each in some:
                        yield each
            return
        for start in range(len(indices)):
            for each in await make(indices[start : start + 1]):
                yield each
                if each.trial.passed:
                    return

    async def plain(self, indices: range) -> list[Tried]:
        """Return plain draws."""
        replies = await self.ctx.child("code").ask(
            prompt("repeated/code", self.view), n=len(indices), first=indices.start
        )
        return [await self._tried(index, reply, ()) for index, reply in zip(indices, replies, strict=False)]

    def planned(self, tries: Sequence[Tried]) -> Make:
        """Return what makes planned attempts after those tries failed."""
        best = max(
            (each for each in tries if each.attempt.code is not None),
            key=lambda each: (each.trial.share, -each.attempt.index),
            default=None,
        )
        told = None
        above: tuple[Step, ...] = ()
        if best is not None and self.options.failures:
            told = feedback_text(self.view, "public", self.view.public, best.trial)
            above = best.lineage_below(told)
        asked = idea_question(self.view, best.attempt.code if best else None, told, words=self.options.words)

        async def make(indices: range) -> list[Tried]:
            return [await self._planned(index, asked, above) for index in indices]

        return make

    async def _planned(self, index: int, asked: tuple[Message, ...], above: tuple[Step, ...]) -> Tried:
        here = self.ctx.child(f"plan{index}")
        idea = await thought(here.child("idea"), asked, words=self.options.words, what="idea")
        plan = idea.text.strip()
        steps = (*above, Step("idea", plan, idea.call, f"plan{index}.idea"))
        if self.options.pseudocode:
            outline = await here.child("pseudocode").ask(prompt("staged/outline", self.view, idea=plan))
            plan = noted(self.ctx, outline, "pseudocode").text.strip()
            steps = (*steps, Step("pseudocode", plan, outline.call, f"plan{index}.pseudocode"))
        reply = await here.child("code").ask(prompt("staged/code", self.view, plan=plan))
        return await self._tried(index, reply, steps)

    async def _tried(self, index: int, reply: Reply, lineage: tuple[Step, ...]) -> Tried:
        attempt = written(self.ctx, self.view, reply, index=index, lineage=lineage)
        # What nobody waits for is judged once, with the hidden cases.
        wanted = self.view.public if index < self.options.tries or self.options.stop else ()
        trial = await tried(self.ctx.child(f"try{index}"), attempt, wanted) if wanted else Trial(())
        return Tried(attempt, f"try{index}", trial)


def idea_question(view: ProblemView, program: str | None, told: str | None, *, words: int) -> tuple[Message, ...]:
    """Return the question for an idea, after a program failed as it is told (None: nothing is told)."""
    return prompt("staged/idea", view, program=program, told=told, words=words)


def calls(options: StagedOptions, view: ProblemView, attempts: int | None, *, full: bool) -> tuple[PlannedCalls, ...]:
    """Return the calls of a unit where every try fails: all that there can be."""
    wanted = attempts or 0
    plain = min(options.tries, wanted) if view.public else wanted
    plans, words = wanted - plain, options.words
    program = filler(round(PROGRAM_TOKENS / TOKENS_PER_WORD))
    told = render("refine/feedback", view, kind="simple", failed=1, total=1, failures=())
    idea = idea_question(view, program, told if options.failures else None, words=words)
    thoughts = filler(words or OPEN_WORDS)
    outline = prompt("staged/outline", view, idea=thoughts)
    plan = filler(OUTLINE_WORDS) if options.pseudocode else thoughts
    steps = [
        planned_programs(plain, prompt("repeated/code", view), together=1 if options.stop else DRAWS_AT_ONCE),
        planned_thoughts("idea", plans, idea, words=words),
        PlannedCalls("pseudocode", plans if options.pseudocode else 0, outline, tokens_of(OUTLINE_WORDS)),
        planned_programs(plans, prompt("staged/code", view, plan=plan)),
    ]
    return tuple(step for step in steps if step.count)
