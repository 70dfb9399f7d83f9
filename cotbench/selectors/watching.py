"""How a selector has programs run: on inputs that it names, in the sandbox, with nothing hidden in reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cotbench.core.problem import CallCase, StdinCase
from cotbench.core.seen import Seen


@dataclass(frozen=True, slots=True)
class Watched:
    """What each program did on each case, in the order in which both were given.

    `expected` are the digests of the outputs that the cases expect, "" where one expects none.
    """

    seen: tuple[tuple[Seen, ...], ...]
    expected: tuple[str, ...]


class Watch(Protocol):
    """Runs programs of one problem. Raises GradingError if the sandbox fails."""

    async def __call__(self, cases: Sequence[CallCase | StdinCase], codes: Sequence[str]) -> Watched:
        """Return what the programs do on the inputs of the cases."""
        ...
