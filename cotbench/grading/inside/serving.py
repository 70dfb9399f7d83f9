"""The fork server: waits for orders of the grader, forks one child per program, and cleans up behind it.

Orders and answers are JSON on the control socket, strictly in turn: `fork` (with the program's channel and files) is
answered by a pid, `reap` ends whatever is left of that program and is answered by how it ended. A child stays a zombie
until it is reaped, so its pid cannot come to mean another process in between.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import random
import shutil
import signal
import socket
import stat
import sys
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

from . import confine, judging, running, wire

_PRELOAD = (
    "abc",
    "argparse",
    "array",
    "ast",
    "base64",
    "bisect",
    "calendar",
    "cmath",
    "collections",
    "collections.abc",
    "contextlib",
    "copy",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "hashlib",
    "heapq",
    "inspect",
    "io",
    "itertools",
    "json",
    "logging",
    "math",
    "numbers",
    "operator",
    "os.path",
    "pathlib",
    "pprint",
    "queue",
    "random",
    "re",
    "statistics",
    "string",
    "struct",
    "textwrap",
    "threading",
    "time",
    "traceback",
    "types",
    "typing",
    "unittest",
    "uuid",
    "warnings",
    "zlib",
)
_SWEEP_SECONDS = 3.0
_THREAD_STACK = 8 << 20
_exit = os._exit


class _Stop(BaseException):
    """The grader is gone or wants this process to end."""


def main(control: int, parent: int) -> NoReturn:
    """Serve forks on the socket `control` until it is closed or the process `parent` ends."""
    signal.signal(signal.SIGTERM, _stop)
    confine.end_with_parent(signal.SIGTERM)
    server = _Server(socket.socket(fileno=control))
    try:
        if not confine.is_orphan(parent):
            server.prepare()
            server.serve()
    except _Stop:
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        server.finish()
    _exit(0)


def _stop(number: int, frame: object) -> None:
    raise _Stop


class _Server:
    def __init__(self, control: socket.socket) -> None:
        os.set_inheritable(control.fileno(), False)
        self.control = control
        self.child = 0
        self.work = Path(os.environ["HOME"])
        self.base = (0, 0)

    def prepare(self) -> None:
        hello, _ = self.order()
        # At-fork callbacks of the standard library cost more than the fork; this process has no threads or locks that
        # they could repair, and the random state is set in every child.
        register, os.register_at_fork = os.register_at_fork, lambda **hooks: None
        try:
            for name in _PRELOAD:
                importlib.import_module(name)
        finally:
            os.register_at_fork = register
        # Without the site module nothing outside the standard library can be imported. Which packages are installed
        # decides what programs can import, and so it decides scores.
        sys.path.extend(hello["paths"])
        running.install_builtins()
        # Threads would take the stack size of this process, of which few fit into a program's memory.
        threading.stack_size(_THREAD_STACK)
        for name in [name for name in sys.modules if name.split(".")[0] == "inside"]:
            del sys.modules[name]
        confine.adopt_orphans()
        confine.hide_memory(True)
        gc.collect()
        gc.freeze()
        gc.disable()
        self.base = confine.sizes()
        self.answer({"ready": os.getpid()})

    def serve(self) -> None:
        while True:
            order, fds = self.order()
            if order["do"] == "fork":
                self.fork(order, fds)
            else:
                self.reap()

    def order(self) -> tuple[Any, list[int]]:
        text, fds, _, _ = socket.recv_fds(self.control, 1 << 16, 4)
        if not text:
            raise _Stop
        return json.loads(text), fds

    def answer(self, message: dict[str, object]) -> None:
        self.control.sendall(json.dumps(message).encode())

    def fork(self, order: Any, fds: list[int]) -> None:
        zygote = os.getpid()
        try:
            self.child = os.fork()
        except OSError as error:
            self.answer({"failed": error.strerror or "fork failed"})
            return
        finally:
            if os.getpid() == zygote:
                for fd in fds:
                    os.close(fd)
        if self.child == 0:
            try:
                self.become(order, fds, zygote)
            finally:
                _exit(70)
        self.answer({"pid": self.child})

    def become(self, order: Any, fds: list[int], zygote: int) -> None:
        confine.default_signals()
        confine.end_with_parent(signal.SIGKILL)
        if confine.is_orphan(zygote):
            return
        os.setsid()
        self.control.close()
        for fd in fds:
            os.set_inheritable(fd, False)
        for target, fd in enumerate(fds[1:]):
            os.dup2(fd, target)
            os.close(fd)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.chdir(self.work)
        confine.hide_memory(False)
        confine.prefer_for_oom()
        channel = socket.socket(fileno=fds[0])
        job: Any = wire.receive(channel)
        confine.limit_resources(order, self.base)
        random.seed(0)
        gc.enable()
        if job["kind"] == "judge":
            judging.run(job, channel)
        else:
            running.run(job, channel)

    def reap(self) -> None:
        status, usage = self.end_child()
        clean = self.sweep() and self.tidy()
        unit = 1 if sys.platform == "darwin" else 1024
        self.answer(
            {
                "status": status,
                "cpu": usage.ru_utime + usage.ru_stime,
                "memory": usage.ru_maxrss * unit,
                "clean": clean,
            }
        )

    def end_child(self) -> tuple[int, Any]:
        # The child leads its group as soon as it has run; before that only its pid names it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.child, signal.SIGKILL)
        _, status, usage = os.wait4(self.child, 0)
        self.child = 0
        return status, usage

    def sweep(self) -> bool:
        """End the processes that the program left behind, wherever they hid."""
        deadline = time.monotonic() + _SWEEP_SECONDS
        while time.monotonic() < deadline:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return True
            if pid == 0:
                for orphan in _children():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(orphan, signal.SIGKILL)
                time.sleep(0.001)
        return False

    def tidy(self) -> bool:
        """Empty the program's folder."""
        try:
            if stat.S_ISDIR(self.work.lstat().st_mode) and not any(self.work.iterdir()):
                return True
            self.work.chmod(0o700)
            shutil.rmtree(self.work)
            self.work.mkdir(mode=0o700)
        except (OSError, RecursionError):
            return False
        return True

    def finish(self) -> None:
        # In a child this must do nothing: the folder and the processes belong to the server.
        with contextlib.suppress(OSError):
            if self.child:
                self.end_child()
            self.sweep()
        shutil.rmtree(self.work.parent, ignore_errors=True)


def _children() -> list[int]:
    me = os.getpid()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            words = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            if int(words[1]) == me:
                found.append(int(folder.name))
    return found
