"""The model writes the prompts: reasoning templates for a benchmark, and draws under each of them.

Before its units the strategy shows the idea model `examples` problems of the benchmark, which the run then leaves out,
and asks for `templates` different procedures of reasoning about problems like these. They are checked, frozen in the
run directory under a digest, and used for all problems and in all sessions. Attempt i is drawn under template i modulo
their number and carries it as its step `guide`, labelled `template0`, `template1` …, so that what the template
decides can be told apart from chance as in `conditioned`; that the problems shown are left out makes the rest a test of
transfer.

After the metaprompt of prompt generators and the experts of Suzgun and Kalai 2024 (arXiv 2401.12954), of which this is
the simplest form: no model is asked to improve a template by how it does. Where it differs: a template has no slot for
the statement, which stands before it, so that all questions about a problem begin alike.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import cast

from cotbench.core.attempt import Attempt, Step
from cotbench.core.errors import ConfigurationError
from cotbench.core.groundwork import Findings, Ground
from cotbench.core.material import Material
from cotbench.core.message import Message
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context
from cotbench.core.spec import OptionValue
from cotbench.strategies.concurrent import merged
from cotbench.strategies.listing import ask_list
from cotbench.strategies.options import option
from cotbench.strategies.planning import OPEN_WORDS, PROGRAM_TOKENS, PlannedCalls, filler, tokens_of
from cotbench.strategies.prompting import prompt, render
from cotbench.strategies.repeated import DRAWS_AT_ONCE, draws_in_turn, needed_attempts
from cotbench.strategies.writing import written

PRESETS: dict[str, dict[str, OptionValue]] = {"default": {}}

_LEAST_WORDS = 3
"""A shorter text is no procedure."""


@dataclass(frozen=True, slots=True)
class MetaOptions:
    """How many templates there are, and what they are written from."""

    templates: int = cast(int, option(5, "reasoning templates for the benchmark", least=1))
    examples: int = cast(int, option(2, "problems they are written from, which the run leaves out", least=1))
    words: int = cast(int, option(120, "length of a template, in words", least=_LEAST_WORDS))


@dataclass(frozen=True, slots=True)
class MetaGroundwork:
    """Asks for the templates, once."""

    options: MetaOptions

    def choose(self, views: Sequence[ProblemView]) -> Sequence[str]:
        """Return the first problems, at most half of them. Raises ConfigurationError if that is none."""
        if len(views) < 2:
            raise ConfigurationError("meta needs a benchmark of at least 2 problems: one to write templates from")
        return [view.id for view in views[: min(self.options.examples, len(views) // 2)]]

    async def lay(self, grounds: Sequence[Ground]) -> Findings:
        """Return the templates that can be used, as {"templates": […]}."""
        ctx = grounds[0].ctx
        views = [ground.view for ground in grounds]
        question = templates_question(views, self.options)
        listed = await ask_list(ctx.child("templates"), question, name="templates", most=self.options.templates)
        templates = [text for text in listed.items if _usable(text, views, ctx)]
        if len(templates) < self.options.templates:
            ctx.note("fewer templates than asked for")
        return Findings(json.dumps({"templates": templates}))


@dataclass(frozen=True, slots=True)
class Meta:
    """One call per attempt, each under one of the templates in turn."""

    options: MetaOptions
    material: Material = field(default_factory=Material)
    name: str = "meta"

    async def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        """Yield `budget.attempts` attempts."""
        wanted = needed_attempts(ctx)
        templates: list[str] = json.loads(self.material.findings.text).get("templates", [])
        if not templates:
            ctx.note("no template to reason by")
        rows = templates or [""]

        async def row(number: int, template: str) -> AsyncGenerator[Attempt, None]:
            here = ctx.child(f"template{number}/code")
            steps = (Step("guide", template, "", f"template{number}"),) if template else ()
            question = code_question(view, template)
            async with aclosing(draws_in_turn(here, question, row=number, rows=len(rows), wanted=wanted)) as drawn:
                async for index, reply in drawn:
                    yield written(ctx, view, reply, index=index, lineage=steps)

        async with merged(row(*numbered) for numbered in enumerate(rows)) as attempts:
            async for attempt in attempts:
                yield attempt


def templates_question(views: Sequence[ProblemView], options: MetaOptions) -> tuple[Message, ...]:
    """Return the prompt that asks for templates and shows these problems."""
    examples = [render("shared/problem", view) for view in views]
    return prompt("meta/templates", views[0], examples=examples, templates=options.templates, words=options.words)


def code_question(view: ProblemView, template: str) -> tuple[Message, ...]:
    """Return the prompt for a program that is reasoned about by a template; "" leaves the model to itself."""
    return prompt("meta/code", view, procedure=template)


def _usable(text: str, views: Sequence[ProblemView], ctx: Context) -> bool:
    """Whether a template can stand for any problem; why it cannot is noted."""
    if "```" in text or len(text.split()) < _LEAST_WORDS:
        ctx.note("template unusable")
        return False
    if any(view.entry.name and view.entry.name in text for view in views):
        ctx.note("template about one problem left out")
        return False
    return True


def ground_calls(options: MetaOptions, views: Sequence[ProblemView], full: bool) -> tuple[PlannedCalls, ...]:
    """Return the one call that writes the templates."""
    expected = tokens_of(options.words * options.templates)
    return (PlannedCalls("templates", 1, templates_question(views, options), expected, by="idea"),)


def calls(options: MetaOptions, view: ProblemView, attempts: int | None, *, full: bool) -> tuple[PlannedCalls, ...]:
    """Return the calls of a unit, as if there were all templates and each as long as it may be."""
    wanted = attempts or 0
    question = code_question(view, filler(options.words))
    together = min(DRAWS_AT_ONCE, max(1, -(-wanted // options.templates)))
    return (PlannedCalls("code", wanted, question, tokens_of(OPEN_WORDS) + PROGRAM_TOKENS, together=together),)
