"""Judging by calls: one child defines the program once and answers every case; the first wrong answer ends it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from cotbench.core.errors import GradingError
from cotbench.core.problem import CallCase
from cotbench.core.verdict import Job
from cotbench.grading.clock import Clock
from cotbench.grading.comparers import comparer
from cotbench.grading.endings import Failure, Part, of_end, of_exception, of_output
from cotbench.grading.forkserver import ForkServer
from cotbench.grading.inside.encoding import Malformed, NotPlain, TooLarge, decode, encode
from cotbench.grading.program import Ended, Program

_MOST_INPUT = 1 << 30


def judge_calls(server: ForkServer, job: Job, cases: Sequence[CallCase], outputs: list[object] | None = None) -> Part:
    """Judge a program on cases that call its function. Raises SandboxDied, GradingError."""
    if not job.entry.name:
        raise GradingError("cases that call a function need the function's name")
    equal = comparer(job.comparer, "value", tolerance=job.tolerance, oracle=job.oracle)
    began = time.monotonic()
    order = {
        "kind": "calls",
        "prelude": job.prelude,
        "code": job.code,
        "name": job.entry.name,
        "cases": [_arguments(case) for case in cases],
        "output": job.limits.output,
    }
    failure: Failure | None = None
    passed = 0
    with Program(server, job.limits, cpu=len(cases) * job.limits.seconds) as program:
        clock = Clock([program.pid], job.limits.seconds)
        program.send(order)
        try:
            for number, case in enumerate(cases):
                frame = program.receive(clock)
                clock.restart()
                failure = _failure(frame, number, job)
                if failure is None and outputs is not None:
                    outputs.append(_value(frame))
                elif failure is None and not equal(case.arguments, _value(frame), case.expected):
                    failure = Failure("wrong", "wrong output")
                if failure is not None:
                    break
                passed += 1
        except Ended as ended:
            failure = of_end(ended, program.end(), job.limits)
    return Part(passed, time.monotonic() - began, failure)


def _arguments(case: CallCase) -> object:
    try:
        return encode(list(case.arguments), _MOST_INPUT, strict=True)
    except TooLarge:
        raise GradingError("the arguments of a case are larger than 1 GiB") from None
    except NotPlain:
        raise GradingError("the arguments of a case are not plain data, or nested too deep") from None


def _failure(frame: list[object], number: int, job: Job) -> Failure | None:
    match frame:
        case ["value", int(echo), _, []] if echo == number:
            return None
        case ["raised", int(echo), names] if echo in (number, -1):
            return of_exception(names)
        case ["limit", int(echo)] if echo == number:
            return of_output(job.limits)
    return Failure("error", "wrote to the channel of its results")


def _value(frame: list[object]) -> object:
    try:
        return decode(frame[2])
    except Malformed:
        return NotImplemented
