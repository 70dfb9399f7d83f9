"""Self-planning (Jiang et al. 2023, arXiv 2303.06689): numbered steps first, then the program that carries them out.

Both in one conversation, 2 calls per attempt. Unlike an idea of IdeaSearch the plan is not asked to be unusual, so the
comparison says whether any plan helps, or different plans do. `shots=2` shows plans and programs of two examples, as
the paper does; prompts and examples are our own.

`branches` above 0 (`--preset survival`) asks a question about plans instead: after which step is a program lost?
From each prefix of each of `plans` plans, the empty and the whole one included, `branches` programs are written that
keep to its steps and go on by themselves. An attempt's lineage holds the steps that its prompt showed, labelled
`plan0.1`, `plan0.2` …; how solve rates change from one prefix to the next is the survival that is set against steps
which fail independently (0.95 to the power of 10 is 0.60).
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from importlib.resources import files
from typing import cast

import yaml

from cotbench.core.attempt import Attempt, Step
from cotbench.core.message import Message, Reply, assistant, user
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context
from cotbench.core.spec import OptionValue
from cotbench.strategies.concurrent import side_by_side
from cotbench.strategies.grid import cells, grid
from cotbench.strategies.listing import parse_list
from cotbench.strategies.options import option
from cotbench.strategies.planning import ITEM_WORDS, PlannedCalls, filler, planned_programs, tokens_of
from cotbench.strategies.prompting import prompt, render
from cotbench.strategies.shots import bank, shots_option
from cotbench.strategies.writing import NO_CODE, noted, said, written

PRESETS: dict[str, dict[str, OptionValue]] = {"default": {}, "paper": {"shots": 2}, "survival": {"branches": 5}}

USUAL_STEPS = 4
"""Steps of a plan where it may have more."""


@dataclass(frozen=True, slots=True)
class PlanStepsOptions:
    """Size of the plans, and whether programs branch off at each of their steps."""

    steps: int = cast(int, option(6, "most steps of a plan", least=1))
    plans: int = cast(int, option(3, "plans per problem; without branches, those of --attempts all", least=1))
    branches: int = cast(int, option(0, "programs from each prefix of each plan; 0: one program of each plan", least=0))
    shots: int = shots_option(" (not with branches)")


@dataclass(frozen=True, slots=True)
class PlanSteps:
    """Steps → code, in one conversation; or code from every prefix of the steps."""

    options: PlanStepsOptions
    name: str = "plansteps"

    def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        """Yield one program of each plan, or the programs of all prefixes; at most `budget.attempts`."""
        return self._branched(view, ctx) if self.options.branches else self._whole(view, ctx)

    async def _whole(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        wanted = self.options.plans if ctx.budget.attempts is None else ctx.budget.attempts
        opening = plan_question(view, self.options)

        async def one(index: int) -> Attempt:
            reply = await ctx.child(f"plan{index}").ask(opening, stop=NO_CODE, by="idea")
            steps = self._steps(ctx, reply, index)
            conversation = (*opening, said(reply), user(render("plansteps/code", view)))
            answer = await ctx.child(f"code{index}").ask(conversation)
            return written(ctx, view, answer, index=index, lineage=steps)

        plans = (one(index) for index in range(wanted))
        async with side_by_side(plans, at_once=ctx.budget.branches) as finished:
            async for attempt in finished:
                yield attempt

    async def _branched(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        """Yield programs prefix by prefix: however many are wanted, each has the same number of them, or one more."""
        replies = await ctx.child("plan").ask(
            plan_question(view, self.options), n=self.options.plans, stop=NO_CODE, by="idea"
        )
        plans = [self._steps(ctx, reply, number) for number, reply in enumerate(replies)]
        prefixes = [(number, steps[:length]) for number, steps in enumerate(plans) for length in range(len(steps) + 1)]
        counts = cells(len(prefixes), self.options.branches, ctx.budget.attempts)

        async def row(place: int, number: int, steps: tuple[Step, ...], draws: int) -> list[Attempt]:
            here = ctx.child(f"plan{number}/after{len(steps)}/code")
            answers = await here.ask(prefix_question(view, [step.text for step in steps]), n=draws)
            return [
                written(
                    ctx, view, answer, index=draw * len(prefixes) + place, lineage=steps, calls=(replies[number].call,)
                )
                for draw, answer in enumerate(answers)
            ]

        branches = (
            row(place, number, steps, draws)
            for place, ((number, steps), draws) in enumerate(zip(prefixes, counts, strict=False))
        )
        async with aclosing(grid(branches)) as attempts:
            async for attempt in attempts:
                yield attempt

    def _steps(self, ctx: Context, reply: Reply, number: int) -> tuple[Step, ...]:
        """Return the steps of a plan; a text that is not divided into steps is one."""
        text = noted(ctx, reply, "plan").text
        listed = parse_list(text, "steps")
        if not listed and text.strip():
            ctx.note("plan without steps")
            listed = [" ".join(text.split())]
        if len(listed) > self.options.steps:
            ctx.note("plan longer than asked for")
        return tuple(
            Step("step", step, reply.call, f"plan{number}.{place}")
            for place, step in enumerate(listed[: self.options.steps], start=1)
        )


@functools.cache
def _plans(kind: str) -> tuple[tuple[str, ...], ...]:
    text = (files(__package__) / "prompts" / "plansteps" / "plans.yaml").read_text(encoding="utf-8")
    return tuple(tuple(map(str, plan)) for plan in yaml.safe_load(text)[kind])


def plan_question(view: ProblemView, options: PlanStepsOptions) -> tuple[Message, ...]:
    """Return the conversation that asks for a plan, after the examples."""
    turns: list[Message] = []
    shown = 0 if options.branches else options.shots
    for example, plan in zip(bank(view.entry.kind)[:shown], _plans(view.entry.kind), strict=False):
        turns += [
            *prompt("plansteps/plan", example.view, steps=options.steps),
            assistant("\n".join(f"{number}. {step}" for number, step in enumerate(plan, start=1))),
            user(render("plansteps/code", example.view)),
            assistant(example.answer("program")),
        ]
    return (*turns, *prompt("plansteps/plan", view, steps=options.steps))


def prefix_question(view: ProblemView, steps: Sequence[str]) -> tuple[Message, ...]:
    """Return the prompt for a program that begins with these steps of a plan."""
    return prompt("plansteps/prefix", view, steps=list(steps))


def calls(
    options: PlanStepsOptions, view: ProblemView, attempts: int | None, *, full: bool
) -> tuple[PlannedCalls, ...]:
    """Return the calls of a unit; with branches, plans are as long as is usual, or with `full` as they may be."""
    opening = plan_question(view, options)
    length = options.steps if full else min(USUAL_STEPS, options.steps)
    expected = tokens_of(ITEM_WORDS * length)
    steps = [filler(ITEM_WORDS)] * length
    if options.branches:
        counts = cells(options.plans * (length + 1), options.branches, attempts)
        plans = PlannedCalls("plan", options.plans, opening, expected, by="idea", together=options.plans)
        question = prefix_question(view, steps[: -(-length // 2)])
        return (plans, planned_programs(sum(counts), question, together=max(counts, default=1)))
    wanted = options.plans if attempts is None else attempts
    conversation = (*opening, assistant("\n".join(steps)), user(render("plansteps/code", view)))
    return (PlannedCalls("plan", wanted, opening, expected, by="idea"), planned_programs(wanted, conversation))
