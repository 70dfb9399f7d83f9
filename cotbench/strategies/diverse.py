"""Making attempts different by what the prompt says, not by temperature alone. Three ways, by the option `way`:

`role`: the model is somebody else in each attempt; the roles take turns (one of the perturbations of DivSampling, Wang
et al. 2025, arXiv 2502.11027).

`words`: a few words picked by chance stand in each prompt (the baseline of random words of Wang et al. 2024, arXiv
2409.03733; keyword stimuli of MetaMuse, 2025). One call, where MetaMuse takes three steps of reasoning.

`verbalized`: one call lists ideas with the probability of each (verbalized sampling, Zhang et al. 2025, arXiv
2510.01171, which has no results on programs); they are drawn without replacement by those probabilities, only up to
`ceiling` if that is below 1, and each becomes a program. An attempt's lineage holds its idea and, as a step of its own,
the probability stated for it.

Roles, words and prompts are our own (`prompts/diverse/seeds.yaml`). In the first two ways an attempt's step `guide` is
what its prompt said, labelled `role3` or `words3`.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from importlib.resources import files
from typing import cast

import yaml

from cotbench.core.attempt import Attempt, Step
from cotbench.core.errors import ConfigurationError
from cotbench.core.message import Message
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context
from cotbench.core.spec import OptionValue
from cotbench.strategies.concurrent import side_by_side
from cotbench.strategies.ideasearch import SPARE_LISTS, code_question
from cotbench.strategies.options import option
from cotbench.strategies.planning import OPEN_WORDS, PlannedCalls, filler, planned_lists, planned_programs
from cotbench.strategies.prompting import prompt
from cotbench.strategies.repeated import needed_attempts
from cotbench.strategies.verbalized import ask_weighted, decimal, drawn
from cotbench.strategies.writing import written

PRESETS: dict[str, dict[str, OptionValue]] = {
    "default": {},
    "words": {"way": "words"},
    "verbalized": {"way": "verbalized"},
    "tail": {"way": "verbalized", "ceiling": 0.1},
}


@dataclass(frozen=True, slots=True)
class DiverseOptions:
    """What makes attempts different, and how much of it."""

    way: str = cast(
        str,
        option(
            "role",
            "a role for each attempt, words picked by chance, or ideas with stated probabilities",
            choices=("role", "words", "verbalized"),
        ),
    )
    seeds: int = cast(int, option(3, "words picked by chance for each attempt (way=words)", least=1))
    ideas_per_list: int = cast(int, option(5, "ideas asked for in one list (way=verbalized)", least=1))
    ceiling: float = cast(float, option(1.0, "leave out ideas with a larger probability (way=verbalized)"))
    words: int = cast(int, option(60, "length of an idea, in words; 0: any length (way=verbalized)", least=0))

    def __post_init__(self) -> None:
        """Refuse a ceiling that is no probability, and more words than there are."""
        if not 0 < self.ceiling <= 1:
            raise ConfigurationError(f"diverse option ceiling must be above 0 and at most 1, not {self.ceiling}")
        most = len(seed_texts("words"))
        if self.seeds > most:
            raise ConfigurationError(f"diverse option seeds must be at most {most}, not {self.seeds}")


@dataclass(frozen=True, slots=True)
class Diverse:
    """One call per attempt with a prompt of its own, or lists of ideas and one call for each."""

    options: DiverseOptions
    name: str = "diverse"

    def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        """Yield `budget.attempts` attempts; fewer if the model runs out of listed ideas."""
        wanted = needed_attempts(ctx)
        return self._listed(view, ctx, wanted) if self.options.way == "verbalized" else self._guided(view, ctx, wanted)

    async def _guided(self, view: ProblemView, ctx: Context, wanted: int) -> AsyncGenerator[Attempt, None]:
        async def one(index: int) -> Attempt:
            here = ctx.child(f"code{index}")
            if self.options.way == "role":
                roles = seed_texts("roles")
                number = index % len(roles)
                guide, question = roles[number], role_question(view, roles[number])
            else:
                number = index
                guide = ", ".join(here.rng.sample(seed_texts("words"), self.options.seeds))
                question = words_question(view, guide)
            step = Step("guide", guide, "", f"{self.options.way}{number}")
            return written(ctx, view, await here.ask(question), index=index, lineage=(step,))

        async with side_by_side(one(index) for index in range(wanted)) as finished:
            async for attempt in finished:
                yield attempt

    async def _listed(self, view: ProblemView, ctx: Context, wanted: int) -> AsyncGenerator[Attempt, None]:
        size = self.options.ideas_per_list
        messages = list_question(view, self.options)

        async def one(index: int, steps: tuple[Step, ...], calls: tuple[str, ...]) -> Attempt:
            reply = await ctx.child(f"code{index}").ask(code_question(view, shots=0, idea=steps[0].text))
            return written(ctx, view, reply, index=index, lineage=steps, calls=calls)

        first = empty = 0
        # Under a ceiling a list may hold one idea that counts, or none.
        lists = wanted if self.options.ceiling < 1 else -(-wanted // size)
        for number in range(lists + SPARE_LISTS):
            here = ctx.child(f"list{number}")
            ideas, calls = await ask_weighted(here, messages, most=size)
            if len(ideas) < size:
                ctx.note("short idea list")
            chosen = drawn(ideas, here.rng, self.options.ceiling)
            for _ in range(len(ideas) - len(chosen)):
                ctx.note("idea above the ceiling left out")
            thoughts: list[tuple[Step, ...]] = []
            for place in chosen[: wanted - first]:
                idea, label = ideas[place], f"list{number}.{place}"
                steps: tuple[Step, ...] = (Step("idea", idea.text, calls[-1], label),)
                if idea.probability is not None:
                    steps = (*steps, Step("probability", decimal(idea.probability), calls[-1], label))
                thoughts.append(steps)
            # The programs of a list before the next one, so that ideas never use up what programs need.
            programs = (one(index, steps, calls) for index, steps in enumerate(thoughts, first))
            async with side_by_side(programs) as finished:
                async for attempt in finished:
                    yield attempt
            first += len(thoughts)
            empty = 0 if ideas else empty + 1
            if first >= wanted or empty > SPARE_LISTS:
                return


@functools.cache
def seed_texts(kind: str) -> tuple[str, ...]:
    """Return the roles (`roles`) or the words (`words`) that prompts are made different with."""
    text = (files(__package__) / "prompts" / "diverse" / "seeds.yaml").read_text(encoding="utf-8")
    return tuple(str(seed) for seed in yaml.safe_load(text)[kind])


def role_question(view: ProblemView, role: str) -> tuple[Message, ...]:
    """Return the prompt that gives the model a role."""
    return prompt("diverse/role", view, role=role)


def words_question(view: ProblemView, seeds: str) -> tuple[Message, ...]:
    """Return the prompt with words picked by chance."""
    return prompt("diverse/words", view, seeds=seeds)


def list_question(view: ProblemView, options: DiverseOptions) -> tuple[Message, ...]:
    """Return the prompt that asks for ideas and their probabilities."""
    return prompt("diverse/verbalized", view, ideas=options.ideas_per_list, words=options.words)


def calls(options: DiverseOptions, view: ProblemView, attempts: int | None, *, full: bool) -> tuple[PlannedCalls, ...]:
    """Return the calls of a unit; every list is taken to hold as many ideas as it was asked for, none of them left out.

    Prompts with a role or words are nearly of one length: those of the first are taken.
    """
    wanted, size = attempts or 0, options.ideas_per_list
    if options.way == "role":
        return (planned_programs(wanted, role_question(view, seed_texts("roles")[0])),)
    if options.way == "words":
        return (planned_programs(wanted, words_question(view, ", ".join(seed_texts("words")[: options.seeds]))),)
    question = code_question(view, shots=0, idea=filler(options.words or OPEN_WORDS))
    lists = planned_lists("list", -(-wanted // size), list_question(view, options), items=size)
    return (lists, planned_programs(wanted, question))
