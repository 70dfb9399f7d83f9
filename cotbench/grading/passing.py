"""Jobs, verdicts and observations on their way between the grader and a worker.

A job without its program is a frame that tells what follows, then frames that the worker leaves packed: for cases that
call, the arguments of all of them in one, and each expected output in one of its own (empty where it is not known).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from cotbench.core.errors import BenchmarkError, GradingError
from cotbench.core.problem import UNKNOWN, CallCase, Case, CheckCase, StdinCase, Value
from cotbench.core.verdict import Job, Observation, Verdict
from cotbench.grading.inside import results, wire
from cotbench.grading.inside.encoding import NotPlain, TooLarge, encode

_MOST = 1 << 32


def job_bodies(number: int, job: Job) -> Iterator[bytes]:
    """Give the bodies of the frames that make up a job.

    Raises GradingError if its cases are not plain data, or cannot be read from where they are stored.
    """
    limits = job.limits
    parts: list[list[object]] = []
    calls: list[Sequence[CallCase]] = []
    for kind, group in itertools.groupby(_read(job.cases), type):
        cases = list(group)
        if kind is CallCase:
            calls.append([case for case in cases if isinstance(case, CallCase)])
            parts.append(["calls", len(cases)])
        elif kind is StdinCase:
            parts.append(["stdin", [[case.stdin, case.expected] for case in cases if isinstance(case, StdinCase)]])
        else:
            parts += [["check", case.program, case.setup, case.in_process] for case in _checks(cases)]
    rules = [job.comparer, job.tolerance, job.oracle, job.prelude, [limits.seconds, limits.memory, limits.output]]
    # Before the first frame goes out all have to be there: a worker that waits for the rest would wait for ever.
    packed = [wire.text([_arguments(case) for case in part]) for part in calls]
    yield wire.text(["cases", number, [job.entry.kind, job.entry.name], rules, parts])
    for arguments, part in zip(packed, calls, strict=True):
        yield arguments
        for case in part:
            yield b"" if case.expected is UNKNOWN else results.written(case.expected, _MOST)


def _read(cases: Sequence[Case]) -> Sequence[Case]:
    try:
        return list(cases)
    except BenchmarkError as error:
        raise GradingError(f"the cases cannot be read: {error.message}", hint=error.hint) from error


def _checks(cases: Sequence[Case]) -> list[CheckCase]:
    return [case for case in cases if isinstance(case, CheckCase)]


def _arguments(case: CallCase) -> Value:
    try:
        return encode(list(case.arguments), _MOST, strict=True)
    except (TooLarge, NotPlain):
        raise GradingError("the arguments of a case are not plain data, or nested too deep") from None


def verdict_frame(verdict: Verdict) -> list[object]:
    """Return a verdict as a frame."""
    seconds = verdict.seconds
    return ["verdict", verdict.outcome, verdict.passed, verdict.total, seconds, verdict.detail, verdict.integrity]


def verdict_of(frame: list[Any]) -> Verdict:
    """Return the verdict of a frame."""
    return Verdict(*frame[1:])


def observation_frame(observation: Observation) -> list[object]:
    """Return an observation as a frame."""
    outputs = [encode(value, _MOST) for value in observation.outputs]
    return ["observation", outputs, observation.outcome, observation.slowest, observation.detail]


def observation_of(frame: list[Any]) -> Observation:
    """Return the observation of a frame."""
    return Observation(tuple(frame[1]), *frame[2:])
