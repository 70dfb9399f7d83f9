"""Appending rows: one shard per kind and writer, one unbuffered write per row, fsync at most once a second.

A row is either whole in its shard or not there: when a write fails in the middle (a full disk), the shard is cut
back to the end of the last whole row.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
import time
from pathlib import Path
from types import TracebackType

import orjson

from cotbench.core.errors import StoreError
from cotbench.store.rows import Row

_SYNC_SECONDS = 1.0


def line_of(row: Row) -> bytes:
    """Return a row as the line that stands for it in a shard, its end included."""
    return b'{"v":1,"key":' + orjson.dumps(row.key) + b"," + orjson.dumps(row)[1:] + b"\n"


class RunWriter:
    """Appends rows to the shards of one writer, from one thread; `sync` may be called from another."""

    def __init__(self, directory: Path, *, writer: str | None = None) -> None:
        self._directory = directory
        self.name = writer or f"{time.time_ns():x}-{os.getpid()}"
        self._shards: dict[str, int] = {}
        self._unsynced: set[str] = set()
        self._synced_at = time.monotonic()
        self._syncing = threading.Lock()

    def append(self, *rows: Row) -> None:
        """Write rows, each whole. Raises StoreError if one could not be written; nothing of it is left then."""
        for row in rows:
            line = line_of(row)
            shard = self._open(row.folder())
            try:
                self._write_whole(shard, line, os.lseek(shard, 0, os.SEEK_END))
            except OSError as error:
                raise self._failure(error) from error
            self._unsynced.add(row.folder())
        if time.monotonic() - self._synced_at >= _SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Force everything written so far to disk. Raises StoreError.

        Who has to wait for another's sync finds his own rows on disk already, if that took them along.
        """
        with self._syncing:
            try:
                for folder in sorted(self._unsynced):
                    # Before the sync: a row that is appended meanwhile makes the shard unsynced again.
                    self._unsynced.discard(folder)
                    os.fsync(self._shards[folder])
            except OSError as error:
                raise self._failure(error) from error
            self._synced_at = time.monotonic()

    def close(self) -> None:
        """Sync and close the shards."""
        try:
            self.sync()
        finally:
            for shard in self._shards.values():
                os.close(shard)
            self._shards.clear()

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self, folder: str) -> int:
        shard = self._shards.get(folder)
        if shard is None:
            path = self._directory / folder / f"{self.name}.jsonl"
            try:
                path.parent.mkdir(exist_ok=True)
                shard = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
            except OSError as error:
                raise self._failure(error) from error
            self._shards[folder] = shard
        return shard

    @staticmethod
    def _write_whole(shard: int, line: bytes, start: int) -> None:
        try:
            written = 0
            while written < len(line):
                written += os.write(shard, line[written:])
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(shard, start)
            raise

    def _failure(self, error: OSError) -> StoreError:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return StoreError(
                f"no space left on the disk that holds {self._directory}",
                hint="free some space and give the same command again; nothing that was written is lost",
            )
        return StoreError(f"cannot write to {self._directory}: {error.strerror or error}")
