"""The fork server: waits for orders of the grader, forks one child per program, and cleans up behind it.

Orders and answers are JSON on the control socket, strictly in turn: `fork` (with the program's descriptors) is answered
by a pid, `reap` ends a child with all that it started and is answered by how it ended. A fork may name a child to reap
first. A child stays a zombie until it is reaped, so its pid cannot come to mean another process in between.
"""

from __future__ import annotations

import _sitebuiltins
import builtins
import contextlib
import gc
import json
import os
import random
import shutil
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

from . import confine, namespaces, rehearsal, running, sealing, wire
from .preloading import STANDARD, preload

_SWEEP_SECONDS = 3.0
_THREAD_STACK = 8 << 20
_exit = os._exit


def main(control: int, parent: int) -> NoReturn:
    """Serve forks on the socket `control` until it is closed or the process `parent` ends."""
    confine.end_with_parent(signal.SIGKILL)
    if confine.is_orphan(parent):
        _exit(0)
    confine.set_name("cotbench-zygote")
    confine.prefer_for_oom()
    _Server(socket.socket(fileno=control)).serve()


class _Server:
    def __init__(self, control: socket.socket) -> None:
        os.set_inheritable(control.fileno(), False)
        self.control = control
        self.children: set[int] = set()
        self.null = os.open(os.devnull, os.O_WRONLY)
        hello: Any = wire.receive(control)
        self.level: str = hello["level"]
        self.work: str = hello["plan"]["work"]
        if self.level == "full":
            namespaces.enter(hello["plan"])
        os.chdir("/")
        self.folder = _identity(self.work)
        preload(STANDARD)
        # Without the site module nothing outside the standard library can be imported. Which packages are installed
        # decides what programs can import, and so it decides scores.
        sys.path.extend(hello["paths"])
        preload(hello["preload"])
        _add_builtins()
        # Threads would take the stack size of this process, of which few fit into a program's memory.
        threading.stack_size(_THREAD_STACK)
        rehearsal.rehearse()
        for name in [name for name in sys.modules if name.split(".")[0] == "inside"]:
            del sys.modules[name]
        # Every child starts with this state.
        random.seed(0)
        confine.adopt_orphans()
        confine.hide_memory()
        gc.collect()
        gc.freeze()
        gc.disable()
        self.base = confine.sizes()
        sealing.seal_server(self.level, hello["plan"])
        self.answer({"ready": os.getpid()}, os.getpid())

    def serve(self) -> NoReturn:
        while True:
            text, fds, _, _ = socket.recv_fds(self.control, 1 << 16, 4)
            if not text:
                _exit(0)
            order = json.loads(text)
            ended: dict[str, object] = self.reap(order["reap"]) if order["reap"] else {"clean": True}
            if order["do"] == "fork" and ended["clean"]:
                self.fork(order, fds)
            else:
                for fd in fds:
                    os.close(fd)
                self.answer(ended)

    def answer(self, message: dict[str, object], pid: int = 0) -> None:
        """Send an answer, with a descriptor of the process `pid` where there are such descriptors."""
        body = json.dumps(message).encode()
        fd = -1
        if pid and hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                fd = os.pidfd_open(pid)
        if fd < 0:
            self.control.sendall(body)
            return
        socket.send_fds(self.control, [body], [fd])
        os.close(fd)

    def fork(self, order: Any, fds: list[int]) -> None:
        zygote = os.getpid()
        try:
            child = os.fork()
        except OSError as error:
            self.answer({"failed": error.strerror or "fork failed"})
            return
        finally:
            if os.getpid() == zygote:
                for fd in fds:
                    os.close(fd)
        if child == 0:
            try:
                self.become(order, fds, zygote)
            finally:
                _exit(70)
        self.children.add(child)
        self.answer({"pid": child}, child)

    def become(self, order: Any, fds: list[int], zygote: int) -> None:
        confine.end_with_parent(signal.SIGKILL)
        if confine.is_orphan(zygote):
            return
        os.setsid()
        self.control.close()
        # What this process writes there itself goes to the grader's log.
        os.dup2(self.null, 2)
        os.close(self.null)
        os.chdir(self.work)
        confine.set_name(order["name"])
        confine.limit_resources(order, self.base)
        sealing.seal_program(self.level)
        gc.enable()
        channel, bell = fds
        os.set_blocking(bell, False)
        running.run(socket.socket(fileno=channel), bell)

    def reap(self, pid: int) -> dict[str, object]:
        """End a child and clean up behind it; return how it ended."""
        # The child leads its group as soon as it has run; before that only its pid names it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
        self.children.discard(pid)
        clean = bool(self.children) or (self.sweep() and self.tidy())
        unit = 1 if sys.platform == "darwin" else 1024
        return {"status": status, "memory": usage.ru_maxrss * unit, "clean": clean}

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
            if _identity(self.work) != self.folder:
                # Where little is confined a program can put a link to another folder in its place.
                return False
            with os.scandir(self.work) as found:
                entries = list(found)
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    os.chmod(entry.path, 0o700)  # noqa: PTH101
                    shutil.rmtree(entry.path)
                else:
                    os.unlink(entry.path)  # noqa: PTH108
        except (OSError, RecursionError):
            return False
        return True


def _identity(folder: str) -> tuple[int, int]:
    found = os.lstat(folder)
    return found.st_dev, found.st_ino


def _add_builtins() -> None:
    """Add the builtins that the site module would have added."""
    for name in ("exit", "quit"):
        setattr(builtins, name, _sitebuiltins.Quitter(name, "Ctrl-D"))


def _children() -> list[int]:
    me = os.getpid()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            words = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            if int(words[1]) == me:
                found.append(int(folder.name))
    return found
