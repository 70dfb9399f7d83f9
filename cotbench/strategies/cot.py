"""Chain of thought: reasoning and then the program, in one reply (Wei et al. 2022, arXiv 2201.11903).

The comparison of Wang et al. 2024 (arXiv 2409.03733, section 6 and appendix E) with IdeaSearch, which puts the same
two things into two replies; `--preset paper` has its two worked examples and its sampling. Prompts and examples are
our own.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from cotbench.core.attempt import Attempt
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context
from cotbench.strategies.planning import OPEN_WORDS, PROGRAM_TOKENS, PlannedCalls, tokens_of
from cotbench.strategies.repeated import DRAWS_AT_ONCE, draws
from cotbench.strategies.shots import few_shot, shots_option
from cotbench.strategies.writing import has_reasoning, written

PRESETS: dict[str, dict[str, int | float | str | bool | None]] = {"default": {}, "greedy": {}, "paper": {"shots": 2}}


@dataclass(frozen=True, slots=True)
class CotOptions:
    """What is shown before the question."""

    shots: int = shots_option()


@dataclass(frozen=True, slots=True)
class Cot:
    """One call per attempt, all with the same prompt, which asks for reasoning first."""

    options: CotOptions
    name: str = "cot"

    async def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        """Yield `budget.attempts` attempts."""
        messages = few_shot("cot/code", view, shots=self.options.shots, shown="reasoned program")
        async with aclosing(draws(ctx, messages)) as numbered:
            async for index, reply in numbered:
                if not has_reasoning(reply):
                    ctx.note("no reasoning before the program")
                yield written(ctx, view, reply, index=index)


def calls(options: CotOptions, view: ProblemView, attempts: int | None, *, full: bool) -> tuple[PlannedCalls, ...]:
    """Return the calls of a unit: one per attempt."""
    messages = few_shot("cot/code", view, shots=options.shots, shown="reasoned program")
    expected = tokens_of(OPEN_WORDS) + PROGRAM_TOKENS
    return (PlannedCalls("code", attempts or 0, messages, expected, together=DRAWS_AT_ONCE),)
