"""Watching programs in the real sandbox: every input gets its outcome, each program runs once, nothing hidden is used."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cotbench.core.errors import GradingError
from cotbench.core.problem import CallCase, Entry, Problem, StdinCase
from cotbench.core.protocols import Grader
from cotbench.core.verdict import Job, Observation, Verdict
from cotbench.engine.inputs import Inputs, watched_inputs, without_output
from cotbench.engine.observations import Wanted, observe_programs, wanted_observations
from cotbench.engine.watcher import Watcher
from cotbench.grading import SandboxGrader
from cotbench.store.observations import read_observations
from cotbench.store.rows import AttemptRow
from cotbench.store.writer import RunWriter

NUMBERS = (3, 0, 5, -1, 7)
HIDDEN = CallCase((987654321,), "CANARY")
PROBLEM = Problem(
    id="p",
    statement="s",
    entry=Entry("function", "f"),
    public=tuple(CallCase((number,), "EXPECTED") for number in NUMBERS),
    hidden=(HIDDEN,),
    time_limit=0.4,
)
INPUTS = Inputs.of("p", (case for case in map(without_output, PROBLEM.public) if case is not None), len(NUMBERS))
RAISES = "def f(x):\n    return 30 // x if x >= 0 else [][1]\n"
HANGS = "def f(x):\n    while x % 2 == 0 or x > 4: pass\n    return x\n"
BROKEN = "def f(x) return"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Grader]:
    with SandboxGrader(slots=2) as grader:
        yield grader


class _Counting:
    """The real grader, with a count of the programs it is given; `breaks` makes the next jobs fail."""

    isolation = "none"
    slots = 2

    def __init__(self, grader: Grader) -> None:
        self.grader = grader
        self.jobs: list[Job] = []
        self.breaks = 0

    def judge(self, job: Job) -> Verdict:
        raise AssertionError("observing must not judge")

    def observe(self, job: Job) -> Observation:
        self.jobs.append(job)
        if self.breaks:
            self.breaks -= 1
            raise GradingError("the sandbox failed: broken for the test")
        return self.grader.observe(job)

    def close(self) -> None: ...


def test_every_input_has_its_outcome_and_nothing_runs_twice(tmp_path: Path, sandbox: Grader) -> None:
    counting = _Counting(sandbox)
    wanted = [Wanted(PROBLEM, INPUTS, (RAISES, RAISES, BROKEN)), Wanted(PROBLEM, INPUTS, (RAISES,))]
    seen = observe_programs(tmp_path, wanted, "9", lambda: contextlib.nullcontext(counting))
    row = seen.of(INPUTS, RAISES)
    assert row is not None
    assert [one.outcome for one in row.seen] == ["passed", "error", "passed", "error", "passed"]
    assert [one.shown for one in row.seen] == ["10", "ZeroDivisionError", "6", "IndexError", "4"]
    assert len({one.digest for one in row.seen if one.outcome == "passed"}) == 3
    broken = seen.of(INPUTS, BROKEN)
    assert broken is not None and broken.behaviour == ("error",) * 5
    # From the start, and again behind each failure; the program that is no program never runs.
    assert [len(job.cases) for job in counting.jobs] == [5, 3, 1]
    assert not any(
        isinstance(case, CallCase) and case.expected == "EXPECTED" for j in counting.jobs for case in j.cases
    )
    assert HIDDEN not in [case for job in counting.jobs for case in job.cases]
    text = "".join(path.read_text() for path in tmp_path.rglob("*.jsonl"))
    assert "CANARY" not in text and "EXPECTED" not in text and "987654321" not in text

    def never() -> contextlib.AbstractContextManager[Grader]:
        raise AssertionError("nothing is owed")

    again = observe_programs(tmp_path, wanted, "9", never)
    assert again.rows == seen.rows == read_observations(tmp_path)


def test_a_program_that_hangs_is_stopped_after_two_time_outs(tmp_path: Path, sandbox: Grader) -> None:
    seen = observe_programs(tmp_path, [Wanted(PROBLEM, INPUTS, (HANGS,))], "9", lambda: contextlib.nullcontext(sandbox))
    row = seen.of(INPUTS, HANGS)
    assert row is not None
    assert [one.outcome for one in row.seen] == ["passed", "timeout", "timeout", "timeout", "timeout"]
    assert row.seen[3].shown == "not run after two time-outs"


def test_a_failure_of_the_sandbox_is_no_behaviour(tmp_path: Path, sandbox: Grader) -> None:
    counting = _Counting(sandbox)
    counting.breaks = 2
    wanted = [Wanted(PROBLEM, INPUTS, (RAISES,))]
    seen = observe_programs(tmp_path, wanted, "9", lambda: contextlib.nullcontext(counting))
    assert (seen.missing, seen.reason) == (1, "the sandbox failed: broken for the test")
    assert seen.of(INPUTS, RAISES) is None
    assert read_observations(tmp_path) == {}
    counting.breaks = 1
    assert observe_programs(tmp_path, wanted, "9", lambda: contextlib.nullcontext(counting)).missing == 0


def test_scripts_are_watched_by_what_they_print(tmp_path: Path, sandbox: Grader) -> None:
    public = tuple(StdinCase(f"{number}\n", "EXPECTED") for number in (4, 0, 2))
    problem = Problem("q", "s", Entry("stdin"), hidden=(), public=public, comparer="livecodebench-stdin")
    inputs = watched_inputs(problem.view(), seed=0, generated=0)
    codes = ("print(8 // int(input()))", "n = int(input())\nprint(float(8 // n), end='')", "print(7)")
    seen = observe_programs(tmp_path, [Wanted(problem, inputs, codes)], "9", lambda: contextlib.nullcontext(sandbox))
    rows = [seen.of(inputs, code) for code in codes]
    assert [[one.outcome for one in row.seen] for row in rows if row] == [
        ["passed", "error", "passed"],
        ["passed", "error", "passed"],
        ["passed"] * 3,
    ]
    first, second, third = (row.behaviour for row in rows if row)
    assert first == second != third


def test_programs_of_a_run_are_gathered_by_problem() -> None:
    attempts = [AttemptRow("p", 0, index, code, (), ()) for index, code in enumerate((RAISES, None, BROKEN, RAISES))]
    bare = Problem("bare", "s", Entry("function", "f"), hidden=(HIDDEN,))
    wanted = wanted_observations([PROBLEM, bare], attempts, seed=3, generated=4)
    assert [(work.problem.id, len(work.inputs.cases), work.codes) for work in wanted] == [
        ("p", 9, (RAISES, BROKEN)),
        ("bare", 0, ()),
    ]


def test_what_a_selector_runs_programs_with_does_not_lead_to_hidden_cases(tmp_path: Path, sandbox: Grader) -> None:
    with RunWriter(tmp_path) as writer:
        watcher = Watcher(tmp_path, writer, sandbox, "9")
        problem = replace(PROBLEM, reference="def f(x):\n    return 'CANARY'\n", oracle="CANARY")
        watch = watcher.on(problem)
        tests = (CallCase((3,), 10), CallCase((3,), 11), CallCase((0,), 1), CallCase((...,), 1))
        watched = asyncio.run(watch(tests, (RAISES, RAISES)))
        watcher.close()
    assert "CANARY" not in repr(getattr(watch, "args", ()))
    first, second = watched.seen
    assert first == second
    assert [one.outcome for one in first] == ["passed", "passed", "error", "error"]
    assert [one.digest == wanted for one, wanted in zip(first, watched.expected, strict=True)][:3] == [
        True,
        False,
        False,
    ]
    # Equal inputs run once, and a program once however often it is given.
    assert [len(row.seen) for row in read_observations(tmp_path).values()] == [2]
