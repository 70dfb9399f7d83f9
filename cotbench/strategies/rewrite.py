"""Rewriting the statement: does the same problem, told in other words, find other programs?

The idea model tells the problem in its own words `rewrites` times. A rewriting may say something else than the problem,
so it is checked before it is used: the code model writes `checks` programs for it, and it is kept if one of them passes
the public cases. Programs for the check are not attempts, so attempts are not chosen by public cases. Attempt i is
written for rewriting i modulo `rewrites`, which alone takes the place of the statement; where that was not kept, for
the statement as it is, which is counted.

Paraphrasing is one of the perturbations of DivSampling (Wang et al. 2025, arXiv 2502.11027), where another model writes
it and nothing checks it. Where the statement stands in the starter code, as in HumanEval, it is cut out of it.
"""

from __future__ import annotations

import ast
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import cast

from cotbench.core.attempt import Attempt, Step
from cotbench.core.message import Reply
from cotbench.core.problem import ProblemView
from cotbench.core.program import extract_program
from cotbench.core.protocols import Context
from cotbench.core.spec import OptionValue
from cotbench.core.syntax import parsed
from cotbench.strategies.concurrent import merged
from cotbench.strategies.options import option
from cotbench.strategies.planning import OPEN_WORDS, PROGRAM_TOKENS, PlannedCalls, planned_programs, tokens_of
from cotbench.strategies.prompting import prompt
from cotbench.strategies.repeated import DRAWS_AT_ONCE, needed_attempts
from cotbench.strategies.writing import NO_CODE, noted, written

PRESETS: dict[str, dict[str, OptionValue]] = {"default": {}}


@dataclass(frozen=True, slots=True)
class RewriteOptions:
    """How many rewritings there are, and how each is checked."""

    rewrites: int = cast(int, option(4, "rewritings of the statement", least=1))
    checks: int = cast(int, option(2, "programs written to check each; one must pass the public cases", least=1))


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Statement → rewritings → programs for each, the public cases in between."""

    options: RewriteOptions
    name: str = "rewrite"

    async def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        """Yield `budget.attempts` attempts."""
        wanted = needed_attempts(ctx)
        count = min(self.options.rewrites, wanted)
        if not view.public:
            ctx.note("no public cases to check rewritings with")
            rewritings: tuple[Reply | None, ...] = (None,) * count
        else:
            question = prompt("rewrite/rewrite", view)
            rewritings = await ctx.child("rewrite").ask(question, n=count, by="idea", stop=NO_CODE)
        branches = (
            self._row(view, ctx, reply, row=row, rows=count, wanted=wanted) for row, reply in enumerate(rewritings)
        )
        async with merged(branches) as attempts:
            async for attempt in attempts:
                yield attempt

    async def _row(
        self, view: ProblemView, ctx: Context, reply: Reply | None, *, row: int, rows: int, wanted: int
    ) -> AsyncGenerator[Attempt, None]:
        """Yield the attempts row, row + rows … of one rewriting, or of the statement where it was not kept."""
        steps: tuple[Step, ...] = ()
        paid: tuple[str, ...] = ()
        shown = view
        if reply is not None:
            paid = (reply.call,)
            text = self._readable(view, ctx, reply)
            if text is not None:
                told = retold(view, text)
                kept, checks = await self._check(told, ctx.child(f"check{row}"))
                paid += checks
                if kept:
                    shown, steps = told, (Step("statement", text, reply.call, f"rewrite{row}"),)
        if not steps:
            ctx.note("statement used as it is")
        here = ctx.child(f"code{row}")
        indices = range(row, wanted, rows)
        for first in range(0, len(indices), DRAWS_AT_ONCE):
            chunk = indices[first : first + DRAWS_AT_ONCE]
            replies = await here.ask(prompt("repeated/code", shown), n=len(chunk), first=first)
            for index, answer in zip(chunk, replies, strict=False):
                yield written(ctx, shown, answer, index=index, lineage=steps, calls=paid)

    def _readable(self, view: ProblemView, ctx: Context, reply: Reply) -> str | None:
        """Return the text of a rewriting, None if it cannot be one."""
        text = noted(ctx, reply, "rewriting").text.strip()
        if not text or reply.finish == "refusal":
            return None
        if reply.finish == "length":
            ctx.note("rewriting cut at its token limit")
            return None
        if view.entry.name and view.entry.name not in text:
            ctx.note("rewriting lost the name of the function")
            return None
        return text

    async def _check(self, told: ProblemView, ctx: Context) -> tuple[bool, tuple[str, ...]]:
        """Return whether a program for a rewriting passes the public cases, and the calls that it took."""
        replies = await ctx.ask(prompt("repeated/code", told), n=self.options.checks)
        for reply in replies:
            code = extract_program(reply.text, wanted=told.entry.name, starter=told.starter)
            if code is not None and (await ctx.judge_public(code)).outcome == "passed":
                return True, tuple(reply.call for reply in replies)
        ctx.note("rewriting failed the check")
        return False, tuple(reply.call for reply in replies)


def retold(view: ProblemView, text: str) -> ProblemView:
    """Return the view with another statement, and starter code that does not hold the old one."""
    return replace(view, statement=text, starter=_without_docstrings(view.starter))


def _without_docstrings(starter: str) -> str:
    """Return starter code without its docstrings; code that cannot be read stays as it is."""
    tree = parsed(starter)
    if tree is None:
        return starter
    lines = starter.splitlines(keepends=True)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and ast.get_docstring(node) is not None
        ):
            said = node.body[0]
            # Only a docstring on lines of its own: what stands beside it must stay.
            if said.lineno > node.lineno and said.end_lineno is not None:
                lines[said.lineno - 1 : said.end_lineno] = [""] * (said.end_lineno - said.lineno + 1)
    return "".join(lines)


def calls(options: RewriteOptions, view: ProblemView, attempts: int | None, *, full: bool) -> tuple[PlannedCalls, ...]:
    """Return the calls of a unit, as if every rewriting could be read and were as long as the statement."""
    wanted = attempts or 0
    count = min(options.rewrites, wanted) if view.public else 0
    expected = max(tokens_of(OPEN_WORDS), tokens_of(len(view.statement.split())))
    question = prompt("repeated/code", view)
    return (
        PlannedCalls("rewrite", count, prompt("rewrite/rewrite", view), expected, by="idea", together=count or 1),
        PlannedCalls("check", count * options.checks, question, PROGRAM_TOKENS, together=options.checks),
        planned_programs(wanted, question, together=min(DRAWS_AT_ONCE, -(-wanted // options.rewrites) or 1)),
    )
