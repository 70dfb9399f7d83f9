"""Self-debug (Chen et al. 2023, arXiv 2304.05128): run a program, tell the model what came of it, and have it repaired.

A chain begins with a plain program and is repaired up to `rounds` times; it ends where its program passes. Every
program of a chain is an attempt, whose lineage holds the programs before it and what was told of them. Chains go on
together, `chains` of them, round by round, and when all have ended as many are begun again, until there are as many
attempts as are wanted.

`feedback` says what the model is told: `public` which public cases fail and how (the paper's unit test feedback);
`simple` only that some fail (the paper's simple feedback); `generated` which of `tests` tests fail that the model wrote
before, from the statement alone; these then also decide where a chain ends. With `none` nothing is run, and every chain
has all its rounds (Madaan et al. 2023, arXiv 2303.17651, in one call per round). `explain` has the model explain the
program and its fault in words first (the paper's rubber duck). With `context=all` a chain is one conversation.

Where it differs from the paper: prompts are our own and without worked examples; the paper has one chain, and counts
its last program alone; no execution trace is asked for. Without cases to look at a chain cannot know that it failed:
it is one program then, which is noted.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Coroutine
from dataclasses import dataclass
from typing import cast

from cotbench.core.attempt import Attempt, Step
from cotbench.core.message import Message, Reply, assistant, user
from cotbench.core.problem import Case, ProblemView
from cotbench.core.protocols import Context
from cotbench.core.spec import OptionValue
from cotbench.core.trial import Trial
from cotbench.strategies.concurrent import side_by_side
from cotbench.strategies.made_tests import made_tests, planned_tests
from cotbench.strategies.options import option
from cotbench.strategies.planning import (
    OPEN_WORDS,
    PROGRAM_TOKENS,
    TOKENS_PER_WORD,
    PlannedCalls,
    filler,
    planned_programs,
    tokens_of,
)
from cotbench.strategies.prompting import prompt, render
from cotbench.strategies.repeated import DRAWS_AT_ONCE, needed_attempts
from cotbench.strategies.tries import Tried, feedback_text, tried
from cotbench.strategies.writing import SILENCE, said, thought, token_limit, written

PRESETS: dict[str, dict[str, OptionValue]] = {"default": {}, "paper": {"rounds": 10, "explain": True, "context": "all"}}


@dataclass(frozen=True, slots=True)
class RefineOptions:
    """How long chains are, and what they go by."""

    rounds: int = cast(int, option(3, "repairs of one program, at most", least=1))
    feedback: str = cast(
        str,
        option(
            "public",
            "what the model is told of its program: nothing, that it fails, or how on public or self-made tests",
            choices=("none", "simple", "public", "generated"),
        ),
    )
    chains: int = cast(int, option(2, "chains that go on together", least=1))
    explain: bool = cast(bool, option(False, "explain the fault in words before it is repaired: 1 more call"))
    context: str = cast(
        str, option("last", "what a repair sees: the last program, or all of its chain", choices=("last", "all"))
    )
    tests: int = cast(int, option(6, "tests that the model writes, for feedback=generated", least=1))
    words: int = cast(int, option(80, "length of an explanation, in words; 0: any length", least=0))


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain so far: the question that its last program answers, and that program."""

    number: int
    asked: tuple[Message, ...]
    last: Tried


@dataclass(frozen=True, slots=True)
class Watched:
    """The cases that programs are run on; `own` says that the model wrote them, and `calls` in which call."""

    cases: tuple[Case, ...] = ()
    own: bool = False
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refine:
    """Programs, each repaired until it passes."""

    options: RefineOptions
    name: str = "refine"

    async def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        """Yield `budget.attempts` programs, those of one round of all chains after those of the round before."""
        wanted = needed_attempts(ctx)
        chains = _Chains(self.options, view, ctx, await self._watched(view, ctx))
        blind = self.options.feedback != "none" and not chains.watched.cases
        if blind:
            ctx.note("nothing to look at: chains of one program")
        rounds = 0 if blind else self.options.rounds
        made = begun = 0
        while made < wanted:
            count = min(self.options.chains, wanted - made)
            branches = chains.begin(begun, count, made)
            begun += count
            for turn in range(rounds + 1):
                last: dict[int, Chain] = {}
                async with side_by_side(branches, at_once=ctx.budget.branches) as finished:
                    async for some in finished:
                        for chain in some:
                            last[chain.number] = chain
                            yield chain.last.attempt
                made += len(last)
                alive = [last[number] for number in sorted(last) if chains.goes_on(last[number])][: wanted - made]
                if not alive or turn == rounds:
                    break
                branches = [chains.repair(chain, turn + 1, made + place) for place, chain in enumerate(alive)]

    async def _watched(self, view: ProblemView, ctx: Context) -> Watched:
        if self.options.feedback == "none":
            return Watched()
        if self.options.feedback == "generated":
            cases, call = await made_tests(ctx, view, self.options.tests)
            return Watched(cases, True, (call,))
        return Watched(view.public)


