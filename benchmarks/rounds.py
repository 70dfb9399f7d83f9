"""Rounds: every executor judges the same programs in turn, again and again, and the medians are compared."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

from benchmarks.executor import PASSED, Missing, Options, Program
from benchmarks.hosting import Host, HostError, Timed

_WARM_UP = 4


@dataclass(frozen=True, slots=True)
class Lane:
    """One executor of a row: a label for the table, how it is set up, what it judges in a round.

    With `steady` it judges all of that once before the clock starts: what is found out once per problem is left out.
    """

    label: str
    executor: str
    options: Options
    programs: Sequence[Program]
    steady: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """What the rounds of one lane gave."""

    label: str
    rounds: tuple[Timed, ...]
    skipped: str = ""

    @property
    def rate(self) -> float:
        """Programs per second, the median of the rounds."""
        return median(timed.rate for timed in self.rounds)

    @property
    def programs(self) -> int:
        """How many programs a round has."""
        return len(self.rounds[0].judged)

    def failing(self) -> tuple[int, ...]:
        """Return the indices of the programs that failed in any round."""
        judged = zip(*(timed.judged for timed in self.rounds), strict=True)
        return tuple(index for index, each in enumerate(judged) if any(one.outcome != PASSED for one in each))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the result: a ratio, or another number, beside its target."""

    row: str
    what: str
    value: float | None
    target: float
    at_most: bool = False
    unit: str = "x"
    notes: tuple[str, ...] = field(default=())

    @property
    def met(self) -> bool | None:
        """Whether the target was met; None if it was not measured."""
        if self.value is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target


def progress(text: str) -> None:
    """Say on standard error what is being done."""
    print(text, file=sys.stderr, flush=True)


def interleave(lanes: Sequence[Lane], rounds: int) -> dict[str, Measured]:
    """Run every lane `rounds` times, in turn, and return what was measured by label.

    An executor that cannot be had or that breaks is left out of the later rounds; `skipped` says why.
    """
    skipped: dict[str, str] = {}
    timed: dict[str, list[Timed]] = {lane.label: [] for lane in lanes}
    with ExitStack() as stack:
        hosts: dict[tuple[str, Options], Host] = {}
        # All begin to load at once; lanes with the same executor and options share a process.
        for lane in lanes:
            if (lane.executor, lane.options) not in hosts:
                progress(f"  starting {lane.executor}")
                hosts[lane.executor, lane.options] = stack.enter_context(Host(lane.executor, lane.options))
        for lane in lanes:
            try:
                hosts[lane.executor, lane.options].judge(lane.programs if lane.steady else lane.programs[:_WARM_UP])
            except (Missing, HostError) as error:
                skipped[lane.label] = str(error)
        for number in range(rounds):
            for lane in lanes:
                if lane.label in skipped:
                    continue
                try:
                    timed[lane.label].append(hosts[lane.executor, lane.options].judge(lane.programs))
                except HostError as error:
                    skipped[lane.label] = str(error)
                    timed[lane.label].clear()
                    continue
                progress(f"  round {number + 1}: {lane.label} {timed[lane.label][-1].rate:.1f} programs/s")
    return {lane.label: Measured(lane.label, tuple(timed[lane.label]), skipped.get(lane.label, "")) for lane in lanes}


def ratio(ours: Measured, peer: Measured) -> float | None:
    """Return how many times as many programs per second `ours` judges; None if one of them was not measured."""
    return ours.rate / peer.rate if ours.rounds and peer.rounds else None


def speed_notes(measured: Mapping[str, Measured]) -> tuple[str, ...]:
    """Return a line per lane: programs, programs per second, verdicts."""
    return tuple(_note(lane) for lane in measured.values())


def _note(lane: Measured) -> str:
    if not lane.rounds:
        return f"{lane.label}: skipped, {lane.skipped.splitlines()[0]}"
    failing = lane.failing()
    verdicts = "all passed" if not failing else f"{len(failing)} of {lane.programs} right programs failed"
    return f"{lane.label}: {lane.programs} programs, {lane.rate:.1f}/s, {verdicts}"
