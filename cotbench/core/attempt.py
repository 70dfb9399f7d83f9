"""Attempts: candidate programs, with the chain of thoughts that led to each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StepKind = Literal[
    "observation",
    "idea",
    "critique",
    "pseudocode",
    "code",
    "feedback",
    "sketch",
    "probability",
    "statement",
    "guide",
    "step",
]
"""What a step is.

A sketch is a description of a right program, made from that program. Feedback is what a program did, as it was told to
the model; a guide is what the prompt said besides the problem: a role, words, a way of reasoning. No call wrote these
two, so their `call` is "". A probability is a decimal number, how likely the model says that it would have proposed the
idea before it. A statement is the problem in other words. A step is one of a plan.
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One link of an attempt's lineage; `call` is the ledger key of the call that wrote `text`, "" if none did.

    `label` groups steps that are the same node of a tree (two attempts that share an observation share its label).
    """

    kind: StepKind
    text: str
    call: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One candidate program of a unit.

    `index` orders the attempts of a unit and does not depend on which finished first. `code` is None when the
    reply held no program. `calls` are the ledger keys of every call this attempt needed, in order, shared ones
    included: the cost of the first j attempts is the cost of the union of their calls.
    """

    index: int
    code: str | None
    lineage: tuple[Step, ...]
    calls: tuple[str, ...]
