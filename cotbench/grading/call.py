"""Judging by calls: one child defines the program once and answers every case; the first wrong answer ends it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from cotbench.core.problem import Value
from cotbench.grading.caseset import Calls, Rules
from cotbench.grading.checker import Checker
from cotbench.grading.endings import WRONG, Failure, PartVerdict, of_end, of_exception, of_forgery, of_output
from cotbench.grading.inside import wire
from cotbench.grading.program import Ended, Program
from cotbench.grading.stateless import is_stateless
from cotbench.grading.workbench import Workbench

Take = Callable[[int, Value, float], bool]
"""(number of the case, what the call returned, its seconds) → whether to go on."""


def judge_calls(bench: Workbench, rules: Rules, part: Calls, code: str) -> PartVerdict:
    """Judge a program on cases that call its function. Raises SandboxDied, GradingError."""
    began = time.monotonic()
    passed = 0
    wrong: Failure | None = None
    checker = Checker(bench, rules)

    def take(number: int, value: Value, seconds: float) -> bool:
        nonlocal passed, wrong
        if not checker.accepts(part.equal, part.arguments[number], value, part.expected[number]):
            wrong = WRONG.at(number)
            return False
        passed += 1
        return True

    failure = run_calls(bench, rules, part, code, _sequence(rules, part, code), take) or wrong
    if failure is not None:
        part.killers.add(failure.case)
    return PartVerdict(passed, time.monotonic() - began, failure)


def run_calls(
    bench: Workbench, rules: Rules, part: Calls, code: str, sequence: Sequence[int], take: Take
) -> Failure | None:
    """Run the cases in that order, as long as `take` wants more; return why the program failed to answer, if it did.

    Raises SandboxDied.
    """
    order = ["calls", rules.entry.name, rules.prelude, code, list(sequence), part.budgets]
    with Program(bench.server_for(rules.prelude, code), rules.limits, part.whole) as program:
        program.send(wire.pack(order), part.packed)
        for number in sequence:
            try:
                frame = program.receive()
            except Ended as ended:
                return of_end(ended, program.end(), rules.limits).at(number)
            match frame:
                case ["value", int(echo), value, float(seconds)] if echo == number:
                    if not take(number, value, seconds):
                        return None
                case ["raised", int(echo), names] if echo in (number, -1):
                    return of_exception(names).at(number)
                case ["limit", int(echo)] if echo == number:
                    return of_output(rules.limits).at(number)
                case _:
                    return of_forgery().at(number)
    return None


def _sequence(rules: Rules, part: Calls, code: str) -> Sequence[int]:
    """Return the order of the cases: those that failed other programs first, where no order changes an answer."""
    every = range(len(part.arguments))
    killers = part.killers.order()
    if killers and is_stateless(rules.prelude, code):
        return [*killers, *(number for number in every if number not in killers)]
    return list(every)
