"""Run a helper program without a trace on the user's terminal, and end it when it is no longer wanted."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

POLL_SECONDS = 0.05


class Stopped(Exception):
    """The helper was ended because the caller no longer wants its result."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a helper ended: its exit status (None if it was given up) and the lines it printed, without blank ones."""

    status: int | None
    lines: list[str]


def run_quietly(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    stop: Callable[[], bool],
    give_up: Callable[[], bool] = lambda: False,
    folder: Path | None = None,
) -> Outcome:
    """Run `command` in `folder` to its end and return its status and output (standard output and error together).

    Between polls `stop` and `give_up` are asked: `stop` ends the program and raises Stopped, `give_up` ends it and
    returns status None.
    """
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=dict(environ), cwd=folder
        )
        status: int | None = None
        try:
            while True:
                try:
                    status = process.wait(POLL_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    if stop():
                        raise Stopped from None
                    if give_up():
                        break
        finally:
            _end(process)
        log.seek(0)
        lines = [line.strip() for line in log.read().decode("utf-8", "replace").splitlines()]
        return Outcome(status, [line for line in lines if line])


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        deadline = time.monotonic() + 2.0
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
    if process.poll() is None:
        process.kill()
    process.wait()
