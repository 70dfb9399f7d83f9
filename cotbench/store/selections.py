"""Rows of what selectors achieved on a run's attempts, in its `selections/`.

Where two rows have the same key, the first one counts. The key names all that a row depends on, so nothing is ever out
of date: more attempts, another grader's verdicts, other inputs or another model make another key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cotbench.core.ids import text_digest
from cotbench.store.fields import list_of, number_of, text_of, whole_of, word_of
from cotbench.store.reader import stream_rows


@dataclass(frozen=True, slots=True)
class SelectionRow:
    """What one selector achieves on one problem where k of its attempts are drawn and n of them submitted.

    `rate` is the chance that a submission passes the hidden cases: exact where `draws` is 0, else a mean over so many
    seeded draws. `pool` is a digest of the attempts and their verdicts; `settings` says what else the selector knew
    (inputs, model, seed). `submitted` are the keys of the attempts that it submits of all there are, in the order in
    which they were made. A `failed` selection has a reason in `error` and is owed again; one that a cap stopped goes
    by what it knew until then, and names the cap.
    """

    problem: str
    selector: str
    settings: str
    pool: str
    attempts: int
    k: int
    n: int
    draws: int
    rate: float
    submitted: tuple[str, ...] = ()
    notes: Mapping[str, int] | None = None
    error: str = ""
    failed: bool = False
    setting: str = ""
    cap: float | None = None
    at: float = 0.0

    @classmethod
    def folder(cls) -> str:
        return "selections"

    @property
    def key(self) -> str:
        what = f"{self.problem}::{self.selector}::{self.n}@{self.k}::{self.draws}"
        state = f"::{self.at}" if self.failed else ""
        return f"{what}::{text_digest(self.settings)[:16]}::{self.pool}{state}"

    @classmethod
    def read(cls, raw: Mapping[str, object]) -> SelectionRow:
        cap, notes = raw.get("cap"), raw.get("notes")
        return cls(
            problem=word_of(raw["problem"]),
            selector=word_of(raw["selector"]),
            settings=word_of(raw["settings"]),
            pool=word_of(raw["pool"]),
            attempts=whole_of(raw["attempts"]),
            k=whole_of(raw["k"]),
            n=whole_of(raw["n"]),
            draws=whole_of(raw["draws"]),
            rate=number_of(raw["rate"]),
            submitted=tuple(text_of(key) for key in list_of(raw.get("submitted", []))),
            notes={str(k): whole_of(v) for k, v in notes.items()} if isinstance(notes, dict) else None,
            error=text_of(raw.get("error", "")),
            failed=raw.get("failed", False) is True,
            setting=word_of(raw.get("setting", "")),
            cap=None if cap is None else number_of(cap),
            at=number_of(raw.get("at", 0.0)),
        )


def read_selections(directory: Path) -> dict[str, SelectionRow]:
    """Return the selections of a run directory by key. Raises StoreError if a shard cannot be read."""
    kept: dict[str, SelectionRow] = {}
    for row in stream_rows(directory, SelectionRow):
        kept.setdefault(row.key, row)
    return kept
