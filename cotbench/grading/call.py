"""Judging by calls: one child defines the program once and answers every case; the first wrong answer ends it."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Sequence

from cotbench.grading.caseset import Calls, Rules
from cotbench.grading.checker import Checker
from cotbench.grading.endings import WRONG, Failure, PartVerdict, of_end, of_exception, of_forgery, of_output
from cotbench.grading.inside import results, wire
from cotbench.grading.inside.encoding import Malformed
from cotbench.grading.program import Ended, Program
from cotbench.grading.stateless import is_stateless
from cotbench.grading.workbench import Workbench

Take = Callable[[int, bytes, float], Failure | None]
"""(number of the case, text of what the call returned, its seconds) → why it is wrong."""

_VALUE = re.compile(rb'\["value",([0-9]{1,9}),')


def judge_calls(bench: Workbench, rules: Rules, part: Calls, code: str) -> PartVerdict:
    """Judge a program on cases that call its function. Raises SandboxDied, GradingError."""
    began = time.monotonic()
    passed = 0
    checker = Checker(bench, rules)

    def is_right(number: int, frame: bytes) -> bool:
        nonlocal passed
        expected = part.is_expected(number, frame)
        passed += expected
        return expected

    def take(number: int, text: bytes, seconds: float) -> Failure | None:
        nonlocal passed
        digest = hashlib.blake2b(text, digest_size=16).digest()
        if part.right.get(number) != digest:
            try:
                value = results.read(text)
            except Malformed:
                return of_forgery()
            if not checker.accepts(part.equal, lambda: part.arguments(number), value, part.output(number)):
                return WRONG
            part.right[number] = digest
        passed += 1
        return None

    failure = run_calls(bench, rules, part, code, _sequence(rules, part, code), take, is_right)
    if failure is not None:
        part.killers.add(failure.case)
    return PartVerdict(passed, time.monotonic() - began, failure)


def run_calls(
    bench: Workbench,
    rules: Rules,
    part: Calls,
    code: str,
    sequence: Sequence[int],
    take: Take,
    is_right: Callable[[int, bytes], bool] = lambda number, frame: False,
) -> Failure | None:
    """Run the cases in that order until one fails; return why. Raises SandboxDied.

    A frame for which `is_right` (number of the case, text of the frame) holds is not taken apart.
    """
    order = ["calls", rules.entry.name, rules.prelude, code, list(sequence), part.budgets]
    with Program(bench.server_for(rules.prelude, code), rules.limits, part.whole) as program:
        program.send(wire.pack(order), part.packed)
        for number in sequence:
            try:
                program.receive_body()
            except Ended as ended:
                return of_end(ended, program.end(), rules.limits).at(number)
            if is_right(number, program.body):
                continue
            failure = _take(program.body, number, rules, take)
            if failure is not None:
                return failure.at(number)
    return None


def _take(body: bytes, number: int, rules: Rules, take: Take) -> Failure | None:
    """Take what a frame says of a case; return why the case failed."""
    head = _VALUE.match(body)
    if head is not None and int(head[1]) == number:
        end = body.rindex(b",")
        try:
            return take(number, body[head.end() : end], float(body[end + 1 : -1]))
        except ValueError:
            return of_forgery()
    try:
        frame = wire.unpack(body)
    except Malformed:
        return of_forgery()
    match frame:
        case ["raised", int(echo), names] if echo in (number, -1):
            return of_exception(names)
        case ["limit", int(echo)] if echo == number:
            return of_output(rules.limits)
    return of_forgery()


def _sequence(rules: Rules, part: Calls, code: str) -> Sequence[int]:
    """Return the order of the cases: those that failed other programs first, where no order changes an answer."""
    every = range(len(part.expected))
    killers = part.killers.order()
    if killers and is_stateless(rules.prelude, code):
        return [*killers, *(number for number in every if number not in killers)]
    return list(every)
