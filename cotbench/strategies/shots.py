"""Worked examples, shown as turns of the conversation before the question: few-shot prompting.

There are two banks of two problems each, one of functions and one of programs that read standard input; a problem's
entry chooses. With examples, what every problem's conversation begins with is the same, and providers reuse that.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal, cast

import yaml

from cotbench.core.message import Message, assistant, user
from cotbench.core.problem import Entry, ProblemView
from cotbench.strategies.options import option
from cotbench.strategies.prompting import render

FOLDER = "examples"
"""The folder of prompts that holds the banks."""

Shown = Literal["idea", "program", "reasoned program"]
"""What the model's turn of an example consists of."""


@dataclass(frozen=True, slots=True)
class Example:
    """A solved problem: how to solve it in a few words, the reasoning at length, and the program."""

    view: ProblemView
    idea: str
    reasoning: str
    program: str

    def answer(self, shown: Shown) -> str:
        """Return what the model said in this example."""
        if shown == "idea":
            return self.idea
        block = f"```python\n{self.program.strip()}\n```"
        return block if shown == "program" else f"{self.reasoning.strip()}\n\n{block}"


def shots_option(where: str = "") -> int:
    """Declare the option `shots` of a strategy; `where` says which of its calls have examples, if not all do."""
    return cast(int, option(0, f"worked examples before the question{where}: 0 or 2", choices=(0, 2)))


def few_shot(
    template: str, view: ProblemView, *, shots: int, shown: Shown, with_idea: bool = False, **values: object
) -> tuple[Message, ...]:
    """Return `shots` examples as turns and then the filled template.

    With `with_idea` the examples' questions hold their idea, as the template's own question does.
    """
    examples = examples_before(template, view, shots=shots, shown=shown, with_idea=with_idea, **values)
    return (*examples, user(render(template, view, **values)))


def examples_before(
    template: str, view: ProblemView, *, shots: int, shown: Shown, with_idea: bool = False, **values: object
) -> tuple[Message, ...]:
    """Return `shots` examples as turns, each asked for by the template, to stand before another question."""
    turns: list[Message] = []
    for example in bank(view.entry.kind)[:shots]:
        own = {**values, "idea": example.idea} if with_idea else values
        turns += [user(render(template, example.view, **own)), assistant(example.answer(shown))]
    return tuple(turns)


@functools.cache
def bank(kind: Literal["function", "stdin"]) -> tuple[Example, ...]:
    """Return the examples for problems that are entered in this way."""
    text = (files(__package__) / "prompts" / FOLDER / f"{kind}.yaml").read_text(encoding="utf-8")
    return tuple(
        Example(
            view=ProblemView(
                id=f"example/{kind}/{number}",
                statement=raw["statement"].strip(),
                entry=Entry(kind, raw.get("entry", "")),
                starter=raw.get("starter", ""),
                public=(),
            ),
            idea=raw["idea"],
            reasoning=raw["reasoning"],
            program=raw["program"],
        )
        for number, raw in enumerate(yaml.safe_load(text))
    )
