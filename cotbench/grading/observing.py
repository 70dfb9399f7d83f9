"""Running a program for what it produces: outputs, case by case, with nothing to compare them to."""

from __future__ import annotations

from cotbench.core.errors import GradingError
from cotbench.core.problem import Value
from cotbench.core.verdict import Observation
from cotbench.grading.call import run_calls
from cotbench.grading.caseset import Calls, CaseSet, Check
from cotbench.grading.endings import Failure, of_forgery
from cotbench.grading.inside import results
from cotbench.grading.inside.encoding import Malformed
from cotbench.grading.stdin import ScriptRuns
from cotbench.grading.workbench import Workbench


def observe(bench: Workbench, cases: CaseSet, code: str) -> Observation:
    """Run a program on the inputs of its cases until it fails. Raises SandboxDied, GradingError."""
    outputs: list[Value] = []
    slowest = 0.0
    failure: Failure | None = None

    def take(number: int, text: bytes, seconds: float) -> Failure | None:
        nonlocal slowest
        try:
            outputs.append(results.read(text))
        except Malformed:
            return of_forgery()
        slowest = max(slowest, seconds)
        return None

    for part in cases.parts:
        if isinstance(part, Check):
            raise GradingError("a test program has no outputs that could be observed")
        if isinstance(part, Calls):
            failure = run_calls(bench, cases.rules, part, code, range(len(part.expected)), take)
        else:
            runs = ScriptRuns(bench, cases.rules, part, code, compare=False)
            _, failure = runs.judge(range(len(part.stdin)))
            outputs += [runs.printed[number] for number in sorted(runs.printed)]
            slowest = max(slowest, runs.slowest)
        if failure is not None:
            return Observation(tuple(outputs), failure.outcome, slowest, failure.text)
    return Observation(tuple(outputs), "passed", slowest)
