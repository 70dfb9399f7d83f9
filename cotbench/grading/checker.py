"""Deciding whether one output is right: by a comparer in this process, or by a checker in a sandbox of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import overload

from cotbench.core.problem import Value
from cotbench.grading.caseset import Rules
from cotbench.grading.comparers import Comparer
from cotbench.grading.inside import wire
from cotbench.grading.inside.encoding import NotPlain, TooLarge, encode
from cotbench.grading.patience import patience
from cotbench.grading.program import Ended
from cotbench.grading.workbench import Workbench

_MOST = 1 << 30


class Checker:
    """Decides for the cases of one job."""

    def __init__(self, bench: Workbench, rules: Rules) -> None:
        self._bench = bench
        self._rules = rules

    def accepts(self, equal: Comparer, given: Callable[[], Value], produced: Value, expected: Value) -> bool:
        """Whether `produced` is right for the arguments or the input `given`. Raises SandboxDied, GradingError."""
        source = self._rules.checker
        if not source:
            with patience():
                return equal(_Given(given), produced, expected)
        try:
            question = wire.pack([encode(value, _MOST) for value in (given(), produced, expected)])
        except (TooLarge, NotPlain):
            return False
        # A second time in a new child: what earlier programs left in the first must decide nothing.
        answer = self._ask(source, question)
        if answer is None:
            answer = self._ask(source, question)
        return answer is True

    def _ask(self, source: str, question: bytes) -> bool | None:
        """Return what the checker says; None if its child ended, which ends it."""
        limits = self._rules.limits
        key = ("checker", source, limits)
        child = self._bench.judge(key, lambda: (["checker", source], source), limits)
        child.program.send(question)
        child.program.clock.restart()
        try:
            answer = child.program.receive()
        except Ended:
            # Raises if the whole sandbox process is gone, which is nobody's fault.
            child.program.end()
            self._bench.drop_judge(key)
            return None
        if answer == ["again"]:
            self._bench.drop_judge(key)
            return None
        return answer == ["right"]


class _Given(Sequence[Value]):
    """What was given, unpacked only if a rule looks at it, which few do."""

    def __init__(self, given: Callable[[], Value]) -> None:
        self._given = given

    @overload
    def __getitem__(self, index: int) -> Value: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Value]: ...
    def __getitem__(self, index: int | slice) -> Value:
        return self._items()[index]

    def __len__(self) -> int:
        return len(self._items())

    def _items(self) -> tuple[Value, ...]:
        given = self._given()
        return given if isinstance(given, tuple) else (given,)
