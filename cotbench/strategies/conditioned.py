"""Conditioning on an idea (Wang et al. 2024, arXiv 2409.03733, section 3.3): `ideas` ideas × `programs` programs each.

The grid behind the polarisation of solve rates: whether programs of one idea pass or fail together. Ideas and
programs are asked for as in IdeaSearch, and the idea's label (`idea0`, `idea1` …) names the column of an attempt.
`--preset paper` has 5 × 25, two worked examples and temperature 0.8, as the authors' code had for this figure. Where it
differs: prompts and examples are our own; problems that are always or never solved stay in the run, the analysis
leaves them out.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

from cotbench.core.attempt import Attempt
from cotbench.core.message import Message
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context
from cotbench.core.spec import OptionValue
from cotbench.strategies.grid import cells, grid, row_programs
from cotbench.strategies.ideasearch import ask_ideas, code_question, idea_question
from cotbench.strategies.options import option
from cotbench.strategies.planning import OPEN_WORDS, PlannedCalls, filler, planned_programs, planned_thoughts
from cotbench.strategies.shots import shots_option

PRESETS: dict[str, dict[str, OptionValue]] = {"default": {}, "paper": {"shots": 2, "words": 0}}


@dataclass(frozen=True, slots=True)
class ConditionedOptions:
    """Size of the grid, and how ideas are asked for."""

    ideas: int = cast(int, option(5, "ideas per problem", least=1))
    programs: int = cast(int, option(25, "programs of each idea", least=1))
    words: int = cast(int, option(60, "length of an idea, in words; 0: any length", least=0))
    shots: int = shots_option()


@dataclass(frozen=True, slots=True)
class Conditioned:
    """Ideas, and several programs of each."""

    options: ConditionedOptions
    name: str = "conditioned"

    async def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        """Yield the programs of the grid, at most `budget.attempts`."""
        rows, words, shots = self.options.ideas, self.options.words, self.options.shots
        counts = cells(rows, self.options.programs, ctx.budget.attempts)
        ideas = await ask_ideas(ctx, idea_question(view, shots=shots, words=words), words=words, count=len(counts))

        def question(idea: str) -> tuple[Message, ...]:
            return code_question(view, shots=shots, idea=idea)

        branches = (
            row_programs(view, ctx.child(f"code{row}"), question, idea, row=row, rows=rows, draws=count)
            for row, (idea, count) in enumerate(zip(ideas, counts, strict=False))
        )
        async with aclosing(grid(branches)) as attempts:
            async for attempt in attempts:
                yield attempt


def calls(
    options: ConditionedOptions, view: ProblemView, attempts: int | None, *, full: bool
) -> tuple[PlannedCalls, ...]:
    """Return the calls of a unit: one per idea and one per program."""
    counts = cells(options.ideas, options.programs, attempts)
    asked = idea_question(view, shots=options.shots, words=options.words)
    question = code_question(view, shots=options.shots, idea=filler(options.words or OPEN_WORDS))
    return (
        planned_thoughts("idea", len(counts), asked, words=options.words, together=len(counts)),
        planned_programs(sum(counts), question, together=max(counts)),
    )
