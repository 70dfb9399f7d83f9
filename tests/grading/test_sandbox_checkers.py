"""Problems with many right answers, and tests that run beside the program."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import pytest
from sandbox_jobs import LIMITS, Judge

from cotbench.core.errors import GradingError
from cotbench.core.problem import CallCase, Case, CheckCase, Entry, StdinCase
from cotbench.core.verdict import Job, Limits
from cotbench.grading import SandboxGrader

DIVISOR = "def check(given, produced, expected):\n    return 1 < produced < given[0] and given[0] % produced == 0"
PAIR = """
def check(given, produced, expected):
    a, b = map(int, produced.split())
    return a + b == int(given) and (a > b) == (expected.strip() == "first is larger")
"""


def outcome(grader: SandboxGrader, code: str, checker: str, *cases: Case, limits: Limits = LIMITS) -> str:
    entry = Entry("stdin") if isinstance(cases[0], StdinCase) else Entry("function", "f")
    return grader.judge(Job(code, entry, cases, "checker", limits, oracle=checker)).outcome


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f(x): return 2", "passed"),
        ("def f(x): return x // 2", "passed"),
        ("def f(x): return 5", "wrong"),
        ("def f(x): return x", "wrong"),
        ("def f(x): return 'two'", "wrong"),
        ("class E:\n    def __rmod__(s, o): return 0\n    __gt__ = __lt__ = __rmod__\ndef f(x): return E()", "wrong"),
        ("def f(x): return 1 / 0", "error"),
    ],
)
def test_a_checker_decides_about_calls(grader: SandboxGrader, code: str, expected: str) -> None:
    assert outcome(grader, code, DIVISOR, CallCase((12,), None), CallCase((30,), None)) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("n = int(input())\nprint(n, 0)", "passed"),
        ("n = int(input())\nprint(n + 5, -5)", "passed"),
        ("n = int(input())\nprint(0, n)", "wrong"),
        ("print(1)", "wrong"),
    ],
)
def test_a_checker_decides_about_printed_output(grader: SandboxGrader, code: str, expected: str) -> None:
    assert outcome(grader, code, PAIR, StdinCase("7\n", "first is larger")) == expected


def test_a_checker_that_hangs_or_raises_accepts_nothing(grader: SandboxGrader) -> None:
    for body in ("while True: pass", "raise SystemError", "return given[5]"):
        checker = f"def check(given, produced, expected):\n    {body}"
        assert outcome(grader, "def f(x): return 1", checker, CallCase((1,), 1), limits=Limits(0.3)) == "wrong"
    assert outcome(grader, "def f(x): return 2", DIVISOR, CallCase((12,), None)) == "passed"


def test_a_checker_keeps_nothing_from_one_program_to_the_next(grader: SandboxGrader) -> None:
    checker = "seen = []\ndef check(given, produced, expected):\n    seen.append(1)\n    return len(seen) < 3"
    for _ in range(5):
        assert outcome(grader, "def f(x): return x", checker, CallCase((1,), 1)) == "passed"


def test_a_checker_has_the_time_of_the_problem_that_asks(grader: SandboxGrader) -> None:
    checker = "import time\ndef check(given, produced, expected):\n    time.sleep(0.6)\n    return True"
    for seconds, expected in ((0.2, "wrong"), (5.0, "passed"), (0.2, "wrong")):
        assert outcome(grader, "def f(x): return x", checker, CallCase((1,), 1), limits=Limits(seconds)) == expected


def test_an_output_that_ends_its_checker_is_wrong(grader: SandboxGrader) -> None:
    for body in ("sys.exit(1)", "os._exit(0)", "raise MemoryError", "os.abort()"):
        checker = (
            f"import os, sys\ndef check(given, produced, expected):\n    if produced != 1: {body}\n    return True"
        )
        assert outcome(grader, "def f(x): return 2", checker, CallCase((1,), 1)) == "wrong"
        assert outcome(grader, "def f(x): return 1", checker, CallCase((1,), 1)) == "passed"


@pytest.mark.parametrize(
    "frame", [["raised"], ["raised", -1], ["raised", -1, 5, 6], ["value"], ["value", 0], ["stopped"], [[]], ["ready"]]
)
def test_a_frame_that_makes_no_sense_is_the_programs_fault(judge_check: Judge, frame: object) -> None:
    body = json.dumps(frame)
    forgery = f"""
