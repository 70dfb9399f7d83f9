"""Attacks that need no look at the arena, judged a few at a time: their own verdicts say all there is to say.

Every one of them is followed, in its own slot as a rule, by a right and a wrong program, as those are that go one by one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from arena import Arena, marked_processes, wait_for
from attack import Attack
from attacks import ALL

from cotbench.core.verdict import Verdict
from cotbench.grading import SandboxGrader

_SLOTS = 3


@dataclass(frozen=True)
class Judged:
    """What came of an attack: `happened` is what it should not have done, `trouble` what was wrong with grading afterwards."""

    verdict: Verdict
    seconds: float
    happened: str = ""
    trouble: str = ""


def fits(attack: Attack, level: str) -> bool:
    """Whether an attack can be judged beside others: it leaves nothing to look for, and cannot reach them."""
    return attack.contained_at(level) and not attack.probe and not attack.then


def judge_all(arena: Arena, names: Sequence[str]) -> dict[str, Judged]:
    """Judge the attacks of those names in a grader of their own, and look at what is left of them all."""
    with SandboxGrader(slots=_SLOTS, isolation=arena.level) as grader, ThreadPoolExecutor(_SLOTS) as threads:
        found = dict(threads.map(lambda name: (name, _judged(arena, grader, ALL[name])), names))
        assert wait_for(lambda: not marked_processes()), "processes of a program are left"
        assert wait_for(lambda: not [*_left(arena)]), f"files of a program are left: {[*_left(arena)][:5]}"
        arena.assert_small()
    return found


def _judged(arena: Arena, grader: SandboxGrader, attack: Attack) -> Judged:
    began = time.monotonic()
    verdict = arena.judge(attack, grader)
    seconds = time.monotonic() - began
    try:
        arena.judge_right(attack.form, grader)
    except AssertionError as error:
        return Judged(verdict, seconds, trouble=str(error))
    return Judged(verdict, seconds)


def _left(arena: Arena) -> Iterator[str]:
    """What programs left in the folders that are theirs, where those can be seen from outside."""
    for work in arena.sandboxes.glob("*/slot-*/*/work"):
        yield from (path.name for path in work.iterdir())
