"""`codet`: programs and tests that agree with each other (Chen et al. 2022, arXiv 2207.10397).

The model writes tests from the statement alone; every program that passes the public cases runs on every test.
Programs that pass just the same tests form a consensus set, with the score |programs| × |tests passed|. One program of
each set is submitted, the best set first, then a second one of each. Of two sets of a score the one that passes more
tests goes first, then the one that began earlier. A test that occurs twice counts once; tests may contradict another.

The paper also lets programs take part that fail the examples of the statement. Without a readable test order decides.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from cotbench.core.asserts import assert_cases
from cotbench.core.errors import BudgetReached
from cotbench.core.ids import canonical
from cotbench.core.message import Schema
from cotbench.core.problem import CallCase, ProblemView, StdinCase
from cotbench.core.protocols import Context
from cotbench.selectors.candidates import Candidates, Ranking, grouped, in_turns
from cotbench.selectors.prompting import prompt
from cotbench.selectors.watching import Watch

REPLIES = 4
"""How many replies of tests are asked for."""

TESTS = 5
"""How many tests a reply is asked to hold (Chen et al. 2022: 100 replies of about 5 for each problem)."""

_CASES = Schema(
    name="tests",
    text=canonical(
        {
            "type": "object",
            "properties": {
                "tests": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"input": {"type": "string"}, "output": {"type": "string"}},
                        "required": ["input", "output"],
                        "additionalProperties": False,
                    },
                    "minItems": 1,
                    "maxItems": TESTS,
                }
            },
            "required": ["tests"],
            "additionalProperties": False,
        }
    ),
)


async def by_tests(candidates: Candidates, ctx: Context, watch: Watch, replies: int = REPLIES) -> Ranking:
    """Return the ranking by dual execution agreement. Raises BackendError and GradingError; a cap leaves fewer tests.

    Replies without a test are noted as `tests unparsable`, and if all are, `tests missing`.
    """
    codes = _codes(candidates)
    tests = await _tests(candidates.view, ctx.child("tests"), replies) if len(codes) > 1 else ()
    passed: dict[str, tuple[bool, ...]] = {}
    if tests:
        watched = await watch(tests, codes)
        for code, seen in zip(codes, watched.seen, strict=True):
            passed[code] = tuple(
                one.digest == expected != "" for one, expected in zip(seen, watched.expected, strict=True)
            )
    return _ranking(candidates, tuple(passed.get(attempt.code or "", ()) for attempt in candidates.attempts))


def _ranking(candidates: Candidates, passed: tuple[tuple[bool, ...], ...]) -> Ranking:
    """Return the ranking by which tests each candidate passes."""

    def rank(drawn: Sequence[int]) -> list[int]:
        sets = grouped(candidates.passers(drawn), lambda place: passed[place])
        order = sorted(sets, key=lambda tests: (-len(sets[tests]) * sum(tests), -sum(tests)))
        return in_turns(sets[tests] for tests in order)

    return rank


def _codes(candidates: Candidates) -> list[str]:
    places = candidates.passers(range(len(candidates.attempts)))
    codes = (candidates.attempts[place].code for place in places)
    return list(dict.fromkeys(code for code in codes if code is not None))


async def _tests(view: ProblemView, ctx: Context, replies: int) -> tuple[CallCase | StdinCase, ...]:
    in_calls = view.entry.kind == "function"
    messages = prompt("codet/asserts" if in_calls else "codet/cases", view, count=TESTS)
    try:
        answers = await ctx.ask(messages, n=replies, schema=None if in_calls else _CASES)
    except BudgetReached:
        return ()
    found: dict[str, CallCase | StdinCase] = {}
    for answer in answers:
        read = asserted_cases(answer.text, view.entry.name) if in_calls else listed_cases(answer.text)
        if not read:
            ctx.note("tests unparsable")
        found.update({repr(case): case for case in read})
    if not found:
        ctx.note("tests missing")
    return tuple(found.values())


def asserted_cases(text: str, function: str) -> Sequence[CallCase | StdinCase]:
    """Return the assertions of a reply that compare a call of the function with a literal, at most `TESTS`."""
    return [case for case in assert_cases(text, function) if isinstance(case, CallCase)][:TESTS]


def listed_cases(text: str) -> Sequence[CallCase | StdinCase]:
    """Return the pairs of input and output in a reply, at most `TESTS`; none if it is not the JSON asked for."""
    try:
        value = json.loads(text[text.index("{") : text.rindex("}") + 1])
    except (ValueError, RecursionError):
        return []
    tests = value.get("tests") if isinstance(value, dict) else None
    found: list[CallCase | StdinCase] = []
    for test in tests if isinstance(tests, list) else []:
        match test:
            case {"input": str(given), "output": str(expected)}:
                found.append(StdinCase(given, expected))
    return found[:TESTS]
