"""Tests that the model writes for a problem, from its statement alone: inputs, and the outputs that it expects.

Functions are tested by lines `assert f(…) == …` with plain values, programs that read standard input by JSON. They are
read, never run as they stand: what becomes of them are cases, and what cannot be read is counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from cotbench.core.asserts import assert_cases
from cotbench.core.message import Message
from cotbench.core.problem import CallCase, Case, ProblemView, StdinCase
from cotbench.core.protocols import Context
from cotbench.core.trial import case_text
from cotbench.strategies.planning import ITEM_WORDS, PlannedCalls, tokens_of
from cotbench.strategies.prompting import prompt
from cotbench.strategies.writing import noted


def tests_question(view: ProblemView, count: int) -> tuple[Message, ...]:
    """Return the question for so many tests."""
    return prompt("refine/tests", view, count=count)


async def made_tests(ctx: Context, view: ProblemView, count: int) -> tuple[tuple[Case, ...], str]:
    """Ask for tests; return those that could be read, at most `count`, and the key of the call.

    Notes `no tests in reply` where there are none, and `fewer tests than asked for`.
    """
    reply = noted(ctx, await ctx.child("tests").ask(tests_question(view, count)), "tests")
    found = read_tests(view, reply.text)[:count]
    if not found:
        ctx.note("no tests in reply")
    elif len(found) < count:
        ctx.note("fewer tests than asked for")
    return found, reply.call


def read_tests(view: ProblemView, text: str) -> tuple[Case, ...]:
    """Return the different tests that a reply holds, in order."""
    cases = _printed(text) if view.entry.kind == "stdin" else _asserted(view, text)
    return tuple({case_text(case): case for case in cases}.values())


def planned_tests(view: ProblemView, count: int) -> PlannedCalls:
    """Return the call for so many tests."""
    return PlannedCalls("tests", 1, tests_question(view, count), tokens_of(ITEM_WORDS * count))


def _asserted(view: ProblemView, text: str) -> Iterable[Case]:
    return (case for case in assert_cases(text, view.entry.name) if isinstance(case, CallCase))


def _printed(text: str) -> Iterable[Case]:
    start, end = text.find("{"), text.rfind("}")
    try:
        found = json.loads(text[start : end + 1]) if 0 <= start < end else {}
    except (ValueError, RecursionError):
        return
    cases = found.get("cases") if isinstance(found, dict) else None
    for case in cases if isinstance(cases, list) else ():
        match case:
            case {"input": str(given), "output": str(printed)}:
                yield StdinCase(given, printed)
