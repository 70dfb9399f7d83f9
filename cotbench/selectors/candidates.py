"""What a selector may know: the problem as a strategy sees it, programs, public verdicts, behaviours."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from cotbench.core.problem import ProblemView

Ranking: TypeAlias = Callable[[Sequence[int]], list[int]]
"""Some of the candidates, by position and in the order in which they were made → those to submit, the best first.

A program that is left out is never submitted. The same candidates in another order may only change how ties end.
"""

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One attempt. `public` says whether it passes the public cases (True where there are none).

    `code` is None where the reply held no program. `behaviour` tells, input by input, what the program did; it is
    empty where nothing was watched. An entry is a digest of an output, or the name of an outcome without one.
    """

    code: str | None
    public: bool
    behaviour: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidates:
    """All attempts on one problem, in the order in which they were made. Nothing here leads to hidden cases."""

    view: ProblemView
    attempts: tuple[Candidate, ...]

    def passers(self, drawn: Iterable[int]) -> list[int]:
        """Return those of the drawn candidates that are programs and pass the public cases, in their order."""
        return [place for place in drawn if self.attempts[place].code is not None and self.attempts[place].public]


def grouped(places: Iterable[int], key: Callable[[int], K]) -> dict[K, list[int]]:
    """Return the places by their key, groups and members in the order in which they come."""
    groups: dict[K, list[int]] = {}
    for place in places:
        groups.setdefault(key(place), []).append(place)
    return groups


def in_turns(groups: Iterable[Sequence[int]]) -> list[int]:
    """Return the first member of every group, then the second ones, and so on (AlphaCode's order of submission)."""
    waiting = [list(group) for group in groups]
    order: list[int] = []
    for turn in range(max(map(len, waiting), default=0)):
        order += [group[turn] for group in waiting if turn < len(group)]
    return order
