"""Selectors that ask a model, on worked examples: what they read, what they ask, and how they decide."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from cotbench.core.problem import UNKNOWN, CallCase, Entry, ProblemView, StdinCase
from cotbench.core.seen import Seen
from cotbench.selectors import Candidate, Candidates, Watched, by_duels, by_tests
from cotbench.selectors.codet import asserted_cases, listed_cases
from cotbench.selectors.pairwise import read_inputs
from tests.strategies.fake import FakeContext, Log

VIEW = ProblemView("p", "Add one to x.", Entry("function", "inc"), "def inc(x):\n", (CallCase((1,), 2),))
STDIN = ProblemView("q", "Print the sum.", Entry("stdin"), "", ())

RIGHT, OFF, LATE, BREAKS = "x + 1", "x + 2", "x + (1 if x < 10 else 5)", "1 // 0"
FUNCTIONS: dict[str, Callable[[int], int]] = {
    RIGHT: lambda x: x + 1,
    f"({RIGHT})": lambda x: x + 1,
    OFF: lambda x: x + 2,
    LATE: lambda x: x + (1 if x < 10 else 5),
}


class Runs:
    """Stands for the sandbox: programs are names of functions. Remembers what ran."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[object, ...], tuple[str, ...]]] = []

    async def __call__(self, cases: Sequence[CallCase | StdinCase], codes: Sequence[str]) -> Watched:
        calls = [case for case in cases if isinstance(case, CallCase)]
        self.asked.append((tuple(case.arguments for case in calls), tuple(codes)))
        seen = tuple(
            tuple(
                Seen("passed", str(FUNCTIONS[code](int(str(case.arguments[0])))), "shown")
                if code in FUNCTIONS
                else Seen("error", "", "ZeroDivisionError")
                for case in calls
            )
            for code in codes
        )
        return Watched(seen, tuple("" if case.expected is UNKNOWN else str(case.expected) for case in calls))


def pool(*codes: str | None, behaviours: Sequence[tuple[str, ...]] = ()) -> Candidates:
    attempts = [
        Candidate(code, code is not None, behaviours[place] if behaviours else ()) for place, code in enumerate(codes)
    ]
    return Candidates(VIEW, tuple(attempts))


def test_consensus_is_programs_times_tests() -> None:
    """Two right programs pass three of four tests (6); four that are off pass the wrong one (4)."""
    tests = "```python\nassert inc(1) == 2\nassert inc(2) == 3\nassert inc(20) == 21\nassert inc(3) == 5\n```"
    log, runs = Log(lambda path, draw, text: tests if draw == 0 else "I cannot think of any.", None), Runs()
    candidates = pool(OFF, OFF, None, RIGHT, OFF, f"({RIGHT})", OFF)
    rank = asyncio.run(by_tests(candidates, FakeContext(log), runs, replies=2))
    assert rank(range(7)) == [3, 0, 5, 1, 4, 6]
    # Of one right program and one that is off in a draw the right one has more tests.
    assert rank([6, 5]) == [5, 6]
    assert log.notes == {"tests unparsable": 1}
    # Each distinct program runs once on each test.
    assert runs.asked == [(((1,), (2,), (20,), (3,)), (OFF, RIGHT, f"({RIGHT})"))]
    assert list(log.calls) == ["tests#0", "tests#1"]
    assert RIGHT not in log.conversations["tests#0"][0].content


def test_a_program_that_fails_passes_no_test_that_expects_nothing() -> None:
    log = Log(lambda path, draw, text: "assert inc(5) == 6", None)
    rank = asyncio.run(by_tests(pool(BREAKS, BREAKS, RIGHT), FakeContext(log), Runs(), replies=1))
    assert rank([0, 1, 2]) == [2, 0, 1]


def test_without_a_test_order_decides_and_one_program_needs_none() -> None:
    log, runs = Log(lambda path, draw, text: "no", None), Runs()
    rank = asyncio.run(by_tests(pool(OFF, RIGHT), FakeContext(log), runs, replies=1))
    assert (rank([1, 0]), runs.asked) == ([1, 0], [])
    assert log.notes == {"tests unparsable": 1, "tests missing": 1}
    silent = Log(lambda path, draw, text: "no", None)
    asyncio.run(by_tests(pool(RIGHT, RIGHT, None), FakeContext(silent), runs))
    assert not silent.calls


def test_a_form_that_is_repeated_from_the_prompt_is_no_test() -> None:
    text = "assert inc(...) == ...\nassert inc(1) == [...]\nassert inc({'a': ...})\nassert inc(1) == '...'"
    assert asserted_cases(text, "inc") == [CallCase((1,), "...")]
    log = Log(lambda path, draw, text: "assert inc(...) == ...", None)
    asyncio.run(by_tests(pool(OFF, RIGHT), FakeContext(log), Runs(), replies=1))
    assert log.notes == {"tests unparsable": 1, "tests missing": 1}


