"""Judging by a test program: the test runs in one child, the judged program in another, and this module in between.

The calls that the test makes of the reference are known, so the program answers them all at once and the test is run on
its answers. Where they are not known, or the test departs from them, each call travels as it comes. Nothing of the
program ever comes near the test but plain data.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import replace

from cotbench.core.errors import GradingError
from cotbench.grading.caseset import Check, Rules
from cotbench.grading.endings import Failure, PartVerdict, known_exception, of_end, of_exception, of_forgery, of_output
from cotbench.grading.inside import wire
from cotbench.grading.inside.encoding import Malformed
from cotbench.grading.program import Ended, Program
from cotbench.grading.workbench import JudgeChild, Workbench

_WHOLE_CHECK = 3
_PATIENCE_SECONDS = 0.1


def judge_check(bench: Workbench, rules: Rules, part: Check, code: str) -> PartVerdict:
    """Judge a program by one test program. Raises SandboxDied, GradingError."""
    began = time.monotonic()
    whole = replace(rules, limits=replace(rules.limits, seconds=_WHOLE_CHECK * rules.limits.seconds))
    if part.case.in_process:
        failure = _beside(bench, whole, part, code)
    else:
        try:
            failure = _Conversation(bench, rules, whole, part, code).hold()
        except _JudgeEnded:
            # Perhaps of what earlier programs left behind in it: this program gets a new one.
            try:
                failure = _Conversation(bench, rules, whole, part, code).hold()
            except _JudgeEnded as ended:
                failure = ended.failure
    return PartVerdict(int(failure is None), time.monotonic() - began, failure)


class _JudgeEnded(Exception):
    """The child that holds the test ended without an outcome."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.text)
        self.failure = failure


