"""What models are told of their programs, and the tests that they write."""

from __future__ import annotations

import asyncio

import pytest

from cotbench.core.problem import CallCase, Case, CheckCase, Entry, ProblemView, StdinCase
from cotbench.core.trial import CaseResult, Trial
from cotbench.strategies.made_tests import made_tests, read_tests
from cotbench.strategies.tries import MOST_TEXT, feedback_text
from tests.strategies.fake import STDIN_VIEW, VIEW, FakeContext, Log


def told(view: ProblemView, kind: str, *pairs: tuple[Case, CaseResult]) -> str:
    return feedback_text(view, kind, [case for case, _ in pairs], Trial(tuple(result for _, result in pairs)))


def test_calls_are_told_with_what_they_gave() -> None:
    text = told(
        VIEW,
        "public",
        (CallCase((1,), 2), CaseResult("passed")),
        (CallCase(("a", [None]), {1}), CaseResult("wrong", "7", "wrong output")),
        (CallCase((3,), 4), CaseResult("error", "", "IndexError")),
    )
    assert text == (
        "It fails 2 of 3 public tests:\n\n"
        "- `add_one('a', [None])` must return `{1}`, but it returns `7`.\n\n"
        "- `add_one(3)` must return `4`, but it fails: IndexError."
    )


def test_printed_output_is_told_in_blocks() -> None:
    text = told(STDIN_VIEW, "generated", (StdinCase("1 2\n", "3\n"), CaseResult("wrong", "4\n", "wrong output")))
    assert text == (
        "It fails 1 of 1 tests that were made up for this problem, some of which may be wrong themselves:\n\n"
        "For the input\n\n```\n1 2\n```\n\nit must print\n\n```\n3\n```\n\nbut it prints\n\n```\n4\n```"
    )
    text = told(STDIN_VIEW, "public", (StdinCase("1\n", "3\n"), CaseResult("timeout", "", "no result within 4 s")))
    assert text.endswith("but it fails: no result within 4 s.")


def test_no_more_is_told_than_is_asked_for_or_is_useful() -> None:
    failing = (CallCase((1,), 2), CaseResult("wrong", "9", "wrong output"))
    assert told(VIEW, "public", *[failing] * 5).count("must return") == 3
    assert "must return" not in told(VIEW, "simple", failing) + told(VIEW, "none", failing)
    check = (CheckCase("def check(f):\n    assert f(1)\n"), CaseResult("error", "", "TypeError"))
    assert "assert f(1)\n```\n\nfails: TypeError." in told(VIEW, "public", check)
    long = told(VIEW, "public", (CallCase(("x" * 5000,), 1), CaseResult("wrong", "2")))
    assert len(long) < MOST_TEXT + 200 and "characters more" in long


def test_tests_are_read_and_never_run() -> None:
    text = (
        "Here:\n```python\nassert add_one(1) == 2\nassert add_one(1) == 2\nassert add_one(x) == 3\nassert f(2) == 3\n"
    )
    more = "assert add_one([1, (2,)]) == {'a': None}\nassert add_one(...) == 1\nassert add_one(4) == open('x')\n```"
    assert read_tests(VIEW, text + more) == (CallCase((1,), 2), CallCase(([1, (2,)],), {"a": None}))
    printed = 'Sure: {"cases": [{"input": "1\\n", "output": "2"}, {"input": 3, "output": "x"}, "no"]} Done.'
    assert read_tests(STDIN_VIEW, printed) == (StdinCase("1\n", "2"),)
    assert read_tests(STDIN_VIEW, "{" * 10_000 + "}") == ()


@pytest.mark.parametrize(
    ("reply", "count", "notes"),
    [
        ("assert add_one(1) == 2\nassert add_one(2) == 3", 2, {}),
        ("assert add_one(1) == 2", 1, {"fewer tests than asked for": 1}),
        ("There is nothing to test.", 0, {"no tests in reply": 1}),
        ("", 0, {"empty tests": 1, "no tests in reply": 1}),
    ],
)
def test_what_is_missing_is_counted(reply: str, count: int, notes: dict[str, int]) -> None:
    log = Log(lambda path, draw, prompt: reply, None)
    found, call = asyncio.run(made_tests(FakeContext(log), VIEW, 2))
    assert (len(found), call, dict(log.notes)) == (count, "tests#0", notes)


def test_names_of_methods_are_tested_by_their_calls() -> None:
    view = ProblemView("h", "Pick one.", Entry("function", "pick"), "class Solution:\n    def pick(self, n): ", ())
    assert read_tests(view, "assert pick([3], 1) == -2") == (CallCase(([3], 1), -2),)