def test_tests_are_read_from_replies() -> None:
    text = (
        "Here:\n  assert inc(1) == [2, 'a']\nassert not inc(0)\nassert inc(x) == 2\nassert other(1) == 2\nassert inc("
    )
    assert asserted_cases(text, "inc") == [CallCase((1,), [2, "a"]), CallCase((0,), False)]
    assert len(asserted_cases("assert inc(1) == 2\n" * 9, "inc")) == 5
    listed = '```json\n{"tests": [{"input": "1 2\\n", "output": "3"}, {"input": 5, "output": "5"}]}\n```'
    assert listed_cases(listed) == [StdinCase("1 2\n", "3")]
    assert [listed_cases(bad) for bad in ("", "{", '{"tests": 3}', "[1]")] == [[], [], [], []]


LIKE_RIGHT, LIKE_LATE, LIKE_OFF = ("2", "3"), ("2", "9"), ("3", "4")
CLUSTERS = (LIKE_LATE, LIKE_LATE, LIKE_RIGHT, LIKE_OFF)
CODES = (LATE, LATE, RIGHT, OFF)


def honest(path: str, draw: int, text: str) -> str:
    """Answer like a model that knows the right program, whichever letter it has."""
    if path.endswith("inputs"):
        return '{"inputs": ["5", "inc(30)"]}'
    first, second = (part.split("```")[1] for part in text.split("Program ")[1:3])
    return "A" if RIGHT in first else "B" if RIGHT in second else "A" if LATE in first else "Program B."


def test_executed_inputs_and_both_orders_decide() -> None:
    log, runs = Log(honest, None), Runs()
    candidates = pool(*CODES, behaviours=CLUSTERS)
    rank = asyncio.run(by_duels(candidates, FakeContext(log), runs))
    # Right wins twice, late once; the largest cluster comes second.
    assert rank(range(4)) == [2, 0, 3, 1]
    assert rank([0, 3]) == [0, 3]
    assert len(log.calls) == 3 * 3
    # Late and right agree on 5: the second input tells them apart, and its outputs are shown.
    judged = [talk[0].content for key, talk in log.conversations.items() if "forth" in key]
    assert any("30" in text for text in judged)
    assert {log.temperatures[key] for key in log.calls if "inputs" not in key} == {0.0}


def test_a_judge_who_goes_by_the_place_decides_nothing() -> None:
    log = Log(lambda path, draw, text: '{"inputs": ["30"]}' if path.endswith("inputs") else "A", None)
    rank = asyncio.run(by_duels(pool(*CODES, behaviours=CLUSTERS), FakeContext(log), Runs()))
    assert rank(range(4)) == [0, 2, 3, 1]
    assert log.notes == {"judgement depends on order": 3}


def test_the_majority_decides_without_a_judge() -> None:
    """Late is the largest cluster, but on 5 it says what right says, and three outvote two that are off."""
    log, runs = Log(lambda path, draw, text: '{"inputs": ["5"]}', None), Runs()
    candidates = pool(OFF, OFF, LATE, RIGHT, RIGHT, behaviours=(LIKE_OFF, LIKE_OFF, LIKE_LATE, LIKE_RIGHT, LIKE_RIGHT))
    rank = asyncio.run(by_duels(candidates, FakeContext(log), runs, decider="majority"))
    assert rank(range(5)) == [3, 2, 0, 4, 1]
    assert len(log.calls) == 3
    assert log.notes == {"no input tells them apart": 1}


def test_only_the_largest_clusters_meet_and_the_others_follow_by_size() -> None:
    log = Log(honest, None)
    candidates = pool(OFF, RIGHT, RIGHT, LATE, LATE, behaviours=(LIKE_OFF, *[LIKE_RIGHT] * 2, *[LIKE_LATE] * 2))
    rank = asyncio.run(by_duels(candidates, FakeContext(log), Runs(), clusters=2))
    assert rank(range(5)) == [1, 3, 0, 2, 4]
    assert len(log.calls) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"inputs": ["1, [2]", "inc(3)", 4, "x", "1"]}', [(1, [2]), (3,), (4,)]),
        ("Sure!", []),
        ('{"inputs": "1"}', []),
        ('{"inputs": ["__import__(\'os\')", ""]}', [()]),
    ],
)
def test_inputs_are_read_as_literals(text: str, expected: list[tuple[object, ...]]) -> None:
    found = read_inputs(text, VIEW)
    assert [case.arguments for case in found if isinstance(case, CallCase)] == expected


def test_inputs_of_scripts_are_texts() -> None:
    assert read_inputs('{"inputs": ["1 2", "1 2\\n"]}', STDIN) == [StdinCase("1 2\n", "")]
