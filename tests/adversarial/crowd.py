"""Attacks that need no look at the arena, judged a few at a time: their own verdicts say all there is to say.

Every one of them is followed, in its own slot as a rule, by a right and a wrong program, as those are that go one by one.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from arena import Arena
from attack import Attack
from attacks import ALL
from traces import marked_processes, wait_for

from cotbench.core.verdict import Verdict


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
    """Judge the attacks of those names, and look at what is left of them all."""
    with ThreadPoolExecutor(arena.grader.slots) as threads:
        found = dict(zip(names, threads.map(lambda name: _judged(arena, ALL[name]), names), strict=True))
    assert wait_for(lambda: not marked_processes()), "processes of a program are left"
    arena.assert_tidy()
    return found


def _judged(arena: Arena, attack: Attack) -> Judged:
    began = time.monotonic()
    verdict = arena.judge(attack)
    seconds = time.monotonic() - began
    try:
        arena.judge_right(attack.form)
    except AssertionError as error:
        return Judged(verdict, seconds, trouble=str(error))
    return Judged(verdict, seconds)
