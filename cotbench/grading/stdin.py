"""Judging by standard input and output: one child runs the program for all cases, on real files.

A case that fails in a child which ran others before is run once more, alone in a child of its own, and that run
counts. So what a script leaves behind in its process fails no later case. Cases keep their order: a script could pass
one because of what it kept from another, and what other programs did must not decide about that.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from types import TracebackType

from cotbench.core.verdict import Limits
from cotbench.grading.caseset import Rules, Scripts
from cotbench.grading.checker import Checker
from cotbench.grading.child import Exit
from cotbench.grading.endings import WRONG, Failure, PartVerdict, of_end, of_exception, of_exit, of_forgery, of_output
from cotbench.grading.inside import wire
from cotbench.grading.program import Ended, Program
from cotbench.grading.workbench import Workbench


class ScriptRuns:
    """The runs of one program on the cases of a part. Without `compare` what it prints is kept, and never wrong."""

    def __init__(self, bench: Workbench, rules: Rules, part: Scripts, code: str, *, compare: bool = True) -> None:
        self._bench = bench
        self._rules = rules
        self._part = part
        self._code = code
        self._checker = Checker(bench, rules)
        self.printed: dict[int, str] = {}
        self.slowest = 0.0
        self._compares = compare

    def judge(self, sequence: Sequence[int]) -> tuple[int, Failure | None]:
        """Run the cases in that order up to the first that fails; return how many passed. Raises SandboxDied."""
        passed = 0
        together = True
        while passed < len(sequence):
            group = sequence[passed:] if together else sequence[passed : passed + 1]
            done, failure = self._in_one_child(group)
            passed += done
            if failure is not None and done:
                # The cases before may be to blame; if they are, each case gets a child of its own from here on.
                done, failure = self._in_one_child(sequence[passed : passed + 1])
                passed += done
                together = False
            if failure is not None:
                return passed, failure
        return passed, None

    def _in_one_child(self, group: Sequence[int]) -> tuple[int, Failure | None]:
        """Run cases in one child until one fails or the child ends; return how many passed."""
        rules = self._rules
        server = self._bench.server_for(rules.prelude, self._code)
        files = _Files(self._part.stdin, group)
        with files, Program(server, rules.limits, whole=len(group) * rules.limits.seconds) as program:
            program.send(wire.pack(["scripts", rules.prelude, self._code]))
            began = time.monotonic()
            for done, number in enumerate(group):
                # The program is never kept waiting for files, nor are there many of them.
                for pair in files.ahead(done):
                    program.send_files(pair)
                last, failure = self._result(program, done)
                printed = files.printed(done)
                if os.fstat(printed).st_size > rules.limits.output:
                    failure = of_output(rules.limits)
                failure = failure or self._compare(number, printed)
                self.slowest = max(self.slowest, time.monotonic() - began)
                began = time.monotonic()
                if failure is not None:
                    return done, failure.at(number)
                if last:
                    return done + 1, None
        return len(group), None

    def _result(self, program: Program, number: int) -> tuple[bool, Failure | None]:
        """Wait for the end of a case; return whether the child runs no other case, and why this one failed."""
        limits = self._rules.limits
        try:
            frame = program.receive()
        except Ended as ended:
            end = program.end()
            return True, _of_status(end, limits) if ended.reason == "exit" else of_end(ended, end, limits)
        match frame:
            case ["ended", int(echo), int(status), list(names), bool(last)] if echo == number:
                if names:
                    return last, of_exception(names)
                return last, Failure("error", f"exit status {status}") if status else None
        return True, of_forgery()

    def _compare(self, number: int, printed: int) -> Failure | None:
        most = self._rules.limits.output
        text = _text(printed, most)
        if not self._compares:
            self.printed[number] = text
            return None
        part = self._part
        stdin = part.stdin[number]
        right = self._checker.accepts(
            part.equal, lambda: stdin.decode("utf-8", "surrogatepass"), text, part.expected[number]
        )
        return None if right else WRONG


def judge_scripts(bench: Workbench, rules: Rules, part: Scripts, code: str) -> PartVerdict:
    """Judge a program on cases of standard input. Raises SandboxDied, GradingError."""
    began = time.monotonic()
    passed, failure = ScriptRuns(bench, rules, part, code).judge(range(len(part.stdin)))
    return PartVerdict(passed, time.monotonic() - began, failure)


def _of_status(end: Exit, limits: Limits) -> Failure | None:
    if os.WIFSIGNALED(end.status):
        return of_exit(end, limits)
    status = os.waitstatus_to_exitcode(end.status)
    return Failure("error", f"exit status {status}") if status else None


class _Files:
    """Nameless files for the cases of one child: what each reads and what it prints into, made a few cases ahead."""

    _AHEAD = 8

    def __init__(self, contents: Sequence[bytes], group: Sequence[int]) -> None:
        self._contents = contents
        self._group = group
        self._made: list[tuple[int, int]] = []
        self._closed = 0

    def __enter__(self) -> _Files:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(len(self._made))

    def ahead(self, done: int) -> Iterator[tuple[int, int]]:
        """Close the files of the cases that are done, and give those that the program should have by now."""
        self._close(done)
        while len(self._made) < min(done + self._AHEAD, len(self._group)):
            given = _file(self._contents[self._group[len(self._made)]])
            self._made.append((given, _file(b"")))
            yield self._made[-1]

    def printed(self, position: int) -> int:
        """Return the file that a case printed into."""
        return self._made[position][1]

    def _close(self, count: int) -> None:
        for pair in self._made[self._closed : count]:
            for fd in pair:
                os.close(fd)
        self._closed = max(self._closed, count)


def _file(content: bytes) -> int:
    """Return a nameless file that holds `content`, at its beginning."""
    if sys.platform == "linux":
        fd = os.memfd_create("stdio")
    else:
        with tempfile.TemporaryFile(buffering=0) as file:
            fd = os.dup(file.fileno())
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(fd, rest) :]
    if content:
        os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _text(fd: int, most: int) -> str:
    chunks = []
    position = 0
    while position <= most and (chunk := os.pread(fd, 1 << 20, position)):
        chunks.append(chunk)
        position += len(chunk)
    return b"".join(chunks).decode("utf-8", "replace")
