"""The grader's end of one sandbox process: start it lazily, have programs forked and reaped, notice when it is gone."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cotbench.core.errors import GradingError
from cotbench.grading.processes import end_all_with, is_stopped
from cotbench.grading.starter import Starter

_ZYGOTE = Path(__file__).with_name("inside") / "zygote.py"
_START_SECONDS = 120.0
_ANSWER_SECONDS = 30.0
_LOOK_SECONDS = 0.5


class SandboxDied(Exception):
    """The sandbox process ended or stopped answering. `running` says whether a program was running in it."""

    def __init__(self, message: str, *, running: bool) -> None:
        super().__init__(message)
        self.running = running


@dataclass(frozen=True, slots=True)
class Exit:
    """How a program ended: wait status, processor seconds, peak memory in bytes."""

    status: int
    cpu: float
    memory: int


class ForkServer:
    """One sandbox process. Used by one thread at a time, except for `kill`."""

    def __init__(self, starter: Starter) -> None:
        self._starter = starter
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._root: Path | None = None
        self._running = False

    @property
    def pid(self) -> int:
        """The pid of the sandbox process, 0 if there is none."""
        return self._process.pid if self._process else 0

    def fork(self, limits: dict[str, int], fds: Sequence[int]) -> int:
        """Fork a child that takes over `fds` and return its pid. Raises SandboxDied."""
        if self._process is None:
            self._start()
        answer = self._ask({"do": "fork", **limits}, fds)
        if "pid" not in answer:
            raise SandboxDied(f"no new process: {answer.get('failed')}", running=False)
        self._running = True
        return int(answer["pid"])

    def reap(self) -> Exit:
        """End the child with all that it started, and return how it ended. Raises SandboxDied."""
        answer = self._ask({"do": "reap"}, ())
        self._running = False
        if not answer["clean"]:
            self.stop()
        return Exit(int(answer["status"]), float(answer["cpu"]), int(answer["memory"]))

    def kill(self) -> None:
        """End the sandbox process at once; any thread may do so. `stop` must still follow."""
        process = self._process
        if process is not None:
            with contextlib.suppress(OSError):
                process.kill()

    def stop(self) -> None:
        """End the sandbox process, every process that came from it, and remove its folder. It can be used again."""
        process, control, root = self._process, self._control, self._root
        self._process = self._control = self._root = None
        self._running = False
        if control is not None:
            control.close()
        if process is not None:
            process.kill()
            process.wait()
        if root is not None:
            end_all_with(str(root / "work"))
            _remove(root)

    def _start(self) -> None:
        if not sys.executable:
            raise GradingError("the sandbox needs to know where the Python interpreter is")
        self._root = Path(tempfile.mkdtemp(prefix="cotbench-grading-"))
        work = self._root / "work"
        work.mkdir(mode=0o700)
        log = self._root / "log"
        try:
            self._control, theirs = socket.socketpair()
            with theirs:
                # Not -I: it would ignore the hash seed, and then the order of sets would differ between slots.
                command = [sys.executable, "-P", "-s", "-S", "-B", str(_ZYGOTE), str(theirs.fileno())]
                self._process = self._starter.start(
                    [*command, str(os.getpid())], _environment(str(work)), theirs.fileno(), log
                )
            self._ask({"paths": _site_paths()}, (), _START_SECONDS)
        except (OSError, RuntimeError) as error:
            self.stop()
            raise SandboxDied(f"the sandbox process did not start: {error}", running=False) from None
        except SandboxDied:
            words = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
            self.stop()
            reason = words[-1] if words else "it ended without a word"
            raise SandboxDied(f"the sandbox process did not start: {reason}", running=False) from None

    def _ask(self, order: dict[str, object], fds: Sequence[int], seconds: float = _ANSWER_SECONDS) -> Any:
        control = self._control
        if control is None:
            raise SandboxDied("there is no sandbox process", running=self._running)
        deadline = time.monotonic() + seconds
        control.settimeout(_LOOK_SECONDS)
        try:
            socket.send_fds(control, [json.dumps(order).encode()], fds)
            while True:
                with contextlib.suppress(TimeoutError):
                    text = control.recv(1 << 16)
                    if text:
                        return json.loads(text)
                    break
                if is_stopped(self.pid) or time.monotonic() > deadline:
                    break
        except (OSError, ValueError):
            pass
        raise SandboxDied("the sandbox process ended or does not answer", running=self._running)


def _environment(work: str) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": work,
        "TMPDIR": work,
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def _site_paths() -> list[str]:
    return [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except (OSError, RecursionError):
        # Folders that a program made unreadable, or nested deeper than Python can walk.
        subprocess.run(["chmod", "-R", "u+rwx", str(folder)], stderr=subprocess.DEVNULL, check=False)
        subprocess.run(["rm", "-rf", str(folder)], stderr=subprocess.DEVNULL, check=False)
