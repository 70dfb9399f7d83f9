"""Programs and conversations as rows for other tools."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotbench.analysis.exporting import completion_of, with_imports
from cotbench.analysis.training import Answer, answers_of, training_rows
from cotbench.core.attempt import Step, StepKind
from cotbench.core.message import Usage
from cotbench.core.verdict import Outcome
from cotbench.store import AttemptRow, CallRow, RunRows

HEADER = "def twice(x: int) -> int:\n"
DOCUMENTED = 'import math\n\ndef twice(x):\n    """Return 2 x."""\n'
METHOD = "class Solution:\n    def twice(self, x: int) -> int:\n        "
OWN = "def twice(x):\n    return x + x\n"


def results(source: str) -> list[int]:
    """Run a program of ours and return what it computes for a few numbers."""
    space: dict[str, object] = {}
    exec(source, space)
    made = space["twice"] if "twice" in space else space["Solution"]().twice  # type: ignore[operator]
    return [made(x) for x in (0, 1, 7)]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("starter", "code", "completion"),
    [
        (HEADER, f"{HEADER}    return 2 * x\n", "    return 2 * x\n"),
        (DOCUMENTED, f"{DOCUMENTED}    return 2 * x\n", "    return 2 * x\n"),
        (DOCUMENTED, OWN, OWN),
        (HEADER, OWN, f"\n    pass\n\n\n{OWN}"),
        ("", OWN, OWN),
        (
            METHOD,
            "class Solution:\n    def twice(self, x):\n        return 2 * x\n",
            "\n        pass\n\n\nclass Solution:\n    def twice(self, x):\n        return 2 * x\n",
        ),
        ("def twice(x):\n    ", "def twice(x): return 2 * x\n", "\n    pass\n\n\ndef twice(x): return 2 * x\n"),
    ],
)
def test_a_completion_makes_the_same_program_of_its_starter(starter: str, code: str, completion: str) -> None:
    assert completion_of(code, starter) == completion
    assert results(starter + completion) == [0, 2, 14]


def test_what_is_no_program_stays_none() -> None:
    assert completion_of("", HEADER) == completion_of(" \n", HEADER) == ""
    with pytest.raises(SyntaxError):
        ast.parse(HEADER + completion_of("def twice(x) return", HEADER))
    assert completion_of(HEADER, HEADER).strip(), "nothing more than the starter is still a program, and a wrong one"


@given(
    st.sampled_from([HEADER, DOCUMENTED, METHOD, "", "def twice(x):\n\tif x:\n"]),
    st.sampled_from(
        [OWN, "import math\n\n\ndef twice(x):\n    return math.trunc(2 * x)\n", "twice = lambda x: 2 * x\n"]
    ),
)
def test_any_program_can_be_a_completion(starter: str, code: str) -> None:
    whole = starter + completion_of(code, starter)
    tail = [ast.dump(statement) for statement in ast.parse(code).body]
    try:
        assert [ast.dump(statement) for statement in ast.parse(whole).body][-len(tail) :] == tail
    except SyntaxError:
        assert starter.endswith("if x:\n")


def test_a_solution_brings_the_imports_that_it_lacks() -> None:
    prelude = "from typing import List\nimport math\n"
    typed = "def f(xs: List[int]):\n    return xs\n"
    assert with_imports(typed, prelude) == f"from typing import List\nimport math\n\n\n{typed}"
    for code in ("from typing import List\n\n\n" + typed, OWN, "def f(", ""):
        assert with_imports(code, prelude) == code
    assert with_imports(typed, "") == typed


TEXTS = {"d1": "Twice, please.", "d2": "Be short."}


def call(draw: int, text: str, *, messages: tuple[tuple[str, str], ...] = (("user", "d1"),)) -> CallRow:
    return CallRow("p", 0, "", draw, {}, messages, text, "stop", Usage(), 0.0, 0.0, 0.0)


def attempt(index: int, *kinds: StepKind, key: str | None = None) -> AttemptRow:
    steps = (*(Step(kind, "t", "", "") for kind in kinds), Step("code", "t", f"p::0::#{index}" if key is None else key))
    return AttemptRow("p", 0, index, "x", steps, ())


def test_answers_come_with_the_question_that_was_asked() -> None:
    calls = [call(0, "A"), call(1, "B", messages=(("system", "d2"), ("user", "d1"))), call(2, "C")]
    attempts = [attempt(2, "sketch"), attempt(0, "idea"), attempt(1), attempt(3), attempt(4, key="")]
    rows = RunRows(
        units={},
        calls={row.key: row for row in calls},
        attempts={row.key: row for row in attempts},
        verdicts={},
        torn=0,
    )
    outcomes: dict[str, Outcome] = {"p::0::0": "passed", "p::0::1": "wrong"}
    answers, left_out = answers_of(rows, TEXTS, outcomes, ["p", "q"])
    assert answers == [
        Answer("p", 0, 0, (("user", "Twice, please."),), "A", "passed"),
        Answer("p", 0, 1, (("system", "Be short."), ("user", "Twice, please.")), "B", "wrong"),
    ]
    assert left_out == {"written from a description of a right program": 1, "without its call": 2}
    assert answers_of(rows, TEXTS, outcomes, ["q"]) == ([], {})


def answer(index: int, outcome: Outcome | None, question: str = "Q", reply: str = "") -> Answer:
    return Answer("p", 0, index, (("user", question),), reply or f"reply {index}", outcome)


ANSWERS = [
    answer(0, "wrong"),
    answer(1, "passed"),
    answer(2, "passed", reply="reply 1\n"),
    answer(3, "no_code"),
    answer(4, None),
    answer(5, "passed"),
    answer(6, "timeout"),
    answer(7, "error"),
    answer(8, "passed", "another"),
    answer(9, "wrong", "a third"),
]


def test_sft_rows_are_right_answers_each_once() -> None:
    rows = list(training_rows(ANSWERS, "sft"))
    assert [row["index"] for row in rows] == [1, 5, 8]
    assert rows[0]["prompt"] == [{"role": "user", "content": "Q"}]
    assert rows[0]["completion"] == [{"role": "assistant", "content": "reply 1"}]


def test_dpo_pairs_are_answers_to_one_question() -> None:
    rows = list(training_rows(ANSWERS, "dpo"))
    assert [(row["index"], row["rejected_index"]) for row in rows] == [(1, 0), (5, 6)]
    assert rows[1]["chosen"] == [{"role": "assistant", "content": "reply 5"}]
    assert rows[1]["rejected"] == [{"role": "assistant", "content": "reply 6"}]
