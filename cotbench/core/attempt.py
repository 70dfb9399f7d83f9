"""Attempts: candidate programs, with the chain of thoughts that led to each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StepKind = Literal["observation", "idea", "critique", "pseudocode", "code", "feedback", "sketch"]
"""What a step is.

A sketch is a description of a right program, made from that program. Feedback is what a program did, as it was told to
the model; no call wrote it, so its `call` is "".
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One link of an attempt's lineage; `call` is the ledger key of the call that wrote `text`.

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
