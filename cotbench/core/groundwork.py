"""Groundwork: what some strategies do once per run before their units, on problems that the run then leaves out.

A strategy that writes templates for a benchmark, or learns from problems that it solved, does so here. What it found is
kept in the run directory under a digest and never made again, so that all units, and all sessions, go on from the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from cotbench.core.attempt import Attempt
from cotbench.core.message import Message
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context


@dataclass(frozen=True, slots=True)
class Lesson:
    """One answer from the groundwork: attempt `index` of a problem set apart.

    `question` is what the problem asks, without any hint that the model may have had.
    """

    problem: str
    index: int
    question: tuple[Message, ...]
    reply: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What the groundwork came to: `text`, a JSON object that units go on from, and the lessons, right and wrong.

    `lessons` is None where nothing was meant to be learned; a strategy that learns may have none all the same.
    """

    text: str = "{}"
    lessons: tuple[Lesson, ...] | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """One problem set apart: what may be seen of it, where calls about it go, and what takes a program made for it.

    Programs that are kept are judged like any attempt, and count in no table.
    """

    view: ProblemView
    ctx: Context
    keep: Callable[[Attempt], None]


class Groundwork(Protocol):
    """The groundwork of one strategy with its options."""

    def choose(self, views: Sequence[ProblemView]) -> Sequence[str]:
        """Return which problems of a benchmark to set apart; the views come in an order that is drawn by lot."""
        ...

    async def lay(self, grounds: Sequence[Ground]) -> Findings:
        """Do the groundwork on the problems that were chosen, in the order of the choice.

        What `Context` raises ends it; it is begun again, from the ledger, with the next session.
        """
        ...
