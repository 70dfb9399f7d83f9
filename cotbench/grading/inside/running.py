"""Running a judged program in a child that is its own: define it and call it, or run it as a script.

Nothing in here decides anything. Whatever a program does to these functions, the frames it can send hold values,
and the grader compares them.
"""

from __future__ import annotations

import _sitebuiltins
import atexit
import builtins
import os
import socket
import sys
import threading
import types
from collections.abc import Callable
from typing import Any

from . import confine, wire
from .encoding import TooLarge, decode, encode

_exit = os._exit


def install_builtins() -> None:
    """Add the builtins that the site module would have added."""
    for name in ("exit", "quit"):
        setattr(builtins, name, _sitebuiltins.Quitter(name, "Ctrl-D"))


def run(job: Any, channel: socket.socket) -> None:
    """Run one job; never returns."""
    try:
        if job["kind"] == "script":
            _exit(_script(job, channel))
        _calls(job, channel)
    finally:
        _exit(0)


def _module(name: str) -> types.ModuleType:
    module = types.ModuleType(name)
    sys.modules[name] = module
    module.__dict__["__builtins__"] = builtins
    return module


def _define(job: Any, module: types.ModuleType) -> None:
    # Two texts, not one: a program may begin with an import from __future__.
    for text, name in ((job["prelude"], "prelude.py"), (job["code"], "solution.py")):
        if text:
            code = compile(text, name, "exec", dont_inherit=True)
            exec(code, module.__dict__)  # noqa: S102  # this process exists to run it


def _function(module: types.ModuleType, name: str) -> Callable[..., object]:
    found = module.__dict__.get(name)
    if found is None and isinstance(module.__dict__.get("Solution"), type):
        found = getattr(module.__dict__["Solution"](), name)
    if found is None:
        raise NameError(name)
    function: Callable[..., object] = found
    return function


def _calls(job: Any, channel: socket.socket) -> None:
    # Not "__main__": a demonstration under `if __name__ == "__main__"` is no part of the answer.
    module = _module("solution")
    number = -1
    try:
        _define(job, module)
        _function(module, job["name"])
        if job["kind"] == "calls":
            for number, tree in enumerate(job["cases"]):
                _call(module, job, channel, number, [tree, {"d": []}])
        else:
            wire.send(channel, ["ready"])
            while True:
                order: Any = wire.receive(channel)
                number = order[1]
                _call(module, job, channel, number, order[2])
    except BaseException as error:
        _report(channel, number, error)


def _call(module: types.ModuleType, job: Any, channel: socket.socket, number: int, tree: Any) -> None:
    positional: Any = decode(tree[0])
    named: Any = decode(tree[1])
    if job["kind"] == "calls":
        value = _function(module, job["name"])(*positional)
        mutated: list[object] = []
    else:
        try:
            value = _function(module, job["name"])(*positional, **named)
        except Exception as error:
            # A test may expect an exception, so the program goes on.
            _report(channel, number, error)
            return
        mutated = _mutated([*positional, *named.values()], decode(tree[0]), decode(tree[1]), job["output"])
    try:
        frame = wire.pack(["value", number, encode(value, job["output"]), mutated])
    except TooLarge:
        frame = wire.pack(["limit", number])
    channel.sendall(frame)


def _mutated(arguments: list[object], positional: Any, named: Any, budget: int) -> list[object]:
    """Return [index, value] of every argument that the call changed in place."""
    before = [*positional, *named.values()]
    changed: list[object] = []
    for index, (old, new) in enumerate(zip(before, arguments, strict=True)):
        if type(new) in (list, dict, set):
            tree = encode(new, budget)
            if tree != encode(old, budget):
                changed.append([index, tree])
    return changed


def _report(channel: socket.socket, number: int, error: BaseException) -> None:
    if isinstance(error, MemoryError):
        error.__traceback__ = None
        confine.make_room()
    wire.send(channel, ["raised", number, lineage(error)])


def lineage(error: BaseException) -> list[str]:
    """Return the names of an exception's classes, nearest first."""
    return [str(kind.__name__) for kind in type.mro(type(error)) if issubclass(kind, BaseException)]


def _script(job: Any, channel: socket.socket) -> int:
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    printed = sys.stdout = sys.__stdout__ = open(  # type: ignore[misc]  # noqa: SIM115
        1, "w", encoding="utf-8", errors="surrogateescape", newline="\n", closefd=False
    )
    sys.argv = ["solution.py"]
    module = _module("__main__")
    status = 0
    try:
        try:
            _define(job, module)
        finally:
            threading._shutdown()  # type: ignore[attr-defined]
            atexit._run_exitfuncs()
    except SystemExit as error:
        status = _status(error.code)
    except BaseException as error:
        status = 1
        _report(channel, 0, error)
    try:
        for file in (sys.stdout, printed):
            if not file.closed:
                file.flush()
    except BaseException:
        # As the interpreter does when the last of the output cannot be written.
        status = 120
    return status


def _status(code: object) -> int:
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else 1
