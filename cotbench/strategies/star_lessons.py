"""What STaR learns and how it is told: answers that were kept, questions after them, and hints of several strengths."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cotbench.core.message import Message, assistant, user
from cotbench.core.problem import CallCase, Case, Entry, ProblemView, StdinCase
from cotbench.core.trial import value_text
from cotbench.strategies.prompting import prompt
from cotbench.strategies.shots import examples_before

LEVELS = ("case", "expected", "sketch", "program")
"""Hints, the weakest first: an input on which the answer failed; with the right output; the idea of a right program in
a few words; that program.
"""

_MOST_SHOWN = 400
"""Characters of a case that are shown."""

_SPEAKS = re.compile(
    r"\b(?:the|this|your|a|given|above) hint\b"
    r"|\b(?:given|provided|above|reference|existing) (?:program|solution|code)\b"
    r"|\bthe program (?:above|that was (?:tried|given))\b|\b(?:as|was) (?:given|told|mentioned) above\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Worked:
    """An answer that was kept: the question without a hint, and the reply. `hint` is "" where none was given."""

    problem: str
    kind: Literal["function", "stdin"]
    question: str
    answer: str
    hint: str
    round: int


def plain_question(view: ProblemView) -> tuple[Message, ...]:
    """Return the question without examples and without a hint: what is trained on."""
    return prompt("star/question", view)


def to_show(view: ProblemView, kept: Sequence[Worked], shots: int, rng: random.Random) -> list[Worked]:
    """Return up to `shots` kept answers to show before a problem: of its kind, drawn by lot, never its own."""
    others = [worked for worked in kept if worked.kind == view.entry.kind and worked.problem != view.id]
    return rng.sample(others, min(shots, len(others)))


def question_after(view: ProblemView, shown: Sequence[Worked], shots: int) -> tuple[Message, ...]:
    """Return the question after some answers; where they are fewer than `shots`, examples of ours stand in."""
    return (*_before(view, shown, shots), *plain_question(view))


def hinted_question(
    view: ProblemView, shown: Sequence[Worked], shots: int, hint: Mapping[str, str]
) -> tuple[Message, ...]:
    """Return the question with a hint, after the same answers."""
    told = {"sketch": "", "program": "", "case": "", **hint}
    return (*_before(view, shown, shots), *prompt("star/hinted", view, **told))


def case_hint(entry: Entry, case: Case, *, expected: bool) -> dict[str, str] | None:
    """Return the hint that a case gives, without or with its right output; None where it cannot be told without."""
    if isinstance(case, CallCase):
        call = f"`{entry.name}({', '.join(map(value_text, case.arguments))})`"
        return _told(f"{call}, where {_cut(value_text(case.expected))} is right." if expected else f"{_cut(call)}.")
    if isinstance(case, StdinCase):
        right = f"\n\nwhere this is right:\n\n{_fenced(case.expected)}" if expected else ""
        return _told(f"this input:\n\n{_fenced(case.stdin)}{right}")
    return _told(f"this test:\n\n{_fenced(case.program)}") if expected else None


def speaks_of_hint(reply: str) -> bool:
    """Whether a reply gives away that the model had been told something."""
    return _SPEAKS.search(reply.partition("```")[0]) is not None


def _before(view: ProblemView, shown: Sequence[Worked], shots: int) -> list[Message]:
    turns = [message for worked in shown for message in (user(worked.question), assistant(worked.answer))]
    return [
        *examples_before("star/question", view, shots=max(0, shots - len(shown)), shown="reasoned program"),
        *turns,
    ]


def _told(case: str) -> dict[str, str]:
    return {"case": case}


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _fenced(text: str) -> str:
    return f"```\n{_cut(text.rstrip())}\n```"
