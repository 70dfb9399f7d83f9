"""Tests that can judge nothing are found before a run, and references that fail or are slow by validation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cotbench.core.errors import BenchmarkError
from cotbench.core.problem import UNKNOWN, Benchmark, CallCase, Case, CheckCase, Entry, Problem, StdinCase
from cotbench.engine.soundness import broken_tests, refuse_broken_tests, run_references
from cotbench.grading import SandboxGrader

GOOD = CheckCase("def check(candidate):\n    assert candidate(1) == 2\n")
SILENT = CheckCase("def check(candidate):\n    pass\n")
TORN = CheckCase("def check(candidate:\n")
UNDEFINED = CheckCase("def check(candidate):\n    assert candidate(helper(1)) == 2\n")


def problem(name: str, *hidden: Case, **more: object) -> Problem:
    return Problem(name, "s", Entry("function", "f"), hidden, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def grader() -> Iterator[SandboxGrader]:
    with SandboxGrader() as grader:
        yield grader


def test_only_tests_that_judge_nothing_are_broken(grader: SandboxGrader) -> None:
    assert broken_tests(problem("good", GOOD, CallCase((1,), 2)), grader) == []
    found = broken_tests(problem("bad", SILENT, GOOD, TORN, UNDEFINED, public=(SILENT,)), grader)
    assert [text.split(":")[0] for text in found] == ["public.0", "hidden.0", "hidden.2", "hidden.3"]
    assert "it does not call f" in found[0]


def test_a_run_with_broken_tests_is_refused_by_name(grader: SandboxGrader) -> None:
    good, bad = problem("good", GOOD), [problem(f"bad-{number}", SILENT) for number in range(7)]
    benchmark = Benchmark("mine", "0", (good, *bad))
    refuse_broken_tests(benchmark, [good], grader)
    with pytest.raises(BenchmarkError) as raised:
        refuse_broken_tests(benchmark, benchmark.problems, grader)
    assert "mine: the tests of bad-0, bad-1, bad-2, bad-3, bad-4 and 2 more can judge no program" in str(raised.value)


def test_references_are_run_on_both_sets_of_cases(grader: SandboxGrader) -> None:
    right, wrong = "def f(x):\n    return 2 * x\n", "def f(x):\n    return x\n"
    slow = "import time\n\ndef f(x):\n    time.sleep(0.6)\n    return 2 * x\n"
    case, other = CallCase((1,), 2), CallCase((0,), 0)
    late = Problem(
        "late",
        "s",
        Entry("stdin"),
        (StdinCase("", "1"),),
        time_limit=1,
        comparer="livecodebench-stdin",
        reference="import time\ntime.sleep(0.6)\nprint(1)",
    )
    problems = [
        problem("fine", case, GOOD, reference=right),
        problem("none", case),
        problem("public", other, public=(case,), reference=wrong),
        problem("hidden", other, case, public=(other,), reference=wrong),
        problem("broken", SILENT, reference=right),
        problem("slow", other, case, reference=slow, time_limit=1),
        problem("quick", *[case] * 4, reference=slow.replace("0.6", "0.2"), time_limit=1),
        late,
        problem("outputs", CallCase((1,), UNKNOWN), reference=right),
        problem("raises", CallCase((1,), UNKNOWN), reference="def f(x):\n    raise ValueError\n"),
    ]
    seen: list[tuple[int, int]] = []
    placed = [(f"line {number}", item) for number, item in enumerate(problems, start=1)]
    found = run_references(placed, grader, lambda done, owed: seen.append((done, owed)))
    assert [(finding.kind, finding.problem, finding.where) for finding in found] == [
        ("reference", "public", "line 3"),
        ("reference", "hidden", "line 4"),
        ("broken test", "broken", "line 5"),
        ("slow", "slow", "line 6"),
        ("slow", "late", "line 8"),
        ("reference", "raises", "line 10"),
    ]
    assert found[0].text.startswith("public cases: wrong: case 1")
    assert found[1].text.startswith("hidden cases: wrong: case 2")
    assert seen == [(done, 10) for done in range(1, 11)]
