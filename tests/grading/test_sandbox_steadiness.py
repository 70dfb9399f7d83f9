"""Steadiness: sandbox processes that die or stop, and a machine that is too small, never change a verdict."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sandbox_jobs import descendants_of, job

from cotbench.core.problem import CallCase, CheckCase, Entry, StdinCase
from cotbench.core.verdict import Job, Limits, Outcome
from cotbench.grading import SandboxGrader

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds sandbox processes through /proc")

PROGRAMS = 1_000
SECONDS_OF_TROUBLE = 15.0
LIMITS = Limits(seconds=5.0, memory=256 << 20, output=1 << 20)

CODES: list[tuple[str, Outcome]] = [
    ("def f(x): return x + {n}", "passed"),
    ("def f(x): return x - {n} - 1", "wrong"),
    ("def f(x): return [][x + {n}]", "error"),
    ("import time\ndef f(x):\n    time.sleep(0.003)\n    return x + {n}", "passed"),
    ("def f(x): return sum(range(20_000)) - 199_990_000 + x + {n}", "passed"),
]


def program(number: int) -> tuple[Job, Outcome]:
    """Return the job of that number and its only right verdict."""
    code, outcome = CODES[number % len(CODES)]
    text = code.format(n=number)
    if number % 10 == 7:
        text = f"print(int(input()) + {number})" if outcome == "passed" else "print(int(input()) - 1)"
        cases = (StdinCase("5\n", f"{5 + number}\n"), StdinCase("6\n", f"{6 + number}\n"))
        return Job(
            text, Entry("stdin"), cases, "livecodebench-stdin", LIMITS
        ), "passed" if outcome == "passed" else "wrong"
    if number % 10 == 3:
        return job(text, (CheckCase(f"def check(c):\n    assert c(5) == {5 + number}"),), limits=LIMITS), outcome
    calls = (CallCase((5,), 5 + number), CallCase((6,), 6 + number))
    return job(text, calls, limits=LIMITS), outcome


def make_trouble(grader: SandboxGrader, stop: threading.Event, rng: random.Random, done: list[str]) -> None:
    """Kill or stop one process of the grader at a time, at random moments.

    Only processes that were there at an earlier look too are hit: those of the sandbox live long, a judged program of this
    test does not, and a signal to that one could as well be its own doing.
    """
    deadline = time.monotonic() + SECONDS_OF_TROUBLE
    earlier: set[int] = set()
    while not stop.wait(rng.uniform(0.1, 0.3)) and time.monotonic() < deadline:
        workers = {slot.pid for slot in grader._all} - {0}
        now = workers.union(*map(descendants_of, workers))
        found = sorted(now & earlier)
        earlier = now
        if found:
            pid, number = rng.choice(found), rng.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGSTOP))
            with contextlib.suppress(OSError):
                os.kill(pid, number)
                done.append(number.name)


@pytest.mark.parametrize("seed", [20_261])
def test_no_verdict_is_lost_or_changed_by_trouble(seed: int, sandbox_folder: Path) -> None:
    stop, done = threading.Event(), list[str]()
    jobs = [program(number) for number in range(PROGRAMS)]
    owed: list[int] = []
    with SandboxGrader(slots=3) as grader:
        trouble = threading.Thread(target=make_trouble, args=(grader, stop, random.Random(seed), done))
        trouble.start()
        try:
            with ThreadPoolExecutor(4) as pool:
                outcomes = list(pool.map(lambda number: grader.judge(jobs[number][0]).outcome, range(PROGRAMS)))
        finally:
            stop.set()
            trouble.join()
        assert len(outcomes) == PROGRAMS
        owed = [number for number, outcome in enumerate(outcomes) if outcome == "infra"]
        for number in owed:
            outcomes[number] = grader.judge(jobs[number][0]).outcome
    wrong = [
        (number, jobs[number][1], outcome) for number, outcome in enumerate(outcomes) if outcome != jobs[number][1]
    ]
    assert wrong == [], f"{len(wrong)} verdicts changed by {len(done)} signals ({len(owed)} were owed again)"
    assert len(done) >= 5, "there was no trouble to speak of"
    assert len(owed) < PROGRAMS / 20


BUSY = "import time\ndef f(x):\n    end = time.thread_time() + 0.4\n    while time.thread_time() < end: pass\n    return x + 1"
ENDLESS = "def f(x):\n    while True: pass"


def test_no_right_program_fails_for_want_of_cores(sandbox_folder: Path) -> None:
    limits = Limits(seconds=1.0, memory=256 << 20, output=1 << 20)
    codes = [ENDLESS if number % 5 == 0 else BUSY for number in range(30)]
    with SandboxGrader(slots=8) as grader, ThreadPoolExecutor(8) as pool:
        outcomes = list(
            pool.map(lambda code: grader.judge(job(code, (CallCase((1,), 2),), limits=limits)).outcome, codes)
        )
    assert outcomes == ["timeout" if code == ENDLESS else "passed" for code in codes]
