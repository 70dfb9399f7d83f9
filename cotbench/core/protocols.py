"""The protocols at the seams: what a backend, a grader, a strategy and a strategy's context promise."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, overload

from cotbench.core.attempt import Attempt
from cotbench.core.message import Completion, Message, Reply, Request, Schema
from cotbench.core.problem import Case, ProblemView
from cotbench.core.trial import Trial
from cotbench.core.verdict import Job, Observation, Verdict

Author = Literal["idea", "code"]
"""Which of the run's two models writes a reply; they are the same unless the run names an idea model."""


class Backend(Protocol):
    """Where model replies come from."""

    @property
    def name(self) -> str:
        """The full model name, as it is stored with every call."""
        ...

    @property
    def max_draws(self) -> int:
        """How many draws one request may ask for."""
        ...

    @property
    def thinks(self) -> bool:
        """Whether the model may spend reply tokens on thinking before it answers."""
        ...

    async def start(self) -> None:
        """Get ready (start a server, check a key). Raises BackendError or ConfigurationError."""
        ...

    async def complete(self, request: Request, draws: int) -> Sequence[Completion]:
        """Return up to `draws` independent replies (at most `max_draws`), at least one. Raises BackendError.

        Fewer are no fault: the engine keeps them and asks for the rest.
        """
        ...

    async def aclose(self) -> None:
        """Release everything that `start` took."""
        ...


class Grader(Protocol):
    """Judges programs. `judge` blocks, may be called from several threads, and never raises for a bad program."""

    @property
    def isolation(self) -> str:
        """One word for the isolation level in force."""
        ...

    @property
    def slots(self) -> int:
        """How many programs can be judged at the same time."""
        ...

    def judge(self, job: Job) -> Verdict:
        """Judge one program. Raises GradingError only when the grader itself is unusable or closed."""
        ...

    def observe(self, job: Job) -> Observation:
        """Run one program on the inputs of its cases and return its outputs; expected outputs play no part.

        Raises GradingError as `judge` does, and also when the sandbox fails.
        """
        ...

    def close(self) -> None:
        """Stop every process the grader started."""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """What a unit may use. `attempts` is the number of programs wanted; None means as many as the strategy has.

    `branches` is how many branches of a search should be begun at a time, None all of them: where the tokens of a
    problem are few, thoughts that are asked for all at once leave nothing for programs.
    """

    attempts: int | None
    branches: int | None = None


class Context(Protocol):
    """All that a strategy has besides the ProblemView. No clock, no files, no hidden cases.

    A context stands at a path in the unit (`child` goes one label down). The path and the draw index name a call
    in the ledger, so results do not depend on the order in which calls finish.
    """

    @property
    def path(self) -> str:
        """Labels from the root of the unit to here, joined by `/`."""
        ...

    @property
    def rng(self) -> random.Random:
        """Random numbers seeded from the run seed, problem, strategy, unit and path."""
        ...

    @property
    def budget(self) -> Budget:
        """What this unit may use."""
        ...

    @overload
    async def ask(
        self,
        messages: Sequence[Message],
        *,
        by: Author = "code",
        schema: Schema | None = None,
        stop: tuple[str, ...] = (),
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> Reply: ...

    @overload
    async def ask(
        self,
        messages: Sequence[Message],
        *,
        n: int,
        first: int = 0,
        by: Author = "code",
        schema: Schema | None = None,
        stop: tuple[str, ...] = (),
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> tuple[Reply, ...]: ...

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        n: int | None = None,
        first: int = 0,
        by: Author = "code",
        schema: Schema | None = None,
        stop: tuple[str, ...] = (),
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> Reply | tuple[Reply, ...]:
        """Ask the model; with `n`, ask for draws `first` … `first + n - 1` of the same prompt.

        Temperature and max_tokens default to the run's; a reply ends before any of the `stop` texts. `max_tokens`
        can only lower the run's limit, and not for a model that thinks before it answers.
        Raises BackendError when no reply could be had, and BudgetReached when a cap forbids to ask. With `n`, fewer
        replies may come back, the first ones, when a cap is reached on the way. After either no further call of the
        unit is made, and its attempts so far count.
        """
        ...

    async def judge_public(self, code: str) -> Verdict:
        """Judge a program on the public cases; see `trial`, which tells of each case. Raises GradingError."""
        ...

    async def trial(self, code: str, cases: Sequence[Case] | None = None, *, compare: bool = True) -> Trial:
        """Run a program in the sandbox on each of some cases, the public ones unless others are given.

        A strategy's own cases are calls or inputs, with the outputs that it expects; they are compared by the
        problem's rule, of which its oracle is no part. Without `compare` an output is all that is wanted, and what is
        expected plays no part. The result is kept and found again when the unit is resumed.
        Raises GradingError when the sandbox fails, which ends the unit; it is owed again.
        """
        ...

    def child(self, label: str) -> Context:
        """Return the context one step further down; labels must be unique among siblings."""
        ...

    def note(self, event: str) -> None:
        """Count an event (a reply that could not be parsed, a branch that is empty) in the unit's row."""
        ...


class Strategy(Protocol):
    """An algorithm that turns a ProblemView and a model into Attempts."""

    @property
    def name(self) -> str:
        """The name that `--strategy` takes."""
        ...

    def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        """Yield attempts as they are finished, with indices 0, 1, 2 … each given once."""
        ...
