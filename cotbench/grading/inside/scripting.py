"""Running a program as a script, once for each case, on real descriptors 0 and 1.

The program is compiled once. Every case gets a fresh `__main__` and the state of the process that scripts commonly
change is put back; what else a script leaves behind cannot fail a later case, because the grader confirms a failure
in a process of its own.
"""

from __future__ import annotations

import array
import atexit
import os
import random
import socket
import sys
import threading
import types
from typing import Any

from .defining import compiled, fresh_module, lineage
from .outbox import Outbox

_exit = os._exit
_FD_BYTES = 4


def scripts(order: list[Any], channel: socket.socket, out: Outbox) -> None:
    """Run the program for one case after another, as their files arrive."""
    prelude, code = order
    recursion = sys.getrecursionlimit()
    parts: list[types.CodeType] | None = None
    number = -1
    leftovers = _leftovers()
    while True:
        word, fds = _next(channel, out)
        if not word:
            return
        number += 1
        for target, fd in enumerate(fds):
            # An earlier case may have closed 0 or 1, so that a file arrives where it belongs.
            if fd != target:
                os.dup2(fd, target)
                os.close(fd)
        names: list[str] = []
        status = 1
        try:
            parts = compiled(prelude, code) if parts is None else parts
        except BaseException as error:
            names = lineage(error)
        else:
            sys.setrecursionlimit(recursion)
            random.seed(0)
            status = _run(parts, names)
        # Another run must not meet what this one left running or shut down.
        last = _leftovers() != leftovers
        try:
            out.put(["ended", number, status, names, last])
            if last:
                out.ring()
        except OSError:
            # The script closed what is not its own; its exit status still says how it ended.
            last = True
        if last:
            _exit(status)


def _next(channel: socket.socket, out: Outbox) -> tuple[bytes, list[int]]:
    """Return the next case's files, and an empty word at the end of all cases."""
    try:
        return _receive(channel, socket.MSG_DONTWAIT)
    except BlockingIOError:
        out.ring()
        return _receive(channel, 0)


def _receive(channel: socket.socket, flags: int) -> tuple[bytes, list[int]]:
    # Not socket.recv_fds, which has flags and ignores them.
    word, messages, _, _ = channel.recvmsg(1, socket.CMSG_LEN(2 * _FD_BYTES), flags)
    fds = array.array("i")
    for _, _, data in messages:
        fds.frombytes(data)
    return word, fds.tolist()


def _run(parts: list[types.CodeType], names: list[str]) -> int:
    """Run the script and return its exit status; the classes of what it raised go into `names`."""
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    printed = sys.stdout = sys.__stdout__ = open(  # type: ignore[misc]  # noqa: SIM115
        1, "w", encoding="utf-8", errors="surrogateescape", newline="\n", closefd=False
    )
    sys.argv = ["solution.py"]
    module = fresh_module("__main__")
    status = 0
    try:
        try:
            for part in parts:
                exec(part, module.__dict__)  # noqa: S102  # this process exists to run it
        finally:
            _finish()
    except SystemExit as error:
        status = _status(error.code)
    except BaseException as error:
        status = 1
        names.extend(lineage(error))
    try:
        for file in (sys.stdout, printed):
            if file is not None and not file.closed:
                file.flush()
    except BaseException:
        # As the interpreter does when the last of the output cannot be written.
        status = 120
    return status


def _finish() -> None:
    """Do what the interpreter does at its end: wait for threads, run exit functions."""
    for end in reversed(threading._threading_atexits):  # type: ignore[attr-defined]
        end()
    while others := [one for one in threading.enumerate() if one is not threading.main_thread() and not one.daemon]:
        for one in others:
            one.join()
    atexit._run_exitfuncs()


def _leftovers() -> tuple[int, int]:
    return threading.active_count(), len(threading._threading_atexits)  # type: ignore[attr-defined]


def _status(code: object) -> int:
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else 1
