"""The cache of a large run: its columns as Parquet files in `cache/`, made from the lines and deletable at any time.

A file counts only while the shards have the names, sizes and times of change that they had when it was made. It is
written under another name and renamed when it is whole, so that a process killed in between leaves nothing that
could be taken for a cache.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson

from cotbench.core.errors import StoreError
from cotbench.store.arrow import UnusableFile, read_parquet, write_parquet
from cotbench.store.column_reader import Progress, read_columns
from cotbench.store.columns import AnyColumns, AttemptColumns, CallColumns, RunColumns, VerdictColumns
from cotbench.store.layout import RunDirectory
from cotbench.store.reader import read_units, shards_of
from cotbench.store.rows import AttemptRow, CallRow, VerdictRow

CACHE_FORMAT = 1
"""Version of the columns; raised with every change of what they hold or of how lines become rows."""

LARGE = 20_000
"""A run of more attempts is given its cache without being asked for it."""

FOLDER = "cache"

_ABANDONED_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Compacted:
    """A cache and what it stands for: attempts, bytes of rows, bytes of cache. `built` is False if it was there."""

    attempts: int
    rows_bytes: int
    cache_bytes: int
    built: bool


def load_columns(run: RunDirectory, progress: Progress | None = None) -> RunColumns:
    """Read a run, from its cache where there is one of these very rows, else from the lines.

    A large run is given its cache then, if its directory can be written and no process works on it. Raises StoreError
    if the rows cannot be read.
    """
    stamp = _stamp(run.path)
    columns = _cached(run.path, stamp)
    if columns is None:
        columns = read_columns(run.path, progress)
        if len(columns.attempts.coded) > LARGE and run.idle():
            with contextlib.suppress(OSError):
                _write(run.path, columns, stamp)
    return columns


def compact(run: RunDirectory, progress: Progress | None = None, *, again: bool = False) -> Compacted:
    """Give a run its cache, unless it has one and `again` is False.

    Raises StoreError if the rows cannot be read, the cache cannot be written or another process works on the run.
    """
    stamp = _stamp(run.path)
    columns = None if again else _cached(run.path, stamp)
    built = columns is None
    if columns is None:
        with run.lock():
            pass
        columns = read_columns(run.path, progress)
        try:
            whole = _write(run.path, columns, stamp)
        except OSError as error:
            raise StoreError(
                f"cannot write {run.path / FOLDER}: {error.strerror or error}",
                hint="a run is read without a cache, too; that only takes longer",
            ) from error
        if not whole:
            raise StoreError(f"{run.path} grew while it was read", hint="compact it when its run has ended")
    return Compacted(len(columns.attempts.coded), rows_bytes(run.path), _size(_files(run.path)), built)


def rows_bytes(directory: Path) -> int:
    """Return the size of the rows that a cache stands for, in bytes. Raises StoreError if they cannot be read."""
    try:
        return _size(_shards(directory))
    except OSError as error:
        raise StoreError(f"cannot read {directory}: {error.strerror or error}") from error


def _cached(directory: Path, stamp: str) -> RunColumns | None:
    calls, attempts, verdicts = _files(directory)
    if not calls.is_file():
        return None
    try:
        asked, torn = read_parquet(CallColumns, calls, stamp=stamp)
        made, _ = read_parquet(AttemptColumns, attempts, stamp=stamp)
        judged, _ = read_parquet(VerdictColumns, verdicts, stamp=stamp)
    except UnusableFile:
        return None
    units, torn_units = read_units(directory)
    return RunColumns(units, calls=asked, attempts=made, verdicts=judged, torn_rows=torn, torn_units=torn_units)


def _write(directory: Path, columns: RunColumns, stamp: str) -> bool:
    """Write the files and return True, or False if the rows are no longer those of the stamp. Raises OSError."""
    if _stamp(directory) != stamp:
        return False
    folder = directory / FOLDER
    folder.mkdir(exist_ok=True)
    _sweep(folder)
    kinds: list[AnyColumns] = [columns.calls, columns.attempts, columns.verdicts]
    for kind, path in zip(kinds, _files(directory), strict=True):
        part = folder / f".{path.name}.{os.getpid()}-{time.time_ns():x}"
        try:
            write_parquet(kind, part, stamp=stamp, torn=columns.torn_rows)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return True


def _sweep(folder: Path) -> None:
    """Remove what killed processes left behind; a younger file may be one that another process writes just now."""
    for part in folder.glob(".*.parquet.*"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > _ABANDONED_SECONDS:
                part.unlink()


def _stamp(directory: Path) -> str:
    """Return what tells these rows from any others: the version of the cache and the state of every shard."""
    try:
        found = [(shard, shard.stat()) for shard in _shards(directory)]
    except OSError as error:
        raise StoreError(f"cannot read {directory}: {error.strerror or error}") from error
    shards = [[f"{shard.parent.name}/{shard.name}", state.st_size, state.st_mtime_ns] for shard, state in found]
    return orjson.dumps([CACHE_FORMAT, shards]).decode()


def _shards(directory: Path) -> list[Path]:
    return [shard for kind in (CallRow, AttemptRow, VerdictRow) for shard in shards_of(directory, kind)]


def _files(directory: Path) -> list[Path]:
    return [directory / FOLDER / f"{kind.folder()}.parquet" for kind in (CallRow, AttemptRow, VerdictRow)]


def _size(files: Iterable[Path]) -> int:
    return sum(file.stat().st_size for file in files)
