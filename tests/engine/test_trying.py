"""Trials in the real sandbox: what a strategy learns of its programs, what is kept of it, and what it cannot learn."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cotbench.core.errors import GradingError
from cotbench.core.problem import UNKNOWN, CallCase, CheckCase, Entry, Problem, StdinCase
from cotbench.core.trial import MOST_SHOWN, CaseResult, Trial, trial_digest, value_text
from cotbench.engine.judging import Judge
from cotbench.engine.trying import Trials, TryOut
from cotbench.grading import SandboxGrader
from cotbench.store import RunWriter
from cotbench.store.trials import read_trials
from tests.engine.counting import Counting

CALLS = Problem(
    "calls",
    "Add one.",
    Entry("function", "f"),
    hidden=(CallCase((10,), 11),),
    public=(CallCase((1,), 2), CallCase((5,), 6), CallCase((7,), 8)),
)
STDIN = Problem("stdin", "Echo.", Entry("stdin"), hidden=(StdinCase("h\n", "h\n"),), public=(StdinCase("a\n", "a\n"),))
CHECKER = Problem(
    "checker",
    "Any vowel.",
    Entry("function", "f"),
    hidden=(CallCase(("x",), "a"),),
    public=(CallCase(("x",), "a"),),
    comparer="checker",
    oracle="def check(arguments, output, expected):\n    return output in 'aeiou'\n",
)
PARTLY = "def f(x):\n    if x == 7:\n        raise IndexError\n    return 6 if x > 1 else [{2, 1}, 'two']\n"


@pytest.fixture(scope="module")
def grader() -> Iterator[Counting]:
    with SandboxGrader(slots=1) as real:
        yield Counting(real, broken="# breaks")


def session(folder: Path, grader: Counting, problem: Problem) -> tuple[TryOut, RunWriter]:
    writer = RunWriter(folder)
    return Trials(Judge(grader, None), writer, read_trials(folder), "1").of_unit(problem, 0), writer


def tried(folder: Path, grader: Counting, problem: Problem, code: str, *more: object, path: str = "a/b") -> Trial:
    try_out, writer = session(folder, grader, problem)
    cases, compare = more if more else (None, True)
    with writer:
        return asyncio.run(try_out(path, code, cases, compare))  # type: ignore[arg-type]


def test_every_case_has_its_own_result(tmp_path: Path, grader: Counting) -> None:
    trial = tried(tmp_path, grader, CALLS, PARTLY)
    assert [(result.outcome, result.got, result.detail) for result in trial.results] == [
        ("wrong", "[{1, 2}, 'two']", "wrong output"),
        ("passed", "", ""),
        ("error", "", "IndexError"),
    ]
    assert (trial.passed, trial.share, trial.first_failure) == (False, 1 / 3, 0)
    verdict = trial.verdict()
    assert (verdict.outcome, verdict.passed, verdict.total, verdict.detail) == ("wrong", 0, 3, "case 1: wrong output")


def test_a_trial_is_a_row_and_is_not_made_again(tmp_path: Path, grader: Counting) -> None:
    first = tried(tmp_path, grader, CALLS, PARTLY)
    before = len(grader.judged)
    assert tried(tmp_path, grader, CALLS, PARTLY) == first
    assert len(grader.judged) == before
    (row,) = read_trials(tmp_path).values()
    assert (row.problem, row.unit, row.path, row.grader, row.trial) == ("calls", 0, "a/b", "1", first)
    tried(tmp_path, grader, CALLS, PARTLY, path="a/c")
    assert len(grader.judged) > before


@pytest.mark.parametrize("more", [(), ((CallCase((3,), 9),), False), ((CallCase((4,), UNKNOWN),), True)])
def test_a_broken_sandbox_is_told_and_never_kept(tmp_path: Path, grader: Counting, more: tuple[object, ...]) -> None:
    with pytest.raises(GradingError, match="the sandbox went away"):
        tried(tmp_path, grader, CALLS, "# breaks\ndef f(x):\n    return x\n", *more)
    assert read_trials(tmp_path) == {}


def test_what_a_context_holds_does_not_lead_to_hidden_cases(tmp_path: Path, grader: Counting) -> None:
    problem = replace(CALLS, reference="def f(x):\n    return x + 1  # canary\n", hidden=(CallCase(("canary",), 11),))
    assert "canary" in repr(problem)
    try_out, writer = session(tmp_path, grader, problem)
    with writer:
        held = inspect.getclosurevars(try_out).nonlocals
    assert isinstance(held["problem"], Problem) and held["problem"].public == CALLS.public
    assert "canary" not in repr(held)


def test_own_cases_are_compared_or_only_run(tmp_path: Path, grader: Counting) -> None:
    code = "def f(x):\n    return x * x\n"
    own = (CallCase((3,), 9), CallCase((3,), 10), CallCase((4,), UNKNOWN))
    trial = tried(tmp_path, grader, CALLS, code, own, True)
    assert [(result.outcome, result.got) for result in trial.results] == [
        ("passed", ""),
        ("wrong", "9"),
        ("passed", "16"),
    ]
    ran = tried(tmp_path, grader, CALLS, code, own, False)
    assert [(result.outcome, result.got) for result in ran.results] == [
        ("passed", "9"),
        ("passed", "9"),
        ("passed", "16"),
    ]
    printed = tried(tmp_path, grader, STDIN, "print(input() * 3000)\n", (StdinCase("ab\n", ""),), False)
    assert printed.results[0].got == ("ab" * 3000)[:MOST_SHOWN]


def test_an_oracle_judges_public_cases_only(tmp_path: Path, grader: Counting) -> None:
    code = "def f(x):\n    return 'e'\n"
    assert tried(tmp_path, grader, CHECKER, code).passed
    own = (CallCase(("y",), "a"), CallCase(("y",), "e"))
    results = tried(tmp_path, grader, CHECKER, code, own, True).results
    assert [result.outcome for result in results] == ["wrong", "passed"], "the checker would have taken both"
    with pytest.raises(ValueError, match="test programs of its own"):
        tried(tmp_path, grader, CALLS, code, (CheckCase("def check(f):\n    assert f(1)\n"),), True)


def test_a_program_that_never_ends_is_waited_for_once(tmp_path: Path, grader: Counting) -> None:
    code = "def f(x):\n    while True:\n        pass\n"
    before = len(grader.judged)
    own = tuple(CallCase((x,), x) for x in range(5))
    trial = tried(tmp_path, grader, Problem("slow", "s", CALLS.entry, (), time_limit=0.2), code, own, True)
    assert [result.outcome for result in trial.results] == ["timeout"] * 5
    assert len(grader.judged) == before + 1


def test_sets_are_written_in_one_order() -> None:
    assert value_text({"b": ({3, 1, 2}, frozenset(), set()), 1: [(1,), None]}) == (
        "{'b': ({1, 2, 3}, frozenset(), set()), 1: [(1,), None]}"
    )
    assert value_text(frozenset({"b", "a"})) == "frozenset({'a', 'b'})"
    first, second = (trial_digest("c", (CallCase((value,), 1),), True) for value in (1, True))
    assert first != second
    assert Trial(()).passed and Trial(()).share == 0.0
    assert Trial((CaseResult("passed"), CaseResult("wrong"))).share == 0.5
