"""Running a test program against a stub, in a process that the judged program never shares.

The stub sends each call to the grader, which has it answered in the judged program's own process, and what comes
back is plain data. An answer that is not plain data is equal to nothing.
"""

from __future__ import annotations

import builtins
import os
import socket
from collections.abc import Callable, Sequence
from typing import Any

from . import confine, wire
from .encoding import Malformed, NotPlain, Opaque, TooLarge, decode, encode
from .running import lineage


class ProgramError(Exception):
    """The judged program raised an exception; its name is the argument."""


class UnfitArguments(BaseException):
    """The test calls the program with something that cannot be sent to it."""


def run(job: Any, channel: socket.socket) -> None:
    """Run `setup`, then `program`, then its `check`, and report how that ended; never returns."""
    try:
        frame = _check(job, channel)
        wire.send(channel, frame)
    finally:
        os._exit(0)


def _check(job: Any, channel: socket.socket) -> list[object]:
    namespace: dict[str, Any] = {"__name__": "check", "__builtins__": builtins}
    try:
        for text, name in ((job["setup"], "setup.py"), (job["program"], "test.py")):
            code = compile(text, name, "exec", dont_inherit=True)
            exec(code, namespace)  # noqa: S102  # the benchmark's own test, in a process of its own
        check = namespace["check"]
    except BaseException as error:
        return ["broken", type(error).__name__]
    try:
        check(_stub(channel, job["output"]))
    except ProgramError as error:
        return ["raised", error.args[0]]
    except AssertionError:
        return ["wrong", ["AssertionError"]]
    except UnfitArguments:
        return ["broken", "arguments that are not plain data"]
    except BaseException as error:
        error.__traceback__ = None
        confine.make_room()
        return ["wrong", lineage(error)]
    return ["passed"]


def _stub(channel: socket.socket, budget: int) -> Callable[..., object]:
    count = 0

    def candidate(*positional: object, **named: object) -> object:
        nonlocal count
        try:
            trees = [encode(list(positional), budget, strict=True), encode(named, budget, strict=True)]
        except (TooLarge, NotPlain):
            raise UnfitArguments from None
        wire.send(channel, ["call", count, trees])
        reply: Any = wire.receive(channel)
        count += 1
        if reply[0] == "raised":
            raise _exception(reply[1])
        try:
            _apply([*positional, *named.values()], reply[2])
            return decode(reply[1])
        except Malformed:
            return Opaque()

    return candidate


def _apply(arguments: Sequence[object], changes: Any) -> None:
    """Do to the test's own arguments what the call did to its copies."""
    if not isinstance(changes, list):
        raise Malformed
    for change in changes:
        if not isinstance(change, list) or len(change) != 2 or type(change[0]) is not int:
            raise Malformed
        index, value = change[0], decode(change[1])
        if not 0 <= index < len(arguments):
            raise Malformed
        target = arguments[index]
        if isinstance(target, list) and isinstance(value, list):
            target[:] = value
        elif isinstance(target, (dict, set)) and type(target) is type(value):
            target.clear()
            target.update(value)


def _exception(names: Sequence[str]) -> BaseException:
    # A test that expects a ValueError must see one, and the report must still know whose it was.
    for name in names:
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, Exception):
            try:
                return type(name, (ProgramError, kind), {})(names)  # type: ignore[no-any-return]
            except TypeError:
                continue
    return ProgramError(names)
