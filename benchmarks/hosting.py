"""Starting executors in processes of their own and having them judge programs."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.executor import Judged, Missing, Options, Program

ROOT = Path(__file__).resolve().parent.parent
_TAIL = 2000


@dataclass(frozen=True, slots=True)
class Timed:
    """One round of one executor: wall time in seconds, and how each program did."""

    seconds: float
    judged: tuple[Judged, ...]

    @property
    def rate(self) -> float:
        """Programs per second."""
        return len(self.judged) / self.seconds


class HostError(Exception):
    """An executor broke; the text says how."""


class Host:
    """An executor in a process of its own. Close it, or use it as a context manager."""

    def __init__(self, executor: str, options: Options) -> None:
        """Start the executor; the first `judge` waits until it is ready."""
        self.name = executor
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.host", executor, json.dumps(asdict(options))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=ROOT,
        )
        self._ready = False

    @property
    def pid(self) -> int:
        """The process that holds the executor."""
        return self._process.pid

    def judge(self, programs: Sequence[Program]) -> Timed:
        """Have the programs judged. Raises Missing if the executor cannot be had, HostError if it breaks."""
        assert self._process.stdin is not None
        self._await()
        try:
            self._process.stdin.write(json.dumps(programs) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise self._broken() from error
        reply = self._read()
        if "error" in reply:
            raise HostError(f"{self.name}: {reply['error']}\n{self._tail()}")
        return Timed(reply["seconds"], tuple(Judged(*one) for one in reply["judged"]))

    def close(self) -> None:
        """End the process; one that does not end by itself is killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()

    def __enter__(self) -> Host:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _await(self) -> None:
        """Wait for the executor's first word, and raise what it says is missing."""
        if not self._ready:
            reply = self._read()
            if "missing" in reply:
                raise Missing(str(reply["missing"]))
            self._ready = True

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._broken()
        reply: dict[str, Any] = json.loads(line)
        return reply

    def _broken(self) -> HostError:
        self._process.wait()
        return HostError(f"{self.name} ended with {self._process.returncode}\n{self._tail()}")

    def _tail(self) -> str:
        self._errors.seek(0)
        return self._errors.read()[-_TAIL:]
