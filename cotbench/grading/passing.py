"""Jobs, verdicts and observations on their way between the grader and a worker: as frames of plain data."""

from __future__ import annotations

from typing import Any, cast

from cotbench.core.errors import GradingError
from cotbench.core.problem import UNKNOWN, CallCase, Case, CheckCase, Entry, StdinCase
from cotbench.core.verdict import Job, Limits, Observation, Verdict
from cotbench.grading.inside.encoding import NotPlain, TooLarge, encode

_MOST = 1 << 32


def job_frame(job: Job) -> list[object]:
    """Return a job without its program. Raises GradingError if its cases are not plain data."""
    limits = job.limits
    return [
        [job.entry.kind, job.entry.name],
        [_case_frame(case) for case in job.cases],
        job.comparer,
        [limits.seconds, limits.memory, limits.output],
        job.prelude,
        job.tolerance,
        job.oracle,
    ]


def job_of(frame: Any) -> Job:
    """Return the job of a frame, with an empty program."""
    entry, cases, comparer, limits, prelude, tolerance, oracle = frame
    return Job(
        "",
        Entry(entry[0], entry[1]),
        tuple(_case_of(case) for case in cases),
        comparer,
        Limits(float(limits[0]), limits[1], limits[2]),
        prelude,
        float(tolerance),
        oracle,
    )


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


def _case_frame(case: Case) -> list[object]:
    if isinstance(case, StdinCase):
        return ["stdin", case.stdin, case.expected]
    if isinstance(case, CheckCase):
        return ["check", case.program, case.setup, case.in_process]
    try:
        arguments = encode(case.arguments, _MOST, strict=True)
    except (TooLarge, NotPlain):
        raise GradingError("the arguments of a case are not plain data, or nested too deep") from None
    # Not strict: of some outputs a rule only asks whether there is one.
    return ["call", arguments] if case.expected is UNKNOWN else ["call", arguments, encode(case.expected, _MOST)]


def _case_of(frame: list[Any]) -> Case:
    if frame[0] == "stdin":
        return StdinCase(frame[1], frame[2])
    if frame[0] == "check":
        return CheckCase(*frame[1:])
    return CallCase(cast("tuple[object, ...]", frame[1]), frame[2] if len(frame) == 3 else UNKNOWN)
