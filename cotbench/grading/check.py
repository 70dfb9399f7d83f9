"""Judging by a test program: the test runs in one child, the judged program in another.

The two children come from two sandbox processes, and the grader sits between them. The test calls a stub; each
call travels through here to the program and its result travels back as plain data, so nothing of the program ever
comes near the test.
"""

from __future__ import annotations

import time

from cotbench.core.errors import GradingError
from cotbench.core.problem import CheckCase
from cotbench.core.verdict import Job
from cotbench.grading.clock import Clock
from cotbench.grading.endings import Failure, Part, known_exception, of_end, of_exception, of_output
from cotbench.grading.forkserver import ForkServer
from cotbench.grading.program import Ended, Program

_WHOLE_CHECK = 3


def judge_check(server: ForkServer, judges: ForkServer, job: Job, case: CheckCase) -> Part:
    """Judge a program by one test program. Raises SandboxDied, GradingError."""
    if not job.entry.name:
        raise GradingError("a test program needs the name of the function that it tests")
    began = time.monotonic()
    whole = _WHOLE_CHECK * job.limits.seconds
    with (
        Program(server, job.limits, cpu=whole) as program,
        Program(judges, job.limits, cpu=whole) as judge,
    ):
        failure = _Conversation(program, judge, job, whole).hold(case)
    return Part(int(failure is None), time.monotonic() - began, failure)


class _Conversation:
    def __init__(self, program: Program, judge: Program, job: Job, whole: float) -> None:
        self.program = program
        self.judge = judge
        self.job = job
        self.call_clock = Clock([program.pid], job.limits.seconds)
        self.whole_clock = Clock([program.pid, judge.pid], whole)

    def hold(self, case: CheckCase) -> Failure | None:
        job = self.job
        self.program.send(
            {
                "kind": "serve",
                "prelude": job.prelude,
                "code": job.code,
                "name": job.entry.name,
                "output": job.limits.output,
            }
        )
        first = self.ask(-1)
        if isinstance(first, Failure):
            return first
        if first[0] == "raised":
            return of_exception(first[1])
        self.judge.send({"kind": "judge", "setup": case.setup, "program": case.program, "output": job.limits.output})
        return self.relay()

    def relay(self) -> Failure | None:
        count = 0
        while True:
            try:
                frame = self.judge.receive(self.whole_clock)
            except Ended as ended:
                return self.judge_ended(ended)
            if frame[0] != "call":
                return _outcome(frame)
            self.call_clock.restart()
            self.program.send(["call", count, frame[2]])
            reply = self.ask(count)
            if isinstance(reply, Failure):
                return reply
            self.judge.send(reply)
            count += 1

    def ask(self, number: int) -> list[object] | Failure:
        """Return the program's answer as the test may see it, or why there is none."""
        try:
            frame = self.program.receive(self.call_clock, self.whole_clock)
        except Ended as ended:
            return of_end(ended, self.program.end(), self.job.limits)
        match frame:
            case ["ready"] if number == -1:
                return ["ready"]
            case ["value", int(echo), tree, list(mutated)] if echo == number >= 0:
                return ["value", tree, mutated]
            case ["raised", int(echo), list(names)] if echo == number:
                return ["raised", [name for name in names if isinstance(name, str)]]
            case ["limit", int(echo)] if echo == number:
                return of_output(self.job.limits)
        return Failure("error", "wrote to the channel of its results")

    def judge_ended(self, ended: Ended) -> Failure:
        if ended.reason == "timeout":
            return Failure("timeout", f"the whole test took more than {self.whole():g} s")
        # The values that the program returned can make a test run out of memory or recurse for ever.
        return Failure("wrong", "the test could not go on with what the program returned")

    def whole(self) -> float:
        return _WHOLE_CHECK * self.job.limits.seconds


def _outcome(frame: list[object]) -> Failure | None:
    match frame:
        case ["passed"]:
            return None
        case ["wrong", ["AssertionError"]]:
            return Failure("wrong", "wrong output")
        case ["wrong", names]:
            return Failure("wrong", f"the test raised {known_exception(names)}")
        case ["raised", names]:
            return of_exception(names)
        case ["broken", why]:
            raise GradingError(f"the test program of a case does not work: {why}")
    raise GradingError("the test program of a case does not work")
