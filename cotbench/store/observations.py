"""Rows of what programs do on inputs, in a run's `observations/`: outcomes and digests of outputs, never the outputs.

A row is about one distinct program and one list of inputs. Where two rows have the same key, the first one counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from cotbench.core.seen import Seen
from cotbench.core.verdict import Outcome
from cotbench.store.fields import list_of, number_of, text_of, word_of
from cotbench.store.reader import stream_rows


@dataclass(frozen=True, slots=True)
class ObservationRow:
    """What a program did on each input of a list, in order. `program` and `inputs` are digests, `seconds` of all."""

    problem: str
    program: str
    inputs: str
    grader: str
    seen: tuple[Seen, ...]
    seconds: float

    @classmethod
    def folder(cls) -> str:
        return "observations"

    @property
    def key(self) -> str:
        return observation_key(self.problem, self.program, self.inputs, self.grader)

    @property
    def behaviour(self) -> tuple[str, ...]:
        """What the program did, input by input; equal for programs that did the same."""
        return tuple(seen.behaviour for seen in self.seen)

    @classmethod
    def read(cls, raw: Mapping[str, object]) -> ObservationRow:
        return cls(
            problem=word_of(raw["problem"]),
            program=text_of(raw["program"]),
            inputs=word_of(raw["inputs"]),
            grader=word_of(raw["grader"]),
            seen=tuple(_seen(item) for item in list_of(raw["seen"])),
            seconds=number_of(raw["seconds"]),
        )


def observation_key(problem: str, program: str, inputs: str, grader: str) -> str:
    """Return the key of an observation."""
    return f"{problem}::{program}::{inputs}::{grader}"


def read_observations(directory: Path) -> dict[str, ObservationRow]:
    """Return the observations of a run directory by key. Raises StoreError if a shard cannot be read."""
    kept: dict[str, ObservationRow] = {}
    for row in stream_rows(directory, ObservationRow):
        kept.setdefault(row.key, row)
    return kept


def _seen(raw: object) -> Seen:
    if not isinstance(raw, dict):
        raise TypeError("object expected")
    return Seen(
        outcome=cast(Outcome, word_of(raw["outcome"])),
        digest=word_of(raw["digest"]),
        shown=text_of(raw.get("shown", "")),
    )
