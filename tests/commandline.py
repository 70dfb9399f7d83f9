"""The command line as a process of its own, without the half second that each start of an interpreter takes.

One interpreter per test worker has imported the verbs. For every command it forks a child that gets the folder, the
environment and the output files of the command and runs it to its end, as a fresh interpreter would. Tests of starting,
stopping and killing start fresh interpreters.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

FRESH = ("PYTHON", "LANG", "LC_", "OPENBLAS", "OMP_")
"""What the names of variables begin with that an interpreter reads when it starts."""


_ROOT = Path(__file__).resolve().parent.parent


class CommandLine:
    """The interpreter that forks; started when it is first needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._one_at_a_time = threading.Lock()

    def run(
        self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str], seconds: float
    ) -> subprocess.CompletedProcess[str]:
        """Run `cotbench` with these arguments, after those of other threads. Raises subprocess.TimeoutExpired."""
        with self._one_at_a_time:
            return self._run(arguments, cwd, env, seconds)

    def _run(
        self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str], seconds: float
    ) -> subprocess.CompletedProcess[str]:
        if self._channel is None:
            self._start()
        assert self._channel is not None
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            order = json.dumps({"arguments": list(arguments), "cwd": str(cwd), "env": dict(env)}).encode()
            socket.send_fds(self._channel, [len(order).to_bytes(4, "big")], [out.fileno(), err.fileno()])
            self._channel.sendall(order)
            self._channel.settimeout(seconds)
            pid = _number(self._channel)
            try:
                status = _number(self._channel)
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                self.close()
                raise subprocess.TimeoutExpired(list(arguments), seconds) from None
            out.seek(0)
            err.seek(0)
            code = os.waitstatus_to_exitcode(status)
            return subprocess.CompletedProcess(list(arguments), code, out.read().decode(), err.read().decode())

    def close(self) -> None:
        """End the interpreter."""
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            self._process.wait(timeout=60)
        self._channel = self._process = None

    def _start(self) -> None:
        self._channel, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "tests.commandline", str(theirs.fileno())]
            self._process = subprocess.Popen(command, cwd=_ROOT, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)


@functools.cache
def command_line() -> CommandLine:
    """Return the one of this test worker."""
    return CommandLine()


def _number(channel: socket.socket) -> int:
    data = channel.recv(4, socket.MSG_WAITALL)
    if len(data) < 4:
        raise EOFError("the interpreter of the command line ended")
    return int.from_bytes(data, "big")


def _serve(channel: socket.socket) -> None:
    from cotbench.cli import app

    for verb in app.VERBS:
        app.load_verb(verb)
    for name in ("pandas", "matplotlib.pyplot", "cotbench.benchmarks.registry", "cotbench.engine"):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    while True:
        head, fds, _, _ = socket.recv_fds(channel, 4, 2)
        if not head:
            return
        order = json.loads(channel.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL))
        child = os.fork()
        if child == 0:
            channel.close()
            _become(order["arguments"], order["cwd"], order["env"], fds)
        for fd in fds:
            os.close(fd)
        channel.sendall(child.to_bytes(4, "big"))
        channel.sendall(os.waitpid(child, 0)[1].to_bytes(4, "big"))


def _become(arguments: Sequence[str], cwd: str, env: Mapping[str, str], fds: Sequence[int]) -> NoReturn:
    code = 70
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for fd, number in zip(fds, (1, 2), strict=True):
            os.dup2(fd, number)
            os.close(fd)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False, buffering=1)  # noqa: SIM115
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(env)
        sys.path[0] = cwd
        sys.argv = ["cotbench", *arguments]
        from cotbench.cli.app import main

        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
