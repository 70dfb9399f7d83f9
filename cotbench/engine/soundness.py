"""Whether a benchmark can judge at all: its test programs work, and its own references pass in time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeAlias

from cotbench.benchmarks.checking import Finding, Placed
from cotbench.core.errors import BenchmarkError, GradingError
from cotbench.core.problem import UNKNOWN, Benchmark, CallCase, CheckCase, Problem
from cotbench.core.protocols import Grader
from cotbench.core.verdict import Job, Suite
from cotbench.engine.references import LIMITS
from cotbench.engine.verdict_cache import job_of, suites_of

SLOW = 0.5
"""A reference that needs more than this part of a time limit leaves too little to other right programs."""

_WHOLE_TEST = 3.0
"""A test program may take so many times the limit of a case (docs/grading.md)."""

_NAMED = 5

Progress: TypeAlias = Callable[[int, int], None]
"""(problems done, problems in all)."""


def refuse_broken_tests(benchmark: Benchmark, problems: Sequence[Problem], grader: Grader) -> None:
    """Refuse test programs that can judge no program at all, before anything is spent. Blocks.

    A run with one could never end: its verdict would be owed for ever. Raises BenchmarkError naming the problems,
    GradingError if the sandbox fails.
    """
    owed = [problem for problem in problems if _checks(problem)]
    with ThreadPoolExecutor(grader.slots, thread_name_prefix="tests") as threads:
        try:
            texts = list(threads.map(lambda problem: broken_tests(problem, grader), owed))
        except BaseException:
            # Ctrl-C must not wait for tests that have not begun.
            threads.shutdown(wait=False, cancel_futures=True)
            raise
    faults = {problem.id: found[0] for problem, found in zip(owed, texts, strict=True) if found}
    if not faults:
        return
    first = next(iter(faults))
    more = f" and {len(faults) - _NAMED:,} more" if len(faults) > _NAMED else ""
    raise BenchmarkError(
        f"{benchmark.name}: the tests of {', '.join([*faults][:_NAMED])}{more} can judge no program; {first}: "
        f"{faults[first]}",
        hint="`cotbench benchmark validate` shows all; mend them, or choose the other problems with --problems FILE",
    )


def broken_tests(problem: Problem, grader: Grader) -> list[str]:
    """Return why test programs of a problem do not work: one text for each that would judge no program whatever.

    Each is tried on a program that does nothing. Raises GradingError if the sandbox fails.
    """
    name = problem.entry.name
    stub = f"def {name}(*given, **named):\n    return None\n" if name.isidentifier() else "pass\n"
    found: list[str] = []
    for suite, number, case in _checks(problem):
        job = replace(job_of(problem, suite, stub), cases=(case,))
        try:
            verdict = grader.judge(job)
        except GradingError as error:
            found.append(f"{suite}.{number}: {error.message}")
            continue
        if verdict.outcome == "infra":
            raise GradingError(f"the sandbox failed at a test of {problem.id}: {verdict.detail}")
    return found


def run_references(placed: Sequence[Placed], grader: Grader, progress: Progress | None = None) -> list[Finding]:
    """Return what running the problems' tests and references finds, in their order. Blocks.

    As many run at a time as the grader has slots; `progress` is called from several threads, one at a time. Raises
    GradingError if the sandbox fails.
    """
    count = 0
    lock = threading.Lock()

    def look(item: Placed) -> list[Finding]:
        nonlocal count
        where, problem = item
        found = [Finding("broken test", problem.id, where, text) for text in broken_tests(problem, grader)]
        if problem.reference and not found:
            found = list(_of_reference(problem, where, grader))
        with lock:
            count += 1
            if progress is not None:
                progress(count, len(placed))
        return found

    with ThreadPoolExecutor(grader.slots, thread_name_prefix="reference") as threads:
        try:
            return [finding for found in threads.map(look, placed) for finding in found]
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise


def _checks(problem: Problem) -> list[tuple[Suite, int, CheckCase]]:
    suites: tuple[tuple[Suite, Iterable[object]], ...] = (("public", problem.public), ("hidden", problem.hidden))
    # Cases that are no tuple are read anew at every use, which takes long; none of them is a test program.
    return [
        (suite, number, case)
        for suite, cases in suites
        if isinstance(cases, tuple)
        for number, case in enumerate(cases)
        if isinstance(case, CheckCase)
    ]


def _of_reference(problem: Problem, where: str, grader: Grader) -> Iterable[Finding]:
    for suite in suites_of(problem):
        job = job_of(problem, suite, problem.reference)
        if any(isinstance(case, CallCase) and case.expected is UNKNOWN for case in job.cases):
            # Its outputs are the expected ones, so that it can only fail to give any.
            seen = grader.observe(replace(job, limits=LIMITS))
            if seen.outcome != "passed":
                text = f"{suite} case {len(seen.outputs) + 1} of {len(job.cases)}: {seen.outcome}: {seen.detail}"
                yield Finding("reference", problem.id, where, text)
            continue
        verdict = grader.judge(job)
        if verdict.outcome == "infra":
            raise GradingError(f"the sandbox failed at the reference of {problem.id}: {verdict.detail}")
        if verdict.outcome != "passed":
            text = f"{suite} cases: {verdict.outcome}: {verdict.detail}"
            yield Finding("reference", problem.id, where, text)
            continue
        slowest, allowed = _time(job, verdict.seconds, grader)
        if slowest > SLOW * allowed:
            text = f"{suite} cases: the slowest takes {slowest:.1f} s of {allowed:g} s"
            yield Finding("slow", problem.id, where, text)


def _time(job: Job, seconds: float, grader: Grader) -> tuple[float, float]:
    """Return the time of the slowest case and its limit; of test programs, that of all of them together."""
    if any(isinstance(case, CheckCase) for case in job.cases):
        return seconds, _WHOLE_TEST * job.limits.seconds * len(job.cases)
    if seconds <= SLOW * job.limits.seconds:
        return seconds, job.limits.seconds
    return grader.observe(job).slowest, job.limits.seconds
