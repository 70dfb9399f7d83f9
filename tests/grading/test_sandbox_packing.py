"""Cases are packed once, and an answer is right by being the expected text only where equal values are right."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sandbox_jobs import job

from cotbench.core.errors import GradingError
from cotbench.core.problem import CallCase, Case
from cotbench.core.verdict import Job
from cotbench.grading import SandboxGrader
from cotbench.grading.packing import PackedCases

CODE = "def f(x): return x"
NAN = float("nan")


def cases_of(size: int) -> tuple[Case, ...]:
    return (CallCase(("x" * size,), 1),)


def test_cases_are_packed_once() -> None:
    packed = PackedCases()
    cases = cases_of(100)
    first = packed.bodies(job(CODE, cases))
    assert packed.bodies(job("def f(x): return 5", cases)) is first
    assert packed.number(job(CODE, cases)) == packed.number(job("", cases)) == 1
    assert packed.number(job(CODE, cases, prelude="import math")) == 2
    assert packed.number(job(CODE, cases_of(100))) == 3
    assert packed.number(replace(job(CODE, cases), comparer="evalplus")) == 4


def test_cases_that_were_used_long_ago_make_room_and_keep_their_number() -> None:
    packed = PackedCases(most=2500)
    jobs = [job(CODE, cases_of(1000)) for _ in range(3)]
    bodies = [packed.bodies(one) for one in jobs]
    assert packed.bodies(jobs[2]) is bodies[2]
    again = packed.bodies(jobs[0])
    assert again is not bodies[0]
    assert again == bodies[0]
    assert [packed.number(one) for one in jobs] == [1, 2, 3]


def test_cases_that_are_not_plain_data_are_refused_every_time() -> None:
    packed = PackedCases()
    refused = job(CODE, (CallCase((object(),), 1),))
    for _ in range(2):
        with pytest.raises(GradingError, match="not plain data"):
            packed.bodies(refused)


@pytest.mark.parametrize(
    ("comparer", "value", "outcome"),
    [
        ("exact", [1, "a", {2: (3,)}], "passed"),
        ("exact", [NAN], "passed"),
        ("evalplus", [1.5, 2], "passed"),
        ("evalplus", NAN, "wrong"),
        ("evalplus", [NAN] * 100, "wrong"),
        ("evalplus", [0.5] * 100, "passed"),
        ("evalplus", complex(NAN, 1), "wrong"),
    ],
)
def test_an_answer_in_the_letters_of_the_expected_output(
    grader: SandboxGrader, comparer: str, value: object, outcome: str
) -> None:
    judged: Job = replace(job(CODE, (CallCase((value,), value),)), comparer=comparer)
    assert [grader.judge(judged).outcome for _ in range(2)] == [outcome] * 2


def test_the_letters_of_the_expected_output_do_not_overrule_an_oracle(grader: SandboxGrader) -> None:
    # x - 1 = 0 has the root 1; the expected 5 is not one, though it is what the program returns.
    case = CallCase(([-1.0, 1.0],), 5.0)
    judged = replace(job("def f(x): return 5.0", (case,)), comparer="evalplus", oracle="find_zero", tolerance=1e-4)
    assert grader.judge(judged).outcome == "wrong"
    assert grader.judge(replace(judged, code="def f(x): return 1.0")).outcome == "passed"
