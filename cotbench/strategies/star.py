"""STaR without training (Zelikman et al. 2022, arXiv 2203.14465): solve, keep the reasoning that worked, show it.

The benchmark is divided by the run's seed: `pool` problems, at most half, are learned from, and the run is about the
others; no problem is ever on both sides. On the pool there are `rounds` rounds (`star_rounds`). In each the model
reasons about every problem and writes a program. What passes the public cases is kept. Where it does not, the model is
given a hint, a stronger one at each failure up to the level `hint`, and what then passes is kept, too, under the
question without the hint. The next round shows `shots` of the kept ones as worked examples, never that of the problem
itself, and so do the attempts of the run, which show those of the last round.

Where it differs: nothing is trained, so examples in the prompt take the place of new weights
(`cotbench export --format sft` writes the rows to train on elsewhere); the first examples are our own, the same as for
`cot`; a hint is not the answer at once; right and wrong are what the public cases say, as hidden ones cannot be seen.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import cast

from cotbench.core.attempt import Attempt
from cotbench.core.material import Material
from cotbench.core.message import Message
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context
from cotbench.core.spec import OptionValue
from cotbench.strategies.options import option
from cotbench.strategies.planning import OPEN_WORDS, PROGRAM_TOKENS, PlannedCalls, tokens_of
from cotbench.strategies.repeated import DRAWS_AT_ONCE, draws
from cotbench.strategies.star_lessons import LEVELS, Worked, question_after, to_show
from cotbench.strategies.writing import has_reasoning, written

PRESETS: dict[str, dict[str, OptionValue]] = {"default": {}, "unhinted": {"hint": "none"}}


@dataclass(frozen=True, slots=True)
class StarOptions:
    """How much is learned, from how many problems, and with which hints."""

    rounds: int = cast(int, option(2, "rounds over the pool before the run", least=1))
    pool: int = cast(int, option(20, "problems to learn from, at most half; the run leaves them out", least=1))
    shots: int = cast(int, option(2, "kept answers shown before a question", least=0))
    hint: str = cast(
        str,
        option("expected", "strongest hint where an answer failed, after the weaker ones", choices=("none", *LEVELS)),
    )
    hint_words: int = cast(int, option(30, "length of the sketch that hint=sketch gives, in words", least=1))

    @property
    def levels(self) -> tuple[str, ...]:
        """The hints that are given, the weakest first."""
        return () if self.hint == "none" else LEVELS[: LEVELS.index(self.hint) + 1]


@dataclass(frozen=True, slots=True)
class Star:
    """One call per attempt, after answers that were kept from the pool."""

    options: StarOptions
    material: Material = field(default_factory=Material)
    name: str = "star"

    async def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        """Yield `budget.attempts` attempts."""
        kept = [Worked(**plain) for plain in json.loads(self.material.findings.text).get("kept", [])]
        shown = to_show(view, kept, self.options.shots, ctx.rng)
        if len(shown) < self.options.shots:
            ctx.note("too few kept answers to show")
        messages = question_after(view, shown, self.options.shots)
        async with aclosing(draws(ctx, messages)) as numbered:
            async for index, reply in numbered:
                if not has_reasoning(reply):
                    ctx.note("no reasoning before the program")
                yield written(ctx, view, reply, index=index)


def donor(options: StarOptions) -> str | None:
    """Return "" where a hint needs a right program of the benchmark, None where none does."""
    return "" if {"sketch", "program"} & set(options.levels) else None


def calls(options: StarOptions, view: ProblemView, attempts: int | None, *, full: bool) -> tuple[PlannedCalls, ...]:
    """Return the calls of a unit; answers that are shown are taken to be as long as our examples."""
    expected = tokens_of(OPEN_WORDS) + PROGRAM_TOKENS
    return (PlannedCalls("code", attempts or 0, _usual(options, view), expected, together=DRAWS_AT_ONCE),)


def ground_calls(options: StarOptions, views: Sequence[ProblemView], full: bool) -> tuple[PlannedCalls, ...]:
    """Return the calls on the pool: with `full` every answer fails until the last hint, without none does."""
    expected = tokens_of(OPEN_WORDS) + PROGRAM_TOKENS
    question = _usual(options, views[0])
    answers = options.rounds * len(views)
    hinted = answers * len(options.levels) if full else 0
    sketches = len(views) if full and "sketch" in options.levels else 0
    planned = (
        PlannedCalls("answer", answers, question, expected),
        PlannedCalls("hinted", hinted, question, expected),
        PlannedCalls("sketch", sketches, question, tokens_of(options.hint_words), by="idea"),
    )
    return tuple(calls for calls in planned if calls.count)


def _usual(options: StarOptions, view: ProblemView) -> tuple[Message, ...]:
    return question_after(view, (), options.shots)
