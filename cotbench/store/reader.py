"""Reading rows: all shards side by side, torn or foreign lines skipped and counted, first row of a key wins."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import orjson

from cotbench.core.budget import RESOURCES, Caps, setting_of
from cotbench.core.errors import StoreError
from cotbench.core.spec import RunSpec
from cotbench.core.verdict import Suite
from cotbench.store.rows import AttemptRow, CallRow, Row, TextRow, UnitRow, VerdictRow

R = TypeVar("R", bound=Row)

_REPORTED = 1 << 20


@dataclass(frozen=True, slots=True)
class UnitRows:
    """The rows of units by key, in the order they were first written."""

    units: dict[str, UnitRow]

    def done_units(self, attempts: int | None) -> set[str]:
        """Return the keys of the units that ended with at least so many attempts wanted (None: all there are)."""
        return {
            row.unit_key
            for row in self.units.values()
            if row.status == "done" and (row.wanted is None or (attempts is not None and row.wanted >= attempts))
        }

    def capped_units(self, caps: Caps) -> set[str]:
        """Return the keys of the units that a cap per problem stopped which is no larger now: they would stop again."""
        now = {setting_of(resource, "problem"): caps.of(resource) for resource in RESOURCES}
        return {
            row.unit_key
            for row in self.units.values()
            if row.status == "partial" and row.cap is not None and (now.get(row.setting) or math.inf) <= row.cap
        }

    def kept_units(self, spec: RunSpec) -> set[str]:
        """Return the keys of the units that a run of this spec does not owe."""
        return self.done_units(spec.attempts) | self.capped_units(spec.problem_caps)


@dataclass(frozen=True, slots=True)
class RunRows(UnitRows):
    """Every row of a run by key, in the order they were first written, and the number of lines skipped."""

    calls: dict[str, CallRow]
    attempts: dict[str, AttemptRow]
    verdicts: dict[str, VerdictRow]
    torn: int

    def verdicts_on(self, suite: Suite, grader: str) -> dict[str, VerdictRow]:
        """Return the verdicts on one suite by attempt key.

        Where several graders judged, the one of version `grader` (the manifest's) counts; without it, the last written.
        """
        found: dict[str, VerdictRow] = {}
        for row in self.verdicts.values():
            if row.suite == suite and (row.grader == grader or found.get(row.attempt, row).grader != grader):
                found[row.attempt] = row
        return found


def read_rows(directory: Path, *, programs: bool = True) -> RunRows:
    """Read a run directory. Raises StoreError if a shard cannot be read.

    Verdicts whose outcome is `infra` are left out: they are owed again. Without `programs`, attempts are read without
    their texts, which tables do not need: code is empty where there is some, lineage and calls always.
    """
    calls, torn_calls = _read(directory, CallRow)
    attempts, torn_attempts = _read(directory, AttemptRow, None if programs else _without_texts)
    verdicts, torn_verdicts = _read(directory, VerdictRow)
    units, torn_units = read_units(directory)
    return RunRows(
        calls=calls,
        attempts=attempts,
        verdicts=verdicts,
        units=units,
        torn=torn_calls + torn_attempts + torn_verdicts + torn_units,
    )


def read_units(directory: Path) -> tuple[dict[str, UnitRow], int]:
    """Return the rows of units by key and the number of lines skipped. Raises StoreError if a shard cannot be read."""
    return _read(directory, UnitRow)


def read_texts(directory: Path) -> dict[str, str]:
    """Return every stored message text by digest."""
    rows, _ = _read(directory, TextRow)
    return {key: row.text for key, row in rows.items()}


def stream_rows(directory: Path, kind: type[R]) -> Iterator[R]:
    """Give the rows of one kind one by one, repeated keys included, `infra` verdicts not. Raises StoreError."""
    return (row for row in scan_rows(directory, kind) if row is not None)


def scan_rows(directory: Path, kind: type[R], report: Callable[[int], None] | None = None) -> Iterator[R | None]:
    """Give rows as `stream_rows` does, and None for each line that is not one. Raises StoreError.

    `report` is told the number of bytes read since it was told last, every megabyte or so.
    """
    for shard in shards_of(directory, kind):
        for line in _lines(shard, report):
            try:
                row = kind.read(orjson.loads(line))
            except (ValueError, KeyError, TypeError, IndexError):
                yield None
                continue
            if not (isinstance(row, VerdictRow) and row.outcome == "infra"):
                yield row


def shards_of(directory: Path, kind: type[Row]) -> list[Path]:
    """Return the files that hold rows of one kind, in the order in which they are read."""
    return sorted((directory / kind.folder()).glob("*.jsonl"))


def _without_texts(row: AttemptRow) -> AttemptRow:
    return replace(row, code=None if row.code is None else "", lineage=(), calls=())


def _read(directory: Path, kind: type[R], shorten: Callable[[R], R] | None = None) -> tuple[dict[str, R], int]:
    kept: dict[str, R] = {}
    torn = 0
    for row in scan_rows(directory, kind):
        if row is None:
            torn += 1
        else:
            kept.setdefault(row.key, shorten(row) if shorten else row)
    return kept, torn


def _lines(shard: Path, report: Callable[[int], None] | None) -> Iterator[bytes]:
    try:
        with shard.open("rb") as file:
            size = 0
            for line in file:
                if line.strip():
                    yield line
                size += len(line)
                if size >= _REPORTED:
                    if report is not None:
                        report(size)
                    size = 0
            if report is not None:
                report(size)
    except OSError as error:
        raise StoreError(f"cannot read {shard}: {error.strerror or error}") from error
