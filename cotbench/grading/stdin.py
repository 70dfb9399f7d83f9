"""Judging by standard input and output: one child per case, which runs the program as a script on real files."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cotbench.core.problem import StdinCase
from cotbench.core.verdict import Job
from cotbench.grading.clock import Clock
from cotbench.grading.comparers import comparer
from cotbench.grading.endings import Failure, Part, of_end, of_exception, of_exit, of_output
from cotbench.grading.forkserver import Exit, ForkServer
from cotbench.grading.program import Ended, Program


def judge_scripts(server: ForkServer, job: Job, cases: Sequence[StdinCase]) -> Part:
    """Judge a program on cases of standard input. Raises SandboxDied, GradingError."""
    equal = comparer(job.comparer, "text", tolerance=job.tolerance, oracle=job.oracle)
    began = time.monotonic()
    failure: Failure | None = None
    passed = 0
    for case in cases:
        with _file(case.stdin.encode("utf-8", "surrogatepass")) as given, _file(b"") as printed:
            failure = _run(server, job, given, printed)
            if failure is None and not equal((case.stdin,), _text(printed, job.limits.output), case.expected):
                failure = Failure("wrong", "wrong output")
        if failure is not None:
            break
        passed += 1
    return Part(passed, time.monotonic() - began, failure)


def _run(server: ForkServer, job: Job, given: int, printed: int) -> Failure | None:
    order = {"kind": "script", "prelude": job.prelude, "code": job.code}
    raised: Failure | None = None
    with Program(server, job.limits, cpu=job.limits.seconds, files=(given, printed)) as program:
        clock = Clock([program.pid], job.limits.seconds)
        program.send(order)
        try:
            while True:
                frame = program.receive(clock)
                if len(frame) == 3 and frame[0] == "raised":
                    raised = of_exception(frame[2])
                else:
                    raised = Failure("error", "wrote to the channel of its results")
        except Ended as ended:
            end = program.end()
            if os.fstat(printed).st_size > job.limits.output:
                return of_output(job.limits)
            if ended.reason != "exit":
                return of_end(ended, end, job.limits)
    return raised or _of_status(end, job)


def _of_status(end: Exit, job: Job) -> Failure | None:
    if os.WIFSIGNALED(end.status):
        return of_exit(end, job.limits)
    status = os.waitstatus_to_exitcode(end.status)
    return Failure("error", f"exit status {status}") if status else None


@contextmanager
def _file(content: bytes) -> Iterator[int]:
    """Give a file descriptor of a nameless file that holds `content`, at its beginning."""
    if sys.platform == "linux":
        file = os.fdopen(os.memfd_create("stdio"), "r+b", buffering=0)
    else:
        file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
    with file:
        rest = memoryview(content)
        while rest:
            rest = rest[file.write(rest) or 0 :]
        file.seek(0)
        yield file.fileno()


def _text(fd: int, most: int) -> str:
    chunks = []
    position = 0
    while position <= most and (chunk := os.pread(fd, 1 << 20, position)):
        chunks.append(chunk)
        position += len(chunk)
    return b"".join(chunks).decode("utf-8", "replace")
