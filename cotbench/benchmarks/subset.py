"""Which problems a limited run takes, and in which order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from cotbench.core.errors import BenchmarkError
from cotbench.core.ids import digest
from cotbench.core.problem import Problem

BANDS: tuple[str, ...] = ("trivial", "easy", "medium", "hard", "expert")
"""Words for difficulty that have an order; others come after them, alphabetically."""


def take(problems: Iterable[Problem], limit: int | None, seed: int) -> tuple[Problem, ...]:
    """Return the first `limit` problems (None: all) of an order that depends on `seed` and the problems' ids only.

    Subsets are nested: fewer problems are a prefix of more. Within a band of difficulty the order of two problems
    does not change when a benchmark grows. Bands take turns, so that every prefix covers them evenly.
    Raises BenchmarkError if `limit` is below 1.
    """
    if limit is not None and limit < 1:
        raise BenchmarkError(f"cannot take {limit} problems", hint="the smallest limit is 1")
    bands: defaultdict[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        bands[problem.difficulty].append(problem)
    turns: list[tuple[int, tuple[int, str], Problem]] = []
    for difficulty, members in bands.items():
        members.sort(key=lambda problem: (digest([seed, problem.id]), problem.id))
        turns.extend((turn, _band(difficulty), problem) for turn, problem in enumerate(members))
    turns.sort(key=lambda item: item[:2])
    return tuple(problem for _, _, problem in turns[:limit])


def _band(difficulty: str) -> tuple[int, str]:
    return (BANDS.index(difficulty) if difficulty in BANDS else len(BANDS), difficulty)
