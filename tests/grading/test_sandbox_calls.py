"""Cases that call a function: every outcome, and what a program may rely on."""

from __future__ import annotations

import pytest
from sandbox_jobs import Judge

from cotbench.core.verdict import Limits


@pytest.mark.parametrize(
    ("code", "outcome", "detail"),
    [
        ("def f(x): return x + 1", "passed", ""),
        ("f = lambda x: x + 1", "passed", ""),
        ("class Solution:\n    def f(self, x): return x + 1", "passed", ""),
        ("from __future__ import annotations\ndef f(x: Missing): return x + 1", "passed", ""),
        ("def f(x): return x + 1\nif __name__ == '__main__':\n    print(f(int(input())))", "passed", ""),
        ("def f(x): print('noise' * 100_000); return x + 1", "passed", ""),
        ("import sys\ndef f(x): sys.stderr.write('x' * 1000_000); return x + 1", "passed", ""),
        ("def f(x): return 2", "wrong", "case 2: wrong output"),
        ("def f(x): return 1 // (2 - x) and 2", "error", "case 2: ZeroDivisionError"),
        ("def f(x): raise ValueError(x)", "error", "case 1: ValueError"),
        ("class Mine(KeyError): pass\ndef f(x): raise Mine(x)", "error", "case 1: an exception derived from KeyError"),
        ("def f(x:", "error", "case 1: SyntaxError"),
        ("1 / 0", "error", "case 1: ZeroDivisionError"),
        ("def g(x): return x + 1", "error", "case 1: NameError"),
        ("", "error", "case 1: NameError"),
        ("def f(x): return f(x)", "error", "case 1: RecursionError"),
        ("def f(x):\n    while True: pass", "timeout", "case 1: no result within the limit of 0.3 s"),
        ("while True: pass", "timeout", "case 1: no result within the limit of 0.3 s"),
        ("def f(x): return 2 if x == 1 else 10 ** 10 ** 8", "timeout", "case 2: no result within the limit of 0.3 s"),
        ("def f(x): return len([0] * 10 ** 9)", "memory", "case 1: MemoryError"),
        ("d = []\nwhile True: d.append(bytes(1 << 20))", "memory", "case 1: MemoryError"),
        ("def f(x): return 'x' * (2 << 20)", "output_limit", "case 1: output larger than 1048576 bytes"),
        ("def f(x): return list(range(1 << 20))", "output_limit", "case 1: output larger than 1048576 bytes"),
        ("import ctypes\ndef f(x): ctypes.string_at(0)", "error", "case 1: ended by SIGSEGV"),
        ("import sys\ndef f(x): sys.exit(3)", "error", "case 1: SystemExit"),
        ("import os\ndef f(x): os._exit(3)", "error", "case 1: ended without a result (exit status 3)"),
    ],
)
def test_outcomes(judge_call: Judge, code: str, outcome: str, detail: str) -> None:
    limits = Limits(seconds=0.3, memory=256 << 20, output=1 << 20)
    verdict = judge_call(code, (1, 2), (2, 3), limits=limits)
    assert (verdict.outcome, verdict.detail) == (outcome, detail)
    assert verdict.total == 2
    assert verdict.passed == {"passed": 2, "wrong": 1}.get(outcome, int(detail.startswith("case 2")))
    assert verdict.seconds >= 0


def test_a_sleeping_program_ends_by_wall_time(judge_call: Judge) -> None:
    verdict = judge_call("import time\ndef f(x): time.sleep(1000)", (1, 2), limits=Limits(seconds=0.1))
    assert verdict.outcome == "timeout"
    assert 0.1 <= verdict.seconds < 10


def test_time_counts_per_case(judge_call: Judge) -> None:
    code = """
import time
def f(x):
    end = time.process_time() + 0.15
    while time.process_time() < end: pass
    return x
"""
    pairs = [(n, n) for n in range(4)]
    assert judge_call(code, *pairs, limits=Limits(seconds=0.4)).outcome == "passed"


def test_values_of_all_kinds_go_both_ways(judge_call: Judge) -> None:
    value = [1, -(1 << 70), 0.1, "ü\ud800", b"\xff", (1, (2,)), {1: {2}}, frozenset("ab"), 2j, None, True, range(3)]
    code = "def f(x):\n    assert type(x[5]) is tuple and type(x[6][1]) is set\n    return x"
    assert judge_call(code, (value, value)).outcome == "passed"


def test_large_values(judge_call: Judge) -> None:
    value = [list(range(1000)) for _ in range(2000)]
    limits = Limits(seconds=10.0, output=64 << 20)
    assert judge_call("def f(x): return x", (value, value), limits=limits).outcome == "passed"


def test_arguments_are_fresh_for_each_case(judge_call: Judge) -> None:
    shared = [1]
    code = "def f(x):\n    x.append(len(x))\n    return x"
    assert judge_call(code, (shared, [1, 1]), (shared, [1, 1])).outcome == "passed"
    assert shared == [1]


def test_the_prelude_comes_first(judge_call: Judge) -> None:
    verdict = judge_call("def f(x): return helper(x)", (1, 2), prelude="def helper(x): return x + 1")
    assert verdict.outcome == "passed"


def test_modules_and_dataclasses_work(judge_call: Judge) -> None:
    code = """
from dataclasses import dataclass
from functools import lru_cache
import heapq, re, collections, pickle, threading
@dataclass
class P:
    x: "int"
@lru_cache(None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
def f(x):
    thread = threading.Thread(target=fib, args=(20,))
    thread.start(); thread.join()
    return pickle.loads(pickle.dumps(P(x))).x + fib(10) - 54
"""
    assert judge_call(code, (1, 2)).outcome == "passed"


def test_numpy_can_be_imported(judge_call: Judge) -> None:
    pytest.importorskip("numpy")
    code = "import numpy as np\ndef f(x): return np.arange(x + 2).max()"
    assert judge_call(code, (1, 2), limits=Limits(seconds=10.0)).outcome == "passed"


def test_runs_are_reproducible(judge_call: Judge) -> None:
    code = "import random\ndef f(x): return [hash('a'), random.random()] == x"
    first = judge_call("import random\ndef f(x): raise SystemExit", (1, 2))
    assert first.outcome == "error"
    import random

    expected = random.Random(0).random()
    assert judge_call("import random\ndef f(x): return random.random()", (1, expected)).outcome == "passed"
    assert judge_call("def f(x): return list({'a', 'b', 'c', 'd'})", (1, None)).outcome == "wrong"
    assert judge_call(code, (1, False)).outcome == "passed"


def test_no_cases_are_passed(judge_call: Judge) -> None:
    assert judge_call("def f(x: return").outcome == "passed"