class _Conversation:
    def __init__(self, bench: Workbench, rules: Rules, whole: Rules, part: Check, code: str) -> None:
        self.bench = bench
        self.rules = rules
        self.whole = whole
        self.case = part.case
        self.known = part.known
        self.code = code
        self.key = (part.case, rules.entry.name, whole.limits)

    def hold(self) -> Failure | None:
        """Return why the program fails the test, or None. Raises _JudgeEnded, SandboxDied, GradingError."""
        known = self.known
        if not known.learnt:
            judge = self.judge()
            known.recorded, known.calls, known.learnt = judge.recorded, judge.calls, True
        if known.recorded is not None:
            departed, failure = self.replay(known.recorded)
            if not departed:
                return failure
        return self.live()

    def judge(self) -> JudgeChild:
        case, budget = self.case, self.rules.limits.output
        order: list[object] = ["judge", case.setup, case.program, self.rules.entry.name, budget]
        return self.bench.judge(self.key, lambda: (order, case.setup + case.program), self.whole.limits)

    def replay(self, recorded: bytes) -> tuple[bool, Failure | None]:
        """Have the recorded calls answered; return whether the test makes other calls, and why the program fails."""
        came: list[bytes] = []
        asked = -1
        patience = _PATIENCE_SECONDS
        failure: Failure | None = None
        with self.program() as program:
            program.send(self.order("replay"), recorded)
            while len(came) < self.known.calls:
                try:
                    if program.receive_body(patience):
                        came.append(program.body)
                        continue
                except Ended as ended:
                    failure = of_end(ended, program.end(), self.rules.limits)
                    break
                # A slow program may have failed already.
                patience *= 2
                if asked < len(came):
                    asked = len(came)
                    outcome, fault = self.ask(came)
                    if fault is not None or outcome != ["more"]:
                        break
        outcome, fault = self.ask(came)
        if outcome == ["other"]:
            return True, None
        if outcome == ["more"]:
            failure = fault or failure
            return failure is None, failure
        return False, _failure(outcome)

    def ask(self, came: list[bytes]) -> tuple[list[object], Failure | None]:
        """Return how the test ends with the answers that came, and what is wrong with the first that is none.

        That is its outcome, "more" answers needed, or "other" calls made. Nothing after a wrong answer counts.
        """
        # No answer holds a zero byte, and what was asked before was looked at then.
        digest = hashlib.sha256(b"\0".join(came)).digest()
        outcome = self.known.outcome(digest)
        if outcome is not None:
            return outcome, None
        for number, body in enumerate(came):
            fault = self.fault_of(body, number)
            if fault is not None:
                return self.ask(came[:number])[0], fault
        judge = self.judge()
        judge.program.send(wire.framed(b'["replay",[' + b",".join(came) + b"]]"))
        outcome = self.next_of(judge)
        self.known.remember(digest, outcome)
        return outcome, None

    def fault_of(self, body: bytes, number: int) -> Failure | None:
        """Return why a frame's text is no answer to the recorded call of that number; None if it is one."""
        try:
            frame = wire.unpack(body)
        except Malformed:
            return of_forgery()
        match frame:
            case ["raised", -1, names]:
                return of_exception(names)
        return self.fault(frame, number)

    def live(self) -> Failure | None:
        count = 0
        judge = self.judge()
        with self.program() as program:
            program.send(self.order("serve"))
            first = self.answer(program, -1)
            if isinstance(first, Failure):
                return first
            judge.program.send(wire.pack(["live"]))
            while (frame := self.next_of(judge))[0] == "call":
                program.clock.restart()
                program.send(wire.framed(judge.program.body[len(b'["call",') : -1]))
                reply = self.answer(program, count)
                if isinstance(reply, Failure):
                    # The test waits for an answer that will never come.
                    self.bench.drop_judge(self.key)
                    return reply
                judge.program.send(wire.framed(reply))
                count += 1
        return _failure(frame)

    def answer(self, program: Program, number: int) -> bytes | Failure:
        """Return the program's answer to a call as the test may see it, or why there is none."""
        try:
            frame = program.receive() or []
        except Ended as ended:
            return of_end(ended, program.end(), self.rules.limits)
        if number == -1 and frame == ["ready"]:
            return program.body
        if number == -1 and len(frame) == 3 and frame[:2] == ["raised", -1]:
            return of_exception(frame[2])
        return self.fault(frame, number) or program.body

    def fault(self, frame: object, number: int) -> Failure | None:
        """Return why a frame is no answer to the call of that number; None if it is one."""
        match frame:
            case ["value", int(echo), _, list()] if echo == number >= 0:
                return None
            case ["raised", int(echo), list()] if echo == number >= 0:
                return None
            case ["stopped", int(echo), names] if echo == number:
                return of_exception(names)
            case ["limit", int(echo)] if echo == number:
                return of_output(self.rules.limits)
        return of_forgery()

    def next_of(self, judge: JudgeChild) -> list[object]:
        judge.program.clock.restart()
        try:
            return judge.program.receive() or []
        except Ended as ended:
            # Raises if the whole sandbox process is gone, which is nobody's fault.
            judge.program.end()
            self.bench.drop_judge(self.key)
            if ended.reason == "timeout":
                text = f"the whole test took more than {self.whole.limits.seconds:g} s"
                raise _JudgeEnded(Failure("timeout", text)) from None
            # The values that the program returned can make a test run out of memory or recurse for ever.
            raise _JudgeEnded(Failure("wrong", "the test could not go on with what the program returned")) from None

    def program(self) -> Program:
        rules = self.rules
        return Program(self.bench.server_for(rules.prelude, self.code), rules.limits, self.whole.limits.seconds)

    def order(self, kind: str) -> bytes:
        rules = self.rules
        return wire.pack([kind, rules.entry.name, rules.prelude, self.code, rules.limits.output])


def _beside(bench: Workbench, whole: Rules, part: Check, code: str) -> Failure | None:
    nonce = secrets.token_hex(16)
    order = ["beside", whole.entry.name, whole.prelude, code, part.case.program, nonce]
    with Program(
        bench.server_for(whole.prelude, code, part.case.program), whole.limits, whole.limits.seconds
    ) as program:
        program.send(wire.pack(order))
        try:
            frame = program.receive()
        except Ended as ended:
            return of_end(ended, program.end(), whole.limits)
    match frame:
        case ["checked", str(echo)] if echo == nonce:
            return None
        case ["raised", 0, ["AssertionError", *_]]:
            return Failure("wrong", "wrong output")
        case ["raised", 0, names]:
            return of_exception(names)
    return of_forgery()


def _failure(frame: list[object]) -> Failure | None:
    match frame:
        case ["passed"]:
            return None
        case ["wrong", ["AssertionError", *_]]:
            return Failure("wrong", "wrong output")
        case ["wrong", names]:
            return Failure("wrong", f"the test raised {known_exception(names)}")
        case ["raised", names]:
            return of_exception(names)
        case ["broken", why]:
            raise GradingError(f"the test program of a case does not work: {why}")
    raise GradingError("the test program of a case does not work")
