"""Verdicts: how one program did on one set of cases, and what the grader needs to know to say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cotbench.core.problem import Case, Entry, Value

Outcome = Literal["passed", "wrong", "error", "timeout", "memory", "output_limit", "no_code", "infra"]
"""`infra` means that the sandbox failed: such a verdict is owed again and never counts as a wrong answer."""

Suite = Literal["public", "hidden"]

SUITES: tuple[Suite, ...] = ("public", "hidden")
"""Both sets of cases, in the order in which programs are judged on them."""

Integrity = Literal["isolated", "in-process"]
"""`in-process` verdicts come from a test that shared its process with the judged program, and can be forged."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of one program on one set of cases.

    `passed` counts the cases passed before the first failure, `total` the cases of the set. `seconds` is the time
    the program ran. `detail` is one line about the first failure; for hidden cases it never quotes an input or an
    expected output.
    """

    outcome: Outcome
    passed: int
    total: int
    seconds: float
    detail: str = ""
    integrity: Integrity = "isolated"


@dataclass(frozen=True, slots=True)
class Observation:
    """What one program produced, case by case, until it failed.

    `outputs` holds what the calls returned or what was printed; `slowest` is the longest time of a case in seconds.
    `outcome` is `passed` if every case gave an output.
    """

    outputs: tuple[Value, ...]
    outcome: Outcome
    slowest: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a judged program may use: seconds per case, memory and output in bytes."""

    seconds: float = 4.0
    memory: int = 1 << 30
    output: int = 64 << 20


@dataclass(frozen=True, slots=True)
class Job:
    """One grading job: a program, the cases that it must pass, and the rules."""

    code: str
    entry: Entry
    cases: Sequence[Case]
    comparer: str
    limits: Limits
    prelude: str = ""
    tolerance: float = 0.0
    oracle: str = ""
