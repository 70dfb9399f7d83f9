"""Calling a function of the program: all cases at once, a recorded list of calls, or one call after another."""

from __future__ import annotations

import gc
import socket
import time
import types
from typing import Any

from . import wire
from .defining import define, fresh_module, function, lineage
from .encoding import TooLarge, encode
from .outbox import Outbox
from .results import written

_MUTABLE = (list, dict, set)


def calls(order: list[Any], channel: socket.socket, out: Outbox) -> None:
    """Call the function with each case's arguments, in the given order of cases; end with the first that fails."""
    name, prelude, code, sequence, budgets = order
    cases: Any = wire.receive(channel)
    # No collection of garbage has to look at them.
    gc.freeze()
    # Not "__main__": a demonstration under `if __name__ == "__main__"` is no part of the answer.
    module = fresh_module("solution")
    number = -1
    clock = time.perf_counter_ns
    try:
        define(module, prelude, code)
        function(module, name)
        for number in sequence:
            began = clock()
            value = function(module, name)(*cases[number])
            took = clock() - began
            out.put_text(b'["value",%d,' % number, written(value, budgets[number]), b",%de-9]" % took)
    except TooLarge:
        out.put(["limit", number])
    except BaseException as error:
        out.put(["raised", number, lineage(error)])


def replay(order: list[Any], channel: socket.socket, out: Outbox) -> None:
    """Make the calls that a test made of the reference, whatever they return or raise."""
    name, prelude, code, budget = order
    recorded: Any = wire.receive(channel)
    module = _defined(name, prelude, code, out)
    if module is not None:
        for number, (positional, named) in enumerate(recorded):
            out.put(_answer(module, name, number, positional, named, budget))


def serve(order: list[Any], channel: socket.socket, out: Outbox) -> None:
    """Answer calls as they come."""
    name, prelude, code, budget = order
    module = _defined(name, prelude, code, out)
    if module is None:
        return
    out.put(["ready"])
    out.ring()
    while True:
        call: Any = wire.receive(channel)
        out.put(_answer(module, name, call[0], call[1], call[2], budget))
        out.ring()


def _defined(name: str, prelude: str, code: str, out: Outbox) -> types.ModuleType | None:
    module = fresh_module("solution")
    try:
        define(module, prelude, code)
        function(module, name)
    except BaseException as error:
        out.put(["raised", -1, lineage(error)])
        return None
    return module


def _answer(module: types.ModuleType, name: str, number: int, positional: Any, named: Any, budget: int) -> list[object]:
    """Return the frame that answers one call: a value and the arguments that changed in place, or an exception."""
    arguments = [*positional, *named.values()]
    before = [encode(value, budget) if type(value) in _MUTABLE else None for value in arguments]
    try:
        value = function(module, name)(*positional, **named)
        changed: list[object] = []
        for index, old in enumerate(before):
            if old is not None and old != (new := encode(arguments[index], budget)):
                changed.append([index, new])
        return ["value", number, encode(value, budget), changed]
    except TooLarge:
        return ["limit", number]
    except Exception as error:
        # A test may expect an exception, so the program goes on.
        return ["raised", number, lineage(error)]
    except BaseException as error:
        return ["stopped", number, lineage(error)]
