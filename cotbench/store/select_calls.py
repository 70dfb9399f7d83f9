"""Where the calls of selectors are kept: in the run's `select-calls/`, apart from the calls that made its programs.

There is one ledger for each way of asking (model, sampling, prompts), in a folder named after its digest, with the
layout of a run's: `calls/` and `texts/`. `asked.json` says how it was asked.
"""

from __future__ import annotations

import os
from pathlib import Path

from cotbench.core.errors import StoreError
from cotbench.core.ids import text_digest
from cotbench.store.reader import stream_rows
from cotbench.store.rows import CallRow

FOLDER = "select-calls"


def ledger_folder(run: Path, asked: str) -> Path:
    """Return the folder of a way of asking, which is made if it is not there. Raises StoreError."""
    folder = run / FOLDER / text_digest(asked)[:16]
    note = folder / "asked.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not note.exists():
            part = note.with_name(f".asked.{os.getpid()}")
            part.write_text(asked + "\n", encoding="utf-8")
            part.replace(note)
    except OSError as error:
        raise StoreError(f"cannot write {folder}: {error.strerror or error}") from error
    return folder


def read_select_calls(folder: Path) -> dict[str, CallRow]:
    """Return the calls of a ledger by key. Raises StoreError if a shard cannot be read."""
    kept: dict[str, CallRow] = {}
    for row in stream_rows(folder, CallRow):
        kept.setdefault(row.key, row)
    return kept
