"""From how a program ended to what that is called: outcome and one line that is safe to show.

A line never holds text of the program's making beyond the name of a known exception: a program could write an input
into the text, or the name, of its own exception.
"""

from __future__ import annotations

import builtins
import os
import signal
from dataclasses import dataclass, replace

from cotbench.core.verdict import Limits, Outcome
from cotbench.grading.child import Exit
from cotbench.grading.program import MOST_PROCESSES, Ended

_OUT_OF_MEMORY_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a program failed, and at which case of its part (from 0)."""

    outcome: Outcome
    text: str
    case: int = 0

    def at(self, case: int) -> Failure:
        """Return the same failure at another case."""
        return replace(self, case=case)


WRONG = Failure("wrong", "wrong output")


@dataclass(frozen=True, slots=True)
class PartVerdict:
    """How a program did on a part of a job: how many cases it passed before it failed, and for how long it ran."""

    passed: int
    seconds: float
    failure: Failure | None


def of_end(ended: Ended, end: Exit, limits: Limits) -> Failure:
    """Return the failure of a program that gave no (further) result."""
    if ended.reason == "timeout":
        return Failure("timeout", f"no result within the limit of {limits.seconds:g} s")
    if ended.reason == "output_limit":
        return of_output(limits)
    if ended.reason == "malformed":
        return of_forgery()
    if ended.reason == "processes":
        return Failure("error", f"started more than {MOST_PROCESSES} processes")
    return of_exit(end, limits)


def of_exit(end: Exit, limits: Limits) -> Failure:
    """Return the failure of a program that ended by itself, or was ended by the system."""
    if not os.WIFSIGNALED(end.status):
        return Failure("error", f"ended without a result (exit status {os.waitstatus_to_exitcode(end.status)})")
    number = os.WTERMSIG(end.status)
    if number == signal.SIGXCPU:
        return Failure("timeout", f"no result within the limit of {limits.seconds:g} s")
    if number == signal.SIGXFSZ:
        return of_output(limits)
    if number == signal.SIGKILL and end.memory > _OUT_OF_MEMORY_SHARE * limits.memory:
        return Failure("memory", "ended by the system while it used too much memory")
    return Failure("error", f"ended by {signal_name(number)}")


def of_forgery() -> Failure:
    """Return the failure of a program that sent what no call sends."""
    return Failure("error", "wrote to the channel of its results")


def of_output(limits: Limits) -> Failure:
    """Return the failure of a program whose result is too large."""
    return Failure("output_limit", f"output larger than {limits.output} bytes")


def of_exception(names: object) -> Failure:
    """Return the failure of a program that raised an exception, from the names of its classes."""
    name = known_exception(names)
    if name == "MemoryError":
        return Failure("memory", "MemoryError")
    return Failure("error", name)


def known_exception(names: object) -> str:
    """Return the name of the nearest builtin class among the names of an exception's classes."""
    for position, name in enumerate(names if isinstance(names, list) else []):
        kind = getattr(builtins, name, None) if isinstance(name, str) else None
        if isinstance(kind, type) and issubclass(kind, BaseException):
            return name if position == 0 else f"an exception derived from {name}"
    return "an exception"


def signal_name(number: int) -> str:
    """Return the name of a signal."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
