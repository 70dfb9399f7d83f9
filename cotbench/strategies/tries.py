"""Programs that were tried before the next one is written: their results, and what the model is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cotbench.core.attempt import Attempt, Step
from cotbench.core.problem import CallCase, Case, CheckCase, ProblemView
from cotbench.core.protocols import Context
from cotbench.core.trial import CaseResult, Trial, value_text
from cotbench.strategies.prompting import render

MOST_FAILURES = 3
"""Failing cases that are told of one program."""

MOST_TEXT = 800
"""Characters that are shown of an input or output."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt, its label in the unit, and what it did on the cases it was tried on."""

    attempt: Attempt
    label: str
    trial: Trial

    @property
    def reply(self) -> str:
        """The text of the reply that held the program."""
        return self.attempt.lineage[-1].text

    def lineage_below(self, feedback: str) -> tuple[Step, ...]:
        """Return the lineage of a program that is made from this one, up to the feedback that it is made with."""
        *above, own = self.attempt.lineage
        told = Step("feedback", feedback, "", f"{self.label}.feedback")
        return (*above, replace(own, label=self.label), told)


async def tried(ctx: Context, attempt: Attempt, cases: Sequence[Case], *, own: bool = False) -> Trial:
    """Try an attempt on the public cases, or on its strategy's own; without a program it passes none."""
    if attempt.code is None:
        return Trial((CaseResult("no_code", "", "there is no program"),) * len(cases))
    return await ctx.trial(attempt.code, cases if own else None)


def feedback_text(view: ProblemView, kind: str, cases: Sequence[Case], trial: Trial) -> str:
    """Return what the model is told of a program that was tried on some cases.

    `kind` says how much: `none`, nothing; `simple`, that it fails; `public` and `generated`, the first MOST_FAILURES
    of the cases that it fails, and how.
    """
    failing = [(case, result) for case, result in zip(cases, trial.results, strict=False) if result.outcome != "passed"]
    return render(
        "refine/feedback",
        view,
        kind=kind,
        failed=len(failing),
        total=len(trial.results),
        failures=[_failure(view, case, result) for case, result in failing[:MOST_FAILURES]],
    )


def _failure(view: ProblemView, case: Case, result: CaseResult) -> dict[str, str | None]:
    got = _cut(result.got) if result.outcome == "wrong" and result.got else None
    told: dict[str, str | None] = {"problem": result.detail or result.outcome, "got": got}
    if isinstance(case, CheckCase):
        return {**told, "test": _cut(case.program)}
    if isinstance(case, CallCase):
        arguments = ", ".join(map(value_text, case.arguments))
        return {**told, "call": _cut(f"{view.entry.name}({arguments})"), "expected": _cut(value_text(case.expected))}
    return {**told, "stdin": _cut(case.stdin), "expected": _cut(case.expected)}


def _cut(text: str) -> str:
    text = text.rstrip("\n")
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]} … ({len(text) - MOST_TEXT} characters more)"
