"""A look at the sandbox before anything is spent: it must pass a right program and fail a wrong one."""

from __future__ import annotations

from cotbench.core.errors import GradingError
from cotbench.core.problem import CallCase, Entry
from cotbench.core.protocols import Grader
from cotbench.core.verdict import Job, Limits

_PROGRAMS = (("passed", "def f(x):\n    return x + 1\n"), ("wrong", "def f(x):\n    return x\n"))


def check_sandbox(grader: Grader) -> None:
    """Raise GradingError if the sandbox cannot judge two simple programs."""
    for expected, code in _PROGRAMS:
        job = Job(code, Entry("function", "f"), (CallCase((1,), 2),), "exact", Limits())
        verdict = grader.judge(job)
        if verdict.outcome != expected:
            raise GradingError(
                f"the sandbox does not work: {verdict.outcome} {verdict.detail}".strip(),
                hint="`cotbench doctor` shows what it needs",
            )