import os
body = {body!r}.encode()
for fd in range(3, 60):
    try: os.write(fd, len(body).to_bytes(8, "big") + body)
    except OSError: pass
def f(x): return x
"""
    for setup in ("", "def f(x): return x"):
        verdict = judge_check(forgery, "def check(c): assert c(1) == 1", setup)
        assert (verdict.outcome, verdict.detail) == ("error", "case 1: wrote to the channel of its results")


def test_many_open_files_of_the_caller_do_not_matter(sandbox_folder: Path) -> None:
    with contextlib.ExitStack() as stack:
        try:
            for _ in range(1100):
                stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        except OSError:
            pytest.skip("this process may not open so many files")
        with SandboxGrader(1) as many:
            assert (
                many.judge(
                    Job("def f(x): return x", Entry("function", "f"), (CallCase((1,), 1),), "exact", LIMITS)
                ).outcome
                == "passed"
            )


@pytest.mark.parametrize(
    "checker", ["", "x = 1", "def check(", "def check(a, b): pass", "def check(a, b, c): pass\n1 / 0"]
)
def test_a_broken_checker_is_not_the_programs_fault(grader: SandboxGrader, checker: str) -> None:
    with pytest.raises(GradingError):
        outcome(grader, "def f(x): return 1", checker, CallCase((1,), 1))


def test_a_test_may_be_plain_asserts(judge_check: Judge) -> None:
    test = "assert f(1) == 2\nassert f(x=3) == 4, 'message'"
    assert judge_check("def f(x): return x + 1", test).outcome == "passed"
    assert judge_check("def f(x): return 2", test).detail == "case 1: wrong output"


def test_answers_that_were_given_before_end_as_they_did(judge_check: Judge) -> None:
    test = "def check(candidate):\n    assert candidate([3, 1]) == [1, 3]\n    assert candidate([]) == []"
    reference = "def f(x): return sorted(x)"
    programs = {
        "def f(x): return sorted(x)": "passed",
        "def f(x): return [*sorted(x)]": "passed",
        "def f(x):\n    x.sort()\n    return x": "passed",
        "def f(x): return x": "wrong",
        "def f(x): return x[:]": "wrong",
        "def f(x): return sorted(x) or None": "wrong",
    }
    for _ in range(2):
        for code, expected in programs.items():
            assert judge_check(code, test, reference).outcome == expected


def test_a_test_beside_the_program_is_marked(grader: SandboxGrader) -> None:
    test = "class Odd: pass\ndef check(candidate):\n    assert candidate(Odd()).__class__.__name__ == 'Odd'"
    job = Job("def f(x): return x", Entry("function", "f"), (CheckCase(test, in_process=True),), "exact", LIMITS)
    verdict = grader.judge(job)
    assert (verdict.outcome, verdict.integrity) == ("passed", "in-process")
    for code, expected in (("def f(x): return 1", "wrong"), ("def f(x): return y", "error"), ("f = 1 / 0", "error")):
        verdict = grader.judge(Job(code, job.entry, job.cases, "exact", LIMITS))
        assert (verdict.outcome, verdict.integrity) == (expected, "in-process")


@pytest.mark.parametrize("code", ["import os\nos._exit(0)", "import sys\nsys.exit(0)", "def f(x): raise SystemExit"])
def test_leaving_early_passes_no_test(judge_check: Judge, grader: SandboxGrader, code: str) -> None:
    for in_process in (True, False):
        cases = (CheckCase("def check(c): assert c(1) == 2", "def f(x): return x + 1", in_process),)
        assert grader.judge(Job(code, Entry("function", "f"), cases, "exact", LIMITS)).outcome == "error"
