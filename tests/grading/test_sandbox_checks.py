"""Test programs that define check(candidate): the test and the program never meet."""

from __future__ import annotations

import pytest
from sandbox_jobs import Judge

from cotbench.core.errors import GradingError
from cotbench.core.verdict import Limits

CHECK = """
def check(candidate):
    assert candidate([3, 1, 2]) == helper(6)
    assert candidate([]) == 0, "empty"
    assert abs(candidate([0.5, 0.25]) - 0.75) < 1e-9
"""
HELPER = "def helper(x): return x"


@pytest.mark.parametrize(
    ("code", "outcome", "detail"),
    [
        ("def f(a): return sum(a)", "passed", ""),
        ("class Solution:\n    def f(self, a): return sum(a)", "passed", ""),
        ("def f(a): return 6", "wrong", "case 1: wrong output"),
        ("def f(a): return None", "wrong", "case 1: wrong output"),
        ("def f(a): return sum(a) if a else 0j if len(a) == 2 else 'x'", "wrong", "case 1: wrong output"),
        ("def f(a): return sum(a) if len(a) != 2 else None", "wrong", "case 1: the test raised TypeError"),
        ("def f(a): return max(a) + 3", "error", "case 1: ValueError"),
        ("def f(a): assert False", "error", "case 1: AssertionError"),
        ("def f(a:", "error", "case 1: SyntaxError"),
        ("def g(a): return sum(a)", "error", "case 1: NameError"),
        ("import sys\ndef f(a): sys.exit(0)", "error", "case 1: SystemExit"),
        ("import os\ndef f(a): os._exit(0)", "error", "case 1: ended without a result (exit status 0)"),
        ("def f(a):\n    while True: pass", "timeout", "case 1: no result within the limit of 0.3 s"),
        ("def f(a): return [0] * 10 ** 9", "memory", "case 1: MemoryError"),
        ("def f(a): return 'x' * (2 << 20)", "output_limit", "case 1: output larger than 1048576 bytes"),
        ("def f(a): return helper(sum(a))", "error", "case 1: NameError"),
        ("def f(a): return object()", "wrong", "case 1: wrong output"),
    ],
)
def test_outcomes(judge_check: Judge, code: str, outcome: str, detail: str) -> None:
    limits = Limits(seconds=0.3, memory=256 << 20, output=1 << 20)
    verdict = judge_check(code, CHECK, HELPER, limits=limits)
    assert (verdict.outcome, verdict.detail) == (outcome, detail)
    assert (verdict.passed, verdict.total) == (int(outcome == "passed"), 1)


def test_changed_arguments_come_back(judge_check: Judge) -> None:
    test = """
def check(candidate):
    a, d, s = [3, 1, 2], {1: 2}, {1}
    assert candidate(a, d, key=s) is None
    assert a == [1, 2, 3] and d == {1: 2, 3: 4} and s == {1, 9}
"""
    right = "def f(a, d, key):\n    a.sort(); d[3] = 4; key.add(9)"
    assert judge_check(right, test).outcome == "passed"
    assert judge_check("def f(a, d, key): sorted(a)", test).outcome == "wrong"


def test_a_test_may_expect_an_exception(judge_check: Judge) -> None:
    test = """
def check(candidate):
    try:
        candidate(-1)
    except ValueError:
        pass
    else:
        raise AssertionError
    assert candidate(1) == 1
"""
    assert judge_check("def f(x):\n    if x < 0: raise ValueError\n    return x", test).outcome == "passed"
    assert judge_check("def f(x): return x", test).outcome == "wrong"
    assert judge_check("def f(x): return x / 0", test).detail == "case 1: ZeroDivisionError"


def test_state_lives_from_call_to_call(judge_check: Judge) -> None:
    test = "def check(candidate):\n    assert [candidate() for _ in range(50)] == list(range(50))"
    assert judge_check("n = -1\ndef f():\n    global n\n    n += 1\n    return n", test).outcome == "passed"


def test_values_can_not_hang_the_test_for_ever(judge_check: Judge) -> None:
    test = "def check(candidate):\n    for x in candidate(): pass"
    verdict = judge_check("def f(): return range(10 ** 18)", test, limits=Limits(seconds=0.2))
    assert (verdict.outcome, verdict.detail) == ("timeout", "case 1: the whole test took more than 0.6 s")


def test_a_broken_test_is_not_the_programs_fault(judge_check: Judge) -> None:
    for test in ("def check(candidate", "x = 1", "1 / 0", "def check(candidate): candidate(object())"):
        with pytest.raises(GradingError, match="test program"):
            judge_check("def f(x): return x", test)
    assert judge_check("def f(x): return x", "def check(c): assert c(1) == 1").outcome == "passed"


def test_the_program_does_not_meet_the_test(judge_check: Judge) -> None:
    spy = """
import gc, sys
def f(x):
    frame = sys._getframe()
    while frame:
        for value in [*frame.f_locals.values(), *frame.f_globals.values()]:
            if isinstance(value, str) and "SEC" + "RET" in value or value == 987654321:
                return 987654321
        frame = frame.f_back
    return 987654321 if any(isinstance(o, dict) and o.get("marker") == "SEC" + "RET" for o in gc.get_objects()) else 0
"""
    test = "marker = 'SECRET'\ndef check(candidate):\n    expected = 987654321\n    assert candidate(1) == expected"
    assert judge_check(spy, test).outcome == "wrong"
