"""Cases that stay where they came from: read when a program is judged on them, and not kept.

The hidden cases of a benchmark of programming contests are gigabytes; one problem's at a time is all that is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import overload

from cotbench.core.problem import CallCase, Case, StdinCase


class StoredCases(Sequence[Case]):
    """Cases of one kind with known outputs. Every use reads all of them again, only their number is remembered.

    Whatever `read` raises, every use raises.
    """

    def __init__(self, kind: type[CallCase] | type[StdinCase], read: Callable[[], Sequence[Case]]) -> None:
        """Stand for the cases that `read` returns: not empty, all of that kind, the same at every time."""
        self.kind = kind
        self._read = read
        self._count: int | None = None

    def __len__(self) -> int:
        if self._count is None:
            self._cases()
        return self._count or 0

    @overload
    def __getitem__(self, index: int) -> Case: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Case]: ...

    def __getitem__(self, index: int | slice) -> Case | Sequence[Case]:
        return self._cases()[index]

    def __iter__(self) -> Iterator[Case]:
        return iter(self._cases())

    def __repr__(self) -> str:
        return f"StoredCases({self.kind.__name__})"

    def _cases(self) -> Sequence[Case]:
        cases = self._read()
        self._count = len(cases)
        return cases


def kinds_of(cases: Sequence[Case]) -> set[type[Case]]:
    """Return the classes that occur among some cases, without reading stored ones."""
    return {cases.kind} if isinstance(cases, StoredCases) else {type(case) for case in cases}
