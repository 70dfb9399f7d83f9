"""The fork server: waits for orders of the grader, forks one child per program, and cleans up behind it.

Orders and answers (`orders`) come strictly in turn on the control socket: `fork`, with the program's descriptors, is
answered by a pid; `reap` ends a child with all that it started and is answered by how it ended. A fork may name a child
to reap first. A child stays a zombie until it is reaped, so its pid cannot come to mean another process in between.
"""

from __future__ import annotations

import _sitebuiltins
import builtins
import contextlib
import gc
import os
import random
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from . import confine, namespaces, orders, rehearsal, running, sealing, wire
from .preloading import STANDARD, preload

_SWEEP_SECONDS = 3.0
_THREAD_STACK = 8 << 20
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
_HAS_DESCRIPTORS = hasattr(os, "pidfd_open")
_exit = os._exit

Step: TypeAlias = tuple[Callable[..., object], tuple[object, ...]]
"""A function and its arguments."""


def main(control: int, parent: int) -> NoReturn:
    """Serve forks on the socket `control` until it is closed or the process `parent` ends."""
    confine.end_with_parent(signal.SIGKILL)
    if confine.is_orphan(parent):
        _exit(0)
    confine.set_name(b"cotbench-zygote")
    confine.prefer_for_oom()
    _Server(socket.socket(fileno=control)).serve()


class _Server:
    def __init__(self, control: socket.socket) -> None:
        os.set_inheritable(control.fileno(), False)
        self.control = control
        self.children: set[int] = set()
        self.allowed: list[bytes] = []
        self.steps: tuple[Step, ...] = ()
        hello: Any = wire.receive(control)
        self.level: str = hello["level"]
        self.work: str = hello["plan"]["work"]
        if self.level == "full":
            namespaces.enter(hello["plan"])
        self.pid = os.getpid()
        # Where children begin.
        os.chdir(self.work)
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
        self.fillers = rehearsal.fill_holes()
        gc.freeze()
        gc.disable()
        self.base = confine.sizes()
        self.seal = sealing.ready_program_seal(self.level)
        sealing.seal_server(self.level, hello["plan"])
        # What went wrong until here is in the grader's log; what programs write there is nobody's business.
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        os.close(null)
        self.answer(b"ready %d", os.getpid())

    def serve(self) -> NoReturn:
        while True:
            words, fds = orders.hear(self.control)
            if not words:
                _exit(0)
            before = int(words[1])
            if words[0] == b"reap":
                self.end(before)
                _, status, usage = os.wait4(before, 0)
                self.answer_ended(status, usage.ru_maxrss * _RSS_UNIT, self.clean_up(before))
                continue
            clean = True
            if before:
                self.end(before)
                os.waitpid(before, 0)
                clean = self.clean_up(before)
            if clean:
                self.fork(words[2:], fds)
            else:
                self.answer_ended(0, 0, clean=False)
            for fd in fds:
                os.close(fd)

    def answer(self, words: bytes, pid: int) -> None:
        """Send an answer about a process, with a descriptor of it where there are such descriptors."""
        fd = -1
        if _HAS_DESCRIPTORS:
            try:
                fd = os.pidfd_open(pid)
            except OSError:
                fd = -1
        if fd < 0:
            orders.say(self.control, words % pid)
            return
        orders.say(self.control, words % pid, (fd,))
        os.close(fd)

    def answer_ended(self, status: int, memory: int, clean: bool) -> None:
        orders.say(self.control, b"ended %d %d %d" % (status, memory, clean))

    def fork(self, allowed: list[bytes], fds: list[int]) -> None:
        if allowed != self.allowed:
            self.allowed, self.steps = allowed, self.steps_of(*allowed)
        try:
            child = os.fork()
        except OSError as error:
            orders.say(self.control, b"failed " + (error.strerror or "fork").encode())
            return
        if child == 0:
            try:
                for step, arguments in self.steps:
                    step(*arguments)
                running.run(*fds)
            finally:
                _exit(70)
        self.children.add(child)
        self.answer(b"child %d", child)

    def steps_of(self, name: bytes, *allowed: bytes) -> tuple[Step, ...]:
        """Return what a child does before it runs a program, made up as far as it can be."""
        limits = confine.limits_of(self.base, *map(int, allowed))
        return (
            # Where this process is the first of its namespace, its end ends them all.
            *(() if self.level == "full" else ((self.tie, ()),)),
            (os.setsid, ()),
            (os.close, (self.control.fileno(),)),
            (confine.set_name, (name,)),
            (confine.limit_resources, (limits,)),
            (self.seal, ()),
            (gc.enable, ()),
        )

    def tie(self) -> None:
        """Have this child end with the process that forked it."""
        confine.end_with_parent(signal.SIGKILL)
        if confine.is_orphan(self.pid):
            _exit(0)

    def end(self, pid: int) -> None:
        """Kill a child and its group."""
        # It leads its group as soon as it has run, unless it has left it; its pid names it in any case.
        for kill in (os.killpg, os.kill):
            try:
                kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue

    def clean_up(self, pid: int) -> bool:
        """Remove what a child left behind, unless others still run; return whether nothing is left."""
        self.children.discard(pid)
        return bool(self.children) or (self.sweep() and self.tidy())

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
            if self.level != "full" and _identity(self.work) != self.folder:
                # Where little is confined a program can put a link to another folder in its place.
                return False
            if os.listdir(self.work):  # noqa: PTH208  # a hot path
                _empty(self.work)
        except (OSError, RecursionError):
            return False
        return True


def _empty(folder: str) -> None:
    # Not shutil.rmtree: its module loads compression libraries, and each library slows every fork.
    for path, folders, files in os.walk(folder, topdown=False):
        for name in files:
            os.unlink(f"{path}/{name}")  # noqa: PTH108
        for name in folders:
            inner = f"{path}/{name}"
            if Path(inner).is_symlink():
                os.unlink(inner)  # noqa: PTH108
            else:
                os.rmdir(inner)  # noqa: PTH106


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
