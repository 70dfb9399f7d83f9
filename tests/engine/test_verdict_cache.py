"""The verdict cache: a program is judged once whoever wrote it, and never taken for another one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from cotbench.core.problem import CallCase, Entry, Problem
from cotbench.core.verdict import Limits, Verdict
from cotbench.engine.judging import Judge, Work, judge_all
from cotbench.engine.verdict_cache import VerdictCache, job_of
from cotbench.grading import SandboxGrader
from cotbench.store import AttemptRow, VerdictRow
from tests.engine.counting import Counting

PROBLEM = Problem("double", "s", Entry("function", "f"), (CallCase((2,), 4),), public=(CallCase((1,), 2),))
RIGHT, WRONG, SAME = "def f(x):\n    return 2 * x\n", "def f(x):\n    return x\n", "def f(x):\n    return x + x\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxGrader]:
    with SandboxGrader(slots=2) as grader:
        yield grader


@pytest.fixture
def grader(sandbox: SandboxGrader) -> Counting:
    return Counting(sandbox)


def works(*codes: str | None) -> list[Work]:
    return [Work(PROBLEM, 0, index, "hidden", code) for index, code in enumerate(codes)]


def outcomes(grader: Counting, cache: VerdictCache | None, *codes: str | None) -> list[str]:
    found = {done.work.index: done.verdict.outcome for done in judge_all(grader, works(*codes), cache)}
    return [found[index] for index in range(len(codes))]


def test_each_program_is_judged_once(grader: Counting) -> None:
    cache = VerdictCache("1")
    codes = [RIGHT, WRONG, RIGHT, RIGHT, None, WRONG, SAME] * 3
    expected = ["passed", "wrong", "passed", "passed", "no_code", "wrong", "passed"] * 3
    assert outcomes(grader, cache, *codes) == expected
    assert sorted(grader.judged) == sorted([RIGHT, WRONG, SAME])
    assert outcomes(grader, cache, *codes) == expected
    assert len(grader.judged) == 3


def test_without_a_cache_every_program_is_judged(grader: Counting) -> None:
    assert outcomes(grader, None, RIGHT, RIGHT, WRONG) == ["passed", "passed", "wrong"]
    assert sorted(grader.judged) == sorted([RIGHT, RIGHT, WRONG])


def test_rows_of_an_earlier_session_count(grader: Counting) -> None:
    attempts = [AttemptRow("double", 0, 0, RIGHT, (), ()), AttemptRow("double", 0, 1, WRONG, (), ())]
    verdicts = [
        VerdictRow("double", 0, 0, "hidden", "passed", 1, 1, 0.1, "", "1"),
        VerdictRow("double", 0, 1, "hidden", "wrong", 0, 1, 0.1, "", "another grader"),
    ]
    cache = VerdictCache("1")
    cache.seed(attempts, verdicts, {"double": PROBLEM})
    assert len(cache) == 1
    assert outcomes(grader, cache, RIGHT, WRONG, RIGHT) == ["passed", "wrong", "passed"]
    assert grader.judged == [WRONG]


def test_the_judge_of_a_run_shares_verdicts_too(grader: Counting) -> None:
    async def ask(cache: VerdictCache | None) -> list[str]:
        judge = Judge(grader, cache)
        with contextlib.closing(judge):
            asked = [judge.verdict(PROBLEM, suite, RIGHT) for suite in ("hidden", "public", "hidden", "public")]  # type: ignore[arg-type]
            together = [verdict.outcome for verdict in await asyncio.gather(*asked)]
            return [*together, (await judge.verdict(PROBLEM, "hidden", RIGHT)).outcome]

    assert asyncio.run(ask(VerdictCache("1"))) == ["passed"] * 5
    assert len(grader.judged) == 2
    assert asyncio.run(ask(None)) == ["passed"] * 5
    assert len(grader.judged) == 2 + 5


def test_infra_is_not_kept_and_the_cache_is_bounded() -> None:
    cache = VerdictCache("1", most=2)
    cache.keep("broken", Verdict("infra", 0, 1, 0.0))
    assert cache.find("broken") is None
    for key in ("a", "b"):
        cache.keep(key, Verdict("passed", 1, 1, 0.0))
    assert cache.find("a") is not None
    cache.keep("c", Verdict("passed", 1, 1, 0.0))
    assert [key for key in "abc" if cache.find(key)] == ["a", "c"]


@pytest.mark.parametrize(
    "other",
    [
        {"code": WRONG},
        {"limits": Limits(seconds=1.0)},
        {"limits": Limits(memory=1)},
        {"comparer": "other"},
        {"tolerance": 0.5},
        {"oracle": "rule"},
        {"prelude": "import math"},
        {"entry": Entry("function", "g")},
    ],
    ids=str,
)
def test_the_key_tells_apart_whatever_a_verdict_depends_on(other: dict[str, object]) -> None:
    cache = VerdictCache("1")
    job = job_of(PROBLEM, "hidden", RIGHT)
    key = cache.key(job, "double", "hidden")
    assert cache.key(replace(job), "double", "hidden") == key
    assert cache.key(replace(job, **other), "double", "hidden") != key  # type: ignore[arg-type]
    assert cache.key(job, "double", "public") != key
    assert cache.key(job, "triple", "hidden") != key
    assert VerdictCache("2").key(job, "double", "hidden") != key


def test_programs_are_taken_as_slots_get_free(grader: Counting) -> None:
    taken = 0

    def endless() -> Iterator[Work]:
        nonlocal taken
        for index in range(10_000):
            taken += 1
            yield Work(PROBLEM, 0, index, "hidden", RIGHT + f"# {index % 500}\n")

    with contextlib.closing(judge_all(grader, endless(), VerdictCache("1"))) as stream:
        for _ in range(5):
            next(stream)
    assert taken <= 5 + 4 * grader.slots
