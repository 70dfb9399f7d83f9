"""The server process that runs a local model: started, watched, and ended with the process that wants it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cotbench.backends.local.wire import request_json
from cotbench.backends.redact import redact
from cotbench.core.errors import BackendError, ConfigurationError
from cotbench.core.secrets import without_secrets

_SCRIPT = Path(__file__).with_name("serve_child.py")
_POLL_SECONDS = 0.05
_STOP_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How a model is served. `context` is in tokens per slot; `start_timeout` is in seconds."""

    model: Path
    alias: str
    slots: int
    context: int = 4096
    threads: int | None = None
    start_timeout: float = 120.0


def check_engine() -> None:
    """Raise ConfigurationError if the engine that runs local models is not installed."""
    if importlib.util.find_spec("xllamacpp") is None:
        raise ConfigurationError(
            "local models need the package xllamacpp, which is not installed",
            hint="pip install 'cotbench[local]'",
        )


def usable_cores() -> int:
    """Return how many cores this process may use, by its CPU mask and by its control group's quota."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        if quota != "max":
            cores = min(cores, max(1, int(quota) // int(period)))
    except (OSError, ValueError):
        pass
    return cores


class ModelServer:
    """One server process. `start` and `stop` may be called again and again; each start is a new process."""

    def __init__(self, options: ServerOptions) -> None:
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self.port = 0

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start a process and wait until it answers. Raises BackendError of kind `unavailable` if it does not."""
        await self.stop()
        self._spawn()
        deadline = time.monotonic() + self._options.start_timeout
        try:
            self.port = await self._announced(deadline)
            while not await self._healthy():
                self._check_start(deadline)
                await asyncio.sleep(_POLL_SECONDS)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End the process, if there is one, within a few seconds."""
        process, self._process = self._process, None
        log, self._log = self._log, None
        self.port = 0
        try:
            if process is not None:
                await _end(process)
        finally:
            if log is not None:
                log.close()

    async def died(self, *, within: float) -> bool:
        """Return whether the process has ended, or ends `within` so many seconds."""
        deadline = time.monotonic() + within
        while self._process is not None and self._process.poll() is None:
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(_POLL_SECONDS)
        return True

    def last_words(self) -> str:
        """Return the end of the server's log and how it ended, on one line."""
        status = self._process.poll() if self._process is not None else None
        how = "" if status is None else f"killed by signal {-status}" if status < 0 else f"exit status {status}"
        return ": ".join(part for part in (how, self._log_tail()) if part) or "it left no message"

    def _log_tail(self) -> str:
        if self._log is None:
            return ""
        size = os.fstat(self._log.fileno()).st_size
        tail = os.pread(self._log.fileno(), 4096, max(0, size - 4096)).decode("utf-8", "replace")
        lines = [line.strip() for line in tail.splitlines() if line.strip()]
        return redact(" | ".join(lines[-3:]))

    def _spawn(self) -> None:
        options = self._options
        environ = without_secrets(os.environ)
        if options.slots > 1:
            # Waiting threads that spin take the cores away from the programs that are being judged.
            environ.setdefault("OMP_WAIT_POLICY", "passive")
        settings = {
            "model": str(options.model),
            "alias": options.alias,
            "slots": options.slots,
            "context": options.context,
            "threads": options.threads or usable_cores(),
            "parent": os.getpid(),
            # The kernel sends that signal when the starting thread ends, not the process; only the main thread lasts.
            "death_signal": threading.current_thread() is threading.main_thread(),
        }
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(_SCRIPT), json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environ,
            # An interrupt from the keyboard is for the tool, which then ends the server itself.
            start_new_session=True,
        )

    async def _announced(self, deadline: float) -> int:
        assert self._process is not None and self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        os.set_blocking(pipe, False)
        line = b""
        while not line.endswith(b"\n"):
            with contextlib.suppress(BlockingIOError):
                line += os.read(pipe, 4096)
            if not line.endswith(b"\n"):
                self._check_start(deadline)
                await asyncio.sleep(_POLL_SECONDS)
        return int(line.decode().strip().rpartition(":")[2])

    async def _healthy(self) -> bool:
        try:
            status, _ = await request_json(self.port, "/health", timeout=2.0)
        except (OSError, ValueError):
            return False
        return status == 200

    def _check_start(self, deadline: float) -> None:
        assert self._process is not None
        name = self._options.alias
        if self._process.poll() is not None:
            raise BackendError(
                f"the server of the model {name} ended while starting: {self.last_words()}",
                kind="unavailable",
                hint="too little memory, or not a model that the engine can read",
            )
        if time.monotonic() > deadline:
            raise BackendError(
                f"the server of the model {name} did not answer within {self._options.start_timeout:.0f} s",
                kind="unavailable",
            )


async def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        if process.poll() is None:
            process.terminate()
            deadline = time.monotonic() + _STOP_SECONDS
            while process.poll() is None and time.monotonic() < deadline:
                await asyncio.sleep(_POLL_SECONDS)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
