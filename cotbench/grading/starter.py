"""Starting sandbox processes from one thread that lives as long as the grader.

A process can ask to be ended together with its parent, but the system takes "parent" to be the thread that
started it. Were it a caller's thread, the end of that thread would end a sandbox that others still use.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


class Starter:
    """Starts processes; one per grader."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="cotbench-grading")

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], inherit: int, log: Path
    ) -> subprocess.Popen[bytes]:
        """Start `command` with exactly that environment, the file descriptor `inherit`, and errors to `log`.

        Raises OSError, or RuntimeError after `close`.
        """
        return self._thread.submit(_start, list(command), dict(environment), inherit, log).result()

    def close(self) -> None:
        """End the thread, and with it every process that is left."""
        self._thread.shutdown(wait=True)


def _start(command: list[str], environment: dict[str, str], inherit: int, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as errors:
        return subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            pass_fds=(inherit,),
            start_new_session=True,
        )
