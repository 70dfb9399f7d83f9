"""Trials as rows: what a strategy saw of its programs before it went on, so that a resumed unit sees the same again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from cotbench.core.ids import unit_key
from cotbench.core.trial import CaseResult, Trial
from cotbench.core.verdict import Outcome
from cotbench.store.fields import list_of, number_of, object_of, text_of, whole_of, word_of
from cotbench.store.reader import stream_rows
from cotbench.store.rows import Object


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One trial of a unit. `path` is where in the unit it was wanted, `digest` stands for the program and the cases.

    The grader's version is told and is no part of the key: a search goes on from what it saw.
    """

    problem: str
    unit: int
    path: str
    digest: str
    results: tuple[CaseResult, ...]
    grader: str

    @classmethod
    def folder(cls) -> str:
        return "trials"

    @property
    def key(self) -> str:
        return trial_key(self.problem, self.unit, self.path, self.digest)

    @property
    def trial(self) -> Trial:
        """The results as the strategy sees them."""
        return Trial(self.results)

    @classmethod
    def read(cls, raw: Object) -> TrialRow:
        return cls(
            problem=word_of(raw["problem"]),
            unit=whole_of(raw["unit"]),
            path=text_of(raw["path"]),
            digest=text_of(raw["digest"]),
            results=tuple(_result(object_of(result)) for result in list_of(raw["results"])),
            grader=word_of(raw["grader"]),
        )


def trial_key(problem: str, unit: int, path: str, digest: str) -> str:
    """Return the key of a trial: unit, path of child labels, digest of program and cases."""
    return f"{unit_key(problem, unit)}::{path}::{digest}"


def read_trials(directory: Path) -> dict[str, TrialRow]:
    """Return the trials of a run by key. Raises StoreError if a shard cannot be read."""
    found: dict[str, TrialRow] = {}
    for row in stream_rows(directory, TrialRow):
        found.setdefault(row.key, row)
    return found


def _result(raw: Object) -> CaseResult:
    return CaseResult(
        outcome=cast(Outcome, word_of(raw["outcome"])),
        got=text_of(raw["got"]),
        detail=word_of(raw["detail"]),
        seconds=number_of(raw["seconds"]),
    )
