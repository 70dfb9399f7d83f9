"""What a run used and what it got for it: tokens per attempt, per solved problem, solved per million tokens.

Equal attempts are not equal cost: an attempt of a search strategy may take several calls, so cost stands beside
every comparison at equal k.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cotbench.analysis.frames import ProblemRow
from cotbench.core.message import Usage


@dataclass(frozen=True, slots=True)
class Cost:
    """Totals over some problems. Tokens are prompt and completion together; `usd` None means a price is unknown.

    Calls and tokens are None where programs came from a file, so that nobody counted them. `solved` counts problems
    that at least one attempt solved. Ratios are None where they are undefined.
    """

    problems: int
    attempts: int
    solved: int
    calls: int | None
    prompt_tokens: int | None
    completion_tokens: int | None
    usd: float | None

    @property
    def tokens(self) -> int | None:
        """Prompt and completion tokens."""
        if self.prompt_tokens is None or self.completion_tokens is None:
            return None
        return self.prompt_tokens + self.completion_tokens

    @property
    def tokens_per_problem(self) -> float | None:
        """Tokens per problem."""
        return _ratio(self.tokens, self.problems)

    @property
    def tokens_per_attempt(self) -> float | None:
        """Tokens per attempt, those of replies that gave no attempt included."""
        return _ratio(self.tokens, self.attempts)

    @property
    def tokens_per_solved(self) -> float | None:
        """Tokens of all problems per solved one."""
        return _ratio(self.tokens, self.solved)

    @property
    def usd_per_solved(self) -> float | None:
        """Money for all problems per solved one."""
        return _ratio(self.usd, self.solved)

    @property
    def solved_per_million_tokens(self) -> float | None:
        """Solved problems per million tokens spent on all problems."""
        return None if self.tokens is None else _ratio(1_000_000 * self.solved, self.tokens)

    def to_plain(self) -> dict[str, object]:
        """Return totals and ratios as plain data."""
        return {
            "problems": self.problems,
            "attempts": self.attempts,
            "solved": self.solved,
            "calls": self.calls,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "tokens": self.tokens,
            "usd": self.usd,
            "tokens_per_problem": self.tokens_per_problem,
            "tokens_per_attempt": self.tokens_per_attempt,
            "tokens_per_solved": self.tokens_per_solved,
            "usd_per_solved": self.usd_per_solved,
            "solved_per_million_tokens": self.solved_per_million_tokens,
        }


def cost_of(rows: Iterable[ProblemRow]) -> Cost:
    """Return the cost of some problems of one run."""
    problems = tuple(rows)
    spent = [row.usd for row in problems]
    known = [usd for usd in spent if usd is not None]
    usages = [row.usage for row in problems if row.usage is not None]
    usage = sum(usages, Usage()) if len(usages) == len(problems) else None
    calls = [row.calls for row in problems if row.calls is not None]
    return Cost(
        problems=len(problems),
        attempts=sum(row.n for row in problems),
        solved=sum(row.passed > 0 for row in problems),
        calls=sum(calls) if len(calls) == len(problems) else None,
        prompt_tokens=None if usage is None else usage.prompt,
        completion_tokens=None if usage is None else usage.completion,
        usd=sum(known) if len(known) == len(spent) else None,
    )


def _ratio(above: float | None, below: float) -> float | None:
    return above / below if below and above is not None else None