@dataclass(frozen=True, slots=True)
class _Chains:
    """What all chains of a unit have in common."""

    options: RefineOptions
    view: ProblemView
    ctx: Context
    watched: Watched

    def goes_on(self, chain: Chain) -> bool:
        return self.options.feedback == "none" or not chain.last.trial.passed

    def begin(self, first: int, count: int, index: int) -> list[Coroutine[object, object, list[Chain]]]:
        """Return the first programs of `count` chains, numbered from `first`, with indices from `index` on."""
        return [
            self._begin(first + place, min(DRAWS_AT_ONCE, count - place), index + place)
            for place in range(0, count, DRAWS_AT_ONCE)
        ]

    async def _begin(self, first: int, count: int, index: int) -> list[Chain]:
        asked = prompt("repeated/code", self.view)
        replies = await self.ctx.child("code").ask(asked, n=count, first=first)
        return [
            await self._tried(first + place, 0, asked, reply, index + place, ()) for place, reply in enumerate(replies)
        ]

    async def repair(self, chain: Chain, turn: int, index: int) -> list[Chain]:
        """Return the chain with one program more."""
        here = self.ctx.child(f"chain{chain.number}/round{turn}")
        told = feedback_text(self.view, self.options.feedback, self.watched.cases, chain.last.trial)
        steps = chain.last.lineage_below(told)
        explain = self.options.explain and chain.last.attempt.code is not None
        asked = self._question(chain, told, explain=explain)
        if explain:
            words = self.options.words
            fault = await thought(here.child("explain"), asked, words=words, by="code", what="explanation")
            steps = (*steps, Step("critique", fault.text.strip(), fault.call, f"{chain.last.label}.explained"))
            asked = (*asked, said(fault), user(render("refine/fix", self.view)))
        reply = await here.child("code").ask(asked)
        return [await self._tried(chain.number, turn, asked, reply, index, steps)]

    def _question(self, chain: Chain, told: str, *, explain: bool) -> tuple[Message, ...]:
        whole = self.options.context == "last"
        asked = repair_question(
            self.view, chain.last.attempt.code, told, whole=whole, explain=explain, words=self.options.words
        )
        if whole:
            return asked
        return (*chain.asked, assistant(chain.last.reply if chain.last.reply.strip() else SILENCE), *asked)

    async def _tried(
        self, number: int, turn: int, asked: tuple[Message, ...], reply: Reply, index: int, lineage: tuple[Step, ...]
    ) -> Chain:
        label, watched = f"chain{number}.{turn}", self.watched
        attempt = written(self.ctx, self.view, reply, index=index, lineage=lineage, calls=watched.calls)
        trial = Trial(())
        if watched.cases:
            trial = await tried(self.ctx.child(label), attempt, watched.cases, own=watched.own)
        return Chain(number, asked, Tried(attempt, label, trial))


def repair_question(
    view: ProblemView, code: str | None, told: str, *, whole: bool = True, explain: bool = False, words: int = 0
) -> tuple[Message, ...]:
    """Return the question for a repair, or for an explanation of the fault in about so many words (0: any length).

    It goes on a conversation unless it is the `whole`.
    """
    return prompt("refine/repair", view, program=code, feedback=told, whole=whole, explain=explain, words=words)


def calls(options: RefineOptions, view: ProblemView, attempts: int | None, *, full: bool) -> tuple[PlannedCalls, ...]:
    """Return the calls of a unit where no program ever passes: all that there can be."""
    wanted, blind = attempts or 0, options.feedback in ("simple", "public") and not view.public
    rounds = 0 if blind else options.rounds
    made = repairs = 0
    while made < wanted:
        count = min(options.chains, wanted - made)
        more = min(count * rounds, wanted - made - count)
        made, repairs = made + count + more, repairs + more
    program = filler(round(PROGRAM_TOKENS / TOKENS_PER_WORD))
    told = render("refine/feedback", view, kind="simple", failed=1, total=1, failures=())
    asked = repair_question(view, program, told, explain=options.explain, words=options.words)
    if options.context == "all":
        # As if every conversation had half of its turns.
        asked = (*asked, *(assistant(program), user(told)) * (rounds // 2))
    steps = [planned_programs(wanted - repairs, prompt("repeated/code", view), together=DRAWS_AT_ONCE)]
    if options.feedback == "generated":
        steps.insert(0, planned_tests(view, options.tests))
    if options.explain:
        explained = tokens_of(options.words or OPEN_WORDS)
        steps.append(PlannedCalls("explain", repairs, asked, explained, token_limit(options.words)))
        asked = (*asked, assistant(filler(options.words or OPEN_WORDS)), user(render("refine/fix", view)))
    return (*steps, planned_programs(repairs, asked))
