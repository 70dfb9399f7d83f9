"""Run a real strategy against a simulated model in memory, and read from each program what it is."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cotbench.backends.simulated.backend import SimulatedBackend
from cotbench.backends.simulated.marks import read_marks
from cotbench.benchmarks.registry import load_benchmark
from cotbench.core.attempt import Attempt
from cotbench.core.ids import seeded
from cotbench.core.message import Message, Reply, Request, Sampling, Schema
from cotbench.core.problem import CallCase, Case, Problem, ProblemView
from cotbench.core.protocols import Author, Budget
from cotbench.core.trial import CaseResult, Trial
from cotbench.core.verdict import Verdict
from cotbench.latent.problems import named_last
from cotbench.latent.programs import Made
from cotbench.strategies import open_strategy, resolve_options

TEMPERATURE = 0.8


@dataclass
class Unit:
    """What the contexts of one unit share."""

    backend: SimulatedBackend
    name: str
    budget: Budget
    view: ProblemView
    notes: Counter[str] = field(default_factory=Counter)


class MemoryContext:
    def __init__(self, unit: Unit, path: str = "") -> None:
        self.unit = unit
        self.path = path
        self.budget = unit.budget
        self.rng: random.Random = seeded(unit.name, path)

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
    ) -> Any:
        replies = []
        for draw in range(first, first + (n or 1)):
            key = f"{self.unit.name}/{self.path}#{draw}"
            request = Request(tuple(messages), Sampling(temperature=TEMPERATURE), schema, stop, key)
            (completion,) = await self.unit.backend.complete(request, 1)
            replies.append(Reply(completion.text, completion.finish, key))
        return replies[0] if n is None else tuple(replies)

    async def judge_public(self, code: str) -> Verdict:
        return (await self.trial(code)).verdict()

    async def trial(self, code: str, cases: Sequence[Case] | None = None, *, compare: bool = True) -> Trial:
        return tried(code, self.unit.view, self.unit.view.public if cases is None else cases)

    def child(self, label: str) -> MemoryContext:
        return MemoryContext(self.unit, f"{self.path}/{label}" if self.path else label)

    def note(self, event: str) -> None:
        self.unit.notes[event] += 1


def problems(benchmark: str) -> tuple[Problem, ...]:
    """Return the problems of a generated benchmark."""
    return load_benchmark(benchmark).problems


def run(
    backend: SimulatedBackend, view: ProblemView, strategy: str, attempts: int, seed: int, **options: object
) -> list[Attempt]:
    """Return the attempts of one unit, in their order."""

    async def collect() -> list[Attempt]:
        unit = Unit(backend, f"{strategy}/{seed}/{view.id}", Budget(attempts), view)
        search = open_strategy(strategy, resolve_options(strategy, None, options))
        return [attempt async for attempt in search.attempts(view, MemoryContext(unit))]

    return sorted(asyncio.run(collect()), key=lambda attempt: attempt.index)


def made(code: str | None, problem: str) -> Made | None:
    """Return what a program is, as its mark says; None if there is no program."""
    if code is None:
        return None
    (mark,) = read_marks(code, problem)
    assert mark.made is not None
    return mark.made


_WRONG = re.compile(r"if x > (\d+):\n\s+\w+ \+= (\d+)")


def tried(code: str, view: ProblemView, cases: Sequence[Case]) -> Trial:
    """Return what a program of a generated problem does, read from its text: a wrong one adds to what is right."""
    problem = named_last(view.statement)
    assert problem is not None
    fault = _WRONG.search(code)
    above, more = (int(fault[1]), int(fault[2])) if fault else (0, 0)
    results = []
    for case in cases:
        assert isinstance(case, CallCase)
        (x,) = case.arguments
        assert isinstance(x, int)
        output = problem.right(x) + more * (x > above)
        results.append(CaseResult("passed") if output == case.expected else CaseResult("wrong", str(output)))
    return Trial(tuple(results))
