"""Running a benchmark's own test programs and checkers, in a process that no judged program ever shares.

A test calls a stub. First it is run on the reference and the calls it makes are recorded. A program then answers the
recorded calls in its own process, and the test is run again on a stub that gives these answers. A test that calls with
other arguments than recorded is run once more, with a stub that has every call answered as it comes. What comes back
is plain data in any case; an answer that is not is equal to nothing.
"""

from __future__ import annotations

import builtins
import random
import socket
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

from . import wire
from .defining import lineage
from .encoding import NotPlain, TooLarge, encode
from .outbox import Outbox

_MOST_CALLS = 100_000
_MOST_RECORDED = 16 << 20

Stub = Callable[..., object]


class ProgramError(Exception):
    """The judged program raised an exception; the names of its classes are the argument."""


class _UnfitArguments(BaseException):
    """The test calls the program with something that cannot be sent to it."""


class _Departure(BaseException):
    """A replayed test makes a call that was not recorded, or for which there is no answer yet."""


def judge(order: list[Any], channel: socket.socket, out: Outbox) -> None:
    """Record the calls of a test, then run it again for every program; ends when the channel is closed."""
    setup, program, name, budget = order
    try:
        test = _CheckProgram(setup, program, name)
    except BaseException as error:
        out.put(["broken", type(error).__name__])
        return
    recorded = _record(test, budget)
    out.put(["live"] if recorded is None else ["recorded"])
    if recorded is not None:
        # A frame of its own, which the grader passes on as it is.
        out.put(recorded)
    out.ring()
    while True:
        request: Any = wire.receive(channel)
        if request[0] == "replay" and recorded is not None:
            out.put(_replay(test, recorded, request[1], budget))
        else:
            out.put(test.outcome(_live_stub(channel, out, budget)))
        out.ring()


def checker(order: list[Any], channel: socket.socket, out: Outbox) -> None:
    """Ask a checker about one output after another; ends when the channel is closed."""

    def fresh() -> Stub:
        namespace: dict[str, Any] = {"__name__": "checker", "__builtins__": builtins}
        exec(code, namespace)  # noqa: S102  # the benchmark's own
        check: Stub = namespace["check"]
        return check

    try:
        code = compile(order[0], "checker.py", "exec", dont_inherit=True)
        fresh()
    except BaseException as error:
        out.put(["broken", type(error).__name__])
        return
    out.put(["ready"])
    out.ring()
    while True:
        question: Any = wire.receive(channel)
        try:
            answer = "right" if fresh()(*question) else "wrong"
        except MemoryError:
            # Perhaps because of what earlier questions left.
            answer = "again"
        except BaseException:
            answer = "wrong"
        out.put([answer])
        out.ring()


class _CheckProgram:
    """A test program, run in names of its own each time, so that no run sees those that an earlier one changed."""

    def __init__(self, setup: str, program: str, name: str) -> None:
        self.name = name
        self.setup = compile(setup, "setup.py", "exec", dont_inherit=True)
        self.program = compile(program, "test.py", "exec", dont_inherit=True)
        self.defines_check = "check" in self.program.co_names
        if self.defines_check:
            self.run(lambda check: None, only_define=True)

    def reference(self) -> Stub | None:
        found = self._prepared(self.setup).get(self.name)
        return found if callable(found) else None

    def run(self, stub: Stub, *, only_define: bool = False) -> None:
        """Run the test on a stub. Raises whatever the test raises."""
        random.seed(0)
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(0)
        namespace = self._prepared(self.setup)
        namespace[self.name] = stub
        exec(self.program, namespace)  # noqa: S102  # the benchmark's own test, in a process of its own
        if self.defines_check and not only_define:
            namespace["check"](stub)

    def outcome(self, stub: Stub) -> list[object]:
        calls = 0

        def counted(*positional: object, **named: object) -> object:
            nonlocal calls
            calls += 1
            return stub(*positional, **named)

        frame: list[object] = ["passed"]
        try:
            self.run(counted)
        except ProgramError as error:
            frame = ["raised", error.args[0]]
        except _UnfitArguments:
            frame = ["broken", "it calls the program with arguments that are not plain data"]
        except BaseException as error:
            error.__traceback__ = None
            frame = ["wrong", lineage(error)]
        # Whatever such a test says, it is not about the program.
        return frame if calls else ["broken", f"it does not call {self.name}"]

    @staticmethod
    def _prepared(setup: types.CodeType) -> dict[str, Any]:
        namespace: dict[str, Any] = {"__name__": "check", "__builtins__": builtins}
        exec(setup, namespace)  # noqa: S102  # the benchmark's own
        return namespace


def _record(test: _CheckProgram, budget: int) -> list[object] | None:
    """Return the calls that the test makes of the reference; None where they cannot be known beforehand."""
    reference = test.reference()
    if reference is None:
        return None
    calls: list[object] = []
    left = min(budget, _MOST_RECORDED)

    def candidate(*positional: object, **named: object) -> object:
        nonlocal left
        trees = _trees(positional, named, max(left, 0))
        left -= len(wire.text(trees))
        calls.append(trees)
        return reference(*positional, **named)

    passed = test.outcome(candidate) == ["passed"]
    return calls if passed and left >= 0 and 0 < len(calls) <= _MOST_CALLS else None


def _replay(test: _CheckProgram, recorded: Sequence[object], answers: Sequence[Any], budget: int) -> list[object]:
    count = 0
    departure = ""

    def candidate(*positional: object, **named: object) -> object:
        nonlocal count, departure
        number = count
        count += 1
        if number >= len(recorded) or _trees(positional, named, budget) != recorded[number]:
            departure = departure or "other"
        elif number >= len(answers):
            departure = departure or "more"
        if departure:
            raise _Departure
        return _give(answers[number], positional, named)

    outcome = test.outcome(candidate)
    # Looked at first: a test may swallow every exception.
    return [departure] if departure else outcome


def _live_stub(channel: socket.socket, out: Outbox, budget: int) -> Stub:
    count = 0

    def candidate(*positional: object, **named: object) -> object:
        nonlocal count
        out.put(["call", [count, *_trees(positional, named, budget)]])
        out.ring()
        count += 1
        return _give(wire.receive(channel), positional, named)

    return candidate


def _trees(positional: Sequence[object], named: dict[str, object], budget: int) -> list[object]:
    try:
        return [encode(list(positional), budget, strict=True), encode(named, budget, strict=True)]
    except (TooLarge, NotPlain):
        raise _UnfitArguments from None


def _give(answer: Any, positional: Sequence[object], named: dict[str, object]) -> object:
    """Return or raise what the program did, and change the test's arguments as it changed its copies."""
    if answer[0] != "value":
        raise _exception(answer[2])
    arguments = [*positional, *named.values()]
    for index, value in answer[3]:
        target = arguments[index]
        if isinstance(target, list) and isinstance(value, list):
            target[:] = value
        elif isinstance(target, (dict, set)) and type(target) is type(value):
            target.clear()
            target.update(value)
    return answer[2]


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
