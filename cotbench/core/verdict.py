"""Verdicts: how one program did on one set of cases, and what the grader needs to know to say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cotbench.core.problem import Case, Entry

Outcome = Literal["passed", "wrong", "error", "timeout", "memory", "output_limit", "no_code", "infra"]
"""`infra` means that the sandbox failed: such a verdict is owed again and never counts as a wrong answer."""

Suite = Literal["public", "hidden"]


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
    cases: tuple[Case, ...]
    comparer: str
    limits: Limits
    prelude: str = ""
