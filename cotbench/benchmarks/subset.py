"""Which problems a run takes: a slice of the benchmark, of that a window, of that some by name or the first so many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from cotbench.core.errors import BenchmarkError, near_matches
from cotbench.core.ids import digest
from cotbench.core.problem import Benchmark, Problem
from cotbench.core.window import DAY, Window

BANDS: tuple[str, ...] = ("trivial", "easy", "medium", "hard", "expert")
"""Words for difficulty that have an order; others come after them, alphabetically."""

_NEAR = 2000
"""Names that are looked through for one that is like a misspelt one; more would take seconds."""


def sliced(benchmark: Benchmark, part: slice, name: str) -> Benchmark:
    """Return the benchmark with a slice of its problems, in the order of its source; its digest is that of the whole.

    Raises BenchmarkError if the slice holds no problem.
    """
    problems = benchmark.problems[part]
    if not problems:
        raise BenchmarkError(f"{name} holds no problem: {benchmark.name} has {len(benchmark.problems):,}")
    return replace(benchmark, problems=problems)


def choose(benchmark: Benchmark, window: Window, ids: Sequence[str] = ()) -> tuple[Problem, ...]:
    """Return the problems inside the window and, if `ids` are given, of these names; in the order of the source.

    Problems without a date, difficulty or platform are outside of a window that bounds it.
    Raises BenchmarkError if that leaves none, if the benchmark has no dates (difficulties, platforms) at all, or for
    a name that it does not have or that is outside of the window.
    """
    inside = _inside(benchmark, window)
    if not ids:
        return inside
    known = {problem.id for problem in benchmark.problems}
    for name in ids:
        if name not in known:
            near = near_matches(name, sorted(known)) if len(known) <= _NEAR else ""
            hint = near if len(near) <= 200 else f"for example {min(known)}"
            raise BenchmarkError(f"{benchmark.name} has no problem {name!r}", hint=hint)
    wanted = set(ids)
    found = tuple(problem for problem in inside if problem.id in wanted)
    outside = wanted.difference(problem.id for problem in found)
    if outside:
        raise BenchmarkError(
            f"problem {min(outside)} of {benchmark.name} is outside of the window ({window})",
            hint="widen the window, or leave the problem out",
        )
    return found


def undated(benchmark: Benchmark) -> int:
    """Return how many problems have no date: a window that bounds dates leaves them out."""
    return sum(not problem.date for problem in benchmark.problems)


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


def _inside(benchmark: Benchmark, window: Window) -> tuple[Problem, ...]:
    problems = benchmark.problems
    if window.dated:
        days = sorted(problem.date[:DAY] for problem in problems if problem.date)
        if not days:
            raise BenchmarkError(
                f"the problems of {benchmark.name} have no dates, so none can be chosen by date",
                hint="leave out --from and --to",
            )
        low, high = window.from_date or days[0], window.to_date or days[-1]
        problems = tuple(problem for problem in problems if problem.date and low <= problem.date[:DAY] <= high)
        if not problems:
            raise BenchmarkError(
                f"no problem of {benchmark.name} is in the window ({window})",
                hint=f"its dates go from {days[0]} to {days[-1]}",
            )
    _refuse_unknown(benchmark, "difficulty", window.difficulty, lambda problem: problem.difficulty)
    _refuse_unknown(benchmark, "platform", window.platform, lambda problem: problem.source)
    problems = tuple(
        problem
        for problem in problems
        if (not window.difficulty or problem.difficulty.lower() in window.difficulty)
        and (not window.platform or problem.source.lower() in window.platform)
    )
    if not problems:
        raise BenchmarkError(f"no problem of {benchmark.name} is in the window ({window})", hint="widen it")
    return problems


def _refuse_unknown(benchmark: Benchmark, kind: str, said: Sequence[str], read: Callable[[Problem], str]) -> None:
    if not said:
        return
    known = {read(problem).lower() for problem in benchmark.problems}.difference({""})
    if not known:
        raise BenchmarkError(f"the problems of {benchmark.name} say no {kind}", hint=f"leave out --{kind}")
    for word in said:
        if word not in known:
            hint = near_matches(word, known)
            raise BenchmarkError(f"no problem of {benchmark.name} has the {kind} {word!r}", hint=hint)


def _band(difficulty: str) -> tuple[int, str]:
    return (BANDS.index(difficulty) if difficulty in BANDS else len(BANDS), difficulty)
