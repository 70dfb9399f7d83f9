"""A worker's end of one sandbox process: start it lazily, have programs forked and reaped, notice when it is gone.

Where nothing but its own sandbox process can reach a child (level full), the next child is forked while the results of
the last one are looked at: after that one and all that it started has ended, and before anybody knows what will run.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from cotbench.grading.child import Allowance, Child, Ends, Exit, outer_pid
from cotbench.grading.inside import confine, orders, wire
from cotbench.grading.inside.encoding import encode
from cotbench.grading.levels import Level
from cotbench.grading.libraries import reading_plan
from cotbench.grading.processes import end_all_with, is_stopped

_ZYGOTE = Path(__file__).with_name("inside") / "zygote.py"
_START_SECONDS = 120.0
_ANSWER_SECONDS = 30.0
_LOOK_SECONDS = 0.5
_PLAN_BYTES = 1 << 24
_MOST_REMOVALS = 1000


class SandboxDied(Exception):
    """The sandbox process ended or stopped answering. `running` says whether a program was running in it."""

    def __init__(self, message: str, *, running: bool) -> None:
        super().__init__(message)
        self.running = running


class ForkServer:
    """One sandbox process at an isolation level; `preload` names packages that it loads before it forks."""

    def __init__(self, level: Level, folder: Path, preload: Sequence[str] = ()) -> None:
        """Make one that keeps its files in `folder`, which need not exist, as long as it runs."""
        self._level: Level = level
        self._folder = folder
        self._preload = list(preload)
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._pids: list[int] = []
        self._running = 0
        self._dismissed = 0
        self._ordered: tuple[Ends, Allowance] | None = None
        self._ahead: Child | None = None

    @property
    def level(self) -> Level:
        """The isolation level of the process."""
        return self._level

    @property
    def pids(self) -> Sequence[int]:
        """The processes that serve, none if it was not started: the one started, and the one that forks."""
        return self._pids

    def fork(self, allowance: Allowance) -> Child:
        """Fork a child. Raises SandboxDied."""
        waiting = self._take_ahead()
        if waiting is not None and waiting.allowance == allowance and waiting.lives():
            self._running += 1
            return waiting
        if waiting is not None:
            waiting.close()
            self._dismissed = waiting.pid
        for _ in range(2):
            if self._process is None:
                self._start()
            self._order(allowance)
            child = self._forked()
            if child is not None:
                self._running += 1
                return child
            # What the dismissed program left cannot be cleaned up: the process goes with it.
            self.stop()
        raise SandboxDied("no new process: it cannot be cleaned up", running=False)

    def reap(self, child: Child) -> Exit:
        """End the child with all that it started, and return how it ended. Raises SandboxDied."""
        ended = self._reap(child.pid)
        # Not before: whether a program was running when the process died is what a failure to reap has to tell.
        self._running = max(0, self._running - 1)
        return ended

    def dismiss(self, child: Child) -> None:
        """Have the child ended as `reap` does, at the latest at the next fork or `settle`. Raises SandboxDied."""
        self.settle()
        self._running = max(0, self._running - 1)
        self._dismissed = child.pid
        if self._level == "full" and not self._running:
            self._order(child.allowance)

    def settle(self) -> None:
        """End the child that was dismissed, if there is one. Raises SandboxDied."""
        if self._ordered is not None:
            self._ahead = self._forked()
            if self._ahead is None:
                self.stop()
        if self._dismissed:
            self._reap(self._dismissed)

    def _take_ahead(self) -> Child | None:
        """Return the child that was forked ahead, if there is one. Raises SandboxDied."""
        if self._ordered is not None:
            self.settle()
        child, self._ahead = self._ahead, None
        return child

    def _order(self, allowance: Allowance) -> None:
        """Have the dismissed child reaped and another forked; `_forked` must follow. Raises SandboxDied."""
        ours, theirs = socket.socketpair()
        bell, striker = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK) if hasattr(os, "pipe2") else os.pipe()
        self._ordered = Ends(ours, bell), allowance
        try:
            with theirs:
                self._say(b"fork %d %b" % (self._dismissed, allowance.words), (theirs.fileno(), striker))
        finally:
            os.close(striker)
        self._dismissed = 0

    def _forked(self) -> Child | None:
        """Return the child that was ordered; None where what the dismissed one left cannot be cleaned up.

        Raises SandboxDied.
        """
        assert self._ordered is not None
        ends, allowance = self._ordered
        try:
            answer, fd = self._answer()
        except SandboxDied:
            ends.close()
            raise
        finally:
            self._ordered = None
        if answer[0] == b"child":
            return Child(int(answer[1]), fd, ends, allowance)
        ends.close()
        if answer[0] == b"failed":
            raise SandboxDied(f"no new process: {b' '.join(answer[1:]).decode()}", running=False)
        return None

    def _reap(self, pid: int) -> Exit:
        self._say(b"reap %d" % pid)
        (_, status, memory, clean), _ = self._answer()
        if pid == self._dismissed:
            self._dismissed = 0
        if clean == b"0":
            self.stop()
        return Exit(int(status), int(memory))

    def stop(self) -> None:
        """End the sandbox process, every process that came from it, and remove its folder. It can be used again."""
        process, control = self._process, self._control
        self._process = self._control = None
        self._pids = []
        self._running = self._dismissed = 0
        for ends in (self._ordered[0] if self._ordered else None, self._ahead):
            if ends is not None:
                ends.close()
        self._ordered = self._ahead = None
        if control is not None:
            control.close()
        if process is not None:
            process.kill()
            process.wait()
            if self._level == "none":
                end_all_with(str(self._folder / "work"))
            remove_folder(self._folder)

    def _start(self) -> None:
        work, site, log = self._folder / "work", self._folder / "site", self._folder / "log"
        try:
            remove_folder(self._folder)
            work.mkdir(mode=0o700, parents=True)
            plan = reading_plan(level=self._level, work=work, site=site)
            self._control, theirs = socket.socketpair()
            with theirs, log.open("wb") as errors:
                # Not -I: it would ignore the hash seed, and then the order of sets would differ between slots.
                command = [sys.executable, "-P", "-s", "-S", "-B", str(_ZYGOTE), str(theirs.fileno()), str(os.getpid())]
                self._process = subprocess.Popen(
                    command,
                    env=_environment(str(plan["work"])),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,
                    # It asks for this itself too, but it may be stopped before it comes to that.
                    preexec_fn=functools.partial(confine.end_with_parent, signal.SIGKILL),
                )
            hello = {"level": self._level, "plan": plan, "preload": self._preload, "paths": [plan["site_folder"]]}
            self._control.settimeout(_START_SECONDS)
            wire.send(self._control, encode(hello, _PLAN_BYTES))
            _, fd = self._answer(_START_SECONDS)
            self._pids = [self._process.pid]
            if fd >= 0:
                self._pids = [*{self._process.pid: None, outer_pid(fd): None}]
                os.close(fd)
        except OSError as error:
            self.stop()
            raise SandboxDied(f"the sandbox process did not start: {error}", running=False) from None
        except SandboxDied:
            words = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
            self.stop()
            reason = words[-1] if words else "it ended without a word"
            raise SandboxDied(f"the sandbox process did not start: {reason}", running=False) from None

    def _say(self, words: bytes, fds: Sequence[int] = ()) -> None:
        control = self._control
        if control is None:
            raise self._death()
        control.settimeout(_LOOK_SECONDS)
        try:
            orders.say(control, words, fds)
        except OSError:
            raise self._death() from None

    def _answer(self, seconds: float = _ANSWER_SECONDS) -> tuple[list[bytes], int]:
        """Return the next answer with the descriptor that came with it, or -1. Raises SandboxDied."""
        control = self._control
        if control is None:
            raise self._death()
        deadline = time.monotonic() + seconds
        control.settimeout(_LOOK_SECONDS)
        with contextlib.suppress(OSError, ValueError):
            while True:
                with contextlib.suppress(TimeoutError):
                    words, received = orders.hear(control)
                    if words:
                        return words, received[0] if received else -1
                    break
                if any(map(is_stopped, self._pids)) or time.monotonic() > deadline:
                    break
        raise self._death()

    def _death(self) -> SandboxDied:
        return SandboxDied("the sandbox process ended or does not answer", running=self._running > 0)


def remove_folder(folder: Path) -> None:
    """Remove a folder that a program may have made hard to remove, and that others may be removing too."""
    for _ in range(_MOST_REMOVALS):
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            # Of the folder itself, or of something in it that is gone meanwhile.
            if folder.exists():
                continue
        except (OSError, RecursionError):
            # Folders that a program made unreadable, or nested deeper than Python can walk.
            subprocess.run(["chmod", "-R", "u+rwx", str(folder)], stderr=subprocess.DEVNULL, check=False)
            subprocess.run(["rm", "-rf", str(folder)], stderr=subprocess.DEVNULL, check=False)
        return


def _environment(home: str) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
        # All functions of libraries are looked up once, before the first fork, and not again in every child.
        "LD_BIND_NOW": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }
