"""A grader for all tests of the sandbox, and short ways to ask it; at the end nothing may be left of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_jobs import LIMITS, Judge, job, processes_of

from cotbench.core.problem import CallCase, CheckCase, Entry, StdinCase
from cotbench.core.verdict import Job, Limits, Verdict
from cotbench.grading import SandboxGrader


@pytest.fixture(scope="session")
def sandbox_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("sandbox")
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    yield folder
    tempfile.tempdir = before
    assert list(folder.iterdir()) == []
    assert processes_of(folder) == []


@pytest.fixture(scope="session")
def grader(sandbox_folder: Path) -> Iterator[SandboxGrader]:
    with SandboxGrader(slots=1) as grader:
        yield grader


@pytest.fixture(scope="session")
def judge_call(grader: SandboxGrader) -> Judge:
    """judge_call(code, (argument, expected), …): judge a function `f` of one argument."""

    def judge(code: str, *pairs: tuple[object, object], limits: Limits = LIMITS, prelude: str = "") -> Verdict:
        cases = tuple(CallCase((argument,), expected) for argument, expected in pairs)
        return grader.judge(job(code, cases, limits=limits, prelude=prelude))

    return judge


@pytest.fixture(scope="session")
def judge_script(grader: SandboxGrader) -> Judge:
    """judge_script(code, (stdin, expected), …)."""

    def judge(code: str, *pairs: tuple[str, str], limits: Limits = LIMITS) -> Verdict:
        cases = tuple(StdinCase(given, expected) for given, expected in pairs)
        return grader.judge(Job(code, Entry("stdin"), cases, "livecodebench-stdin", limits))

    return judge


@pytest.fixture(scope="session")
def judge_check(grader: SandboxGrader) -> Judge:
    """judge_check(code, test program, setup): judge a function `f` by a test program."""

    def judge(code: str, program: str, setup: str = "", limits: Limits = LIMITS) -> Verdict:
        return grader.judge(job(code, (CheckCase(program, setup),), limits=limits))

    return judge
