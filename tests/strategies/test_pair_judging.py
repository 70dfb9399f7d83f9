"""The questions to a judge of ideas, and how its answers are read."""

from __future__ import annotations

import pytest

from cotbench.core.problem import CallCase, Entry, Problem
from cotbench.strategies.pair_judging import judge_digest, pair_question, says_same, summary_question

VIEW = Problem(
    id="p",
    statement="Return twice x.",
    entry=Entry("function", "f"),
    hidden=(CallCase((1,), 2),),
    starter="def f(x):\n",
).view()
CODES = ("def f(x):\n    return 2 * x\n", "def f(x):\n    return x + x\n")


@pytest.mark.parametrize(
    ("reply", "same"),
    [
        ("same", True),
        ("Different.", False),
        ("**Same**", True),
        ("They are not the same.", False),
        ("These aren't the same idea", False),
        ("The two are not different: same", True),
        ("They are not different.", True),
        ("The first adds, the second multiplies, but the same quantity is kept. Verdict: different", False),
        ("yes", None),
        ("", None),
        ("sameness is hard to tell", None),
    ],
)
def test_an_answer_is_read(reply: str, same: bool | None) -> None:
    assert says_same(reply) is same


def test_questions_hold_the_problem_the_programs_and_what_was_said_of_them() -> None:
    (asked,) = summary_question(VIEW, CODES[0])
    assert VIEW.statement in asked.content and CODES[0] in asked.content
    (pair,) = pair_question(VIEW, CODES, ("It doubles.", ""))
    places = [pair.content.index(text) for text in (VIEW.statement, "It doubles.", CODES[0], CODES[1])]
    assert places == sorted(places)
    assert "same or different" in pair.content
    assert len(judge_digest()) == 64
