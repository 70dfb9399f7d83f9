"""Starting worker processes from one thread that lives as long as the grader.

A process can ask to be ended together with its parent, but the system takes "parent" to be the thread that
started it. Were it a caller's thread, the end of that thread would end a worker that others still use.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor


class Starter:
    """Starts processes; one per grader."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="cotbench-grading")

    def start(self, command: Sequence[str], environment: Mapping[str, str], inherit: int) -> subprocess.Popen[bytes]:
        """Start `command` with exactly that environment and the file descriptor `inherit`.

        Raises OSError, or RuntimeError after `close`.
        """
        return self._thread.submit(_start, list(command), dict(environment), inherit).result()

    def close(self) -> None:
        """End the thread, and with it every process that is left."""
        self._thread.shutdown(wait=True)


def _start(command: list[str], environment: dict[str, str], inherit: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(inherit,),
        start_new_session=True,
    )
