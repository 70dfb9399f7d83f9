"""The order in which a limited run takes problems."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotbench.benchmarks.subset import BANDS, take
from cotbench.core.errors import BenchmarkError
from cotbench.core.problem import Entry, Problem


def problem(name: str, difficulty: str = "") -> Problem:
    return Problem(id=name, statement="", entry=Entry("stdin"), hidden=(), difficulty=difficulty)


IDS = st.lists(st.text("abcdef0123", min_size=1, max_size=4), unique=True, max_size=30)
PROBLEMS = IDS.flatmap(
    lambda ids: st.tuples(*[st.builds(problem, st.just(name), st.sampled_from(["", *BANDS, "odd"])) for name in ids])
)


@given(PROBLEMS, st.integers(1, 40), st.integers(1, 40), st.integers())
def test_subsets_are_nested(problems: tuple[Problem, ...], few: int, many: int, seed: int) -> None:
    few, many = sorted((few, many))
    everything = take(problems, None, seed)
    assert sorted(p.id for p in everything) == sorted(p.id for p in problems)
    assert take(problems, few, seed) == take(problems, many, seed)[:few] == everything[:few]


@given(PROBLEMS, st.integers(), st.randoms())
def test_the_order_of_the_source_does_not_matter(problems: tuple[Problem, ...], seed: int, random: object) -> None:
    shuffled = list(problems)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert take(shuffled, None, seed) == take(problems, None, seed)


@given(IDS, st.integers())
def test_a_new_problem_does_not_reshuffle_the_others(ids: list[str], seed: int) -> None:
    before = take([problem(name) for name in ids], None, seed)
    after = take([problem(name) for name in [*ids, "new"]], None, seed)
    assert tuple(p for p in after if p.id != "new") == before


@given(PROBLEMS, st.integers(1, 30), st.integers())
def test_every_prefix_covers_the_bands_evenly(problems: tuple[Problem, ...], limit: int, seed: int) -> None:
    size = Counter(p.difficulty for p in problems)
    taken = Counter(p.difficulty for p in take(problems, limit, seed))
    open_bands = [band for band in size if taken[band] < size[band]]
    # A band that still has problems is at most one turn behind any other.
    assert all(taken[band] >= max(taken.values()) - 1 for band in open_bands)


def test_bands_take_turns_in_their_order() -> None:
    problems = [problem(f"{band}{n}", band) for n in range(2) for band in ("strange", *reversed(BANDS))]
    assert [p.difficulty for p in take(problems, None, 1)] == [*BANDS, "strange"] * 2


def test_the_seed_changes_the_order() -> None:
    problems = [problem(str(n)) for n in range(50)]
    assert take(problems, 10, 0) != take(problems, 10, 1)
    # Written down once: another order would make old limited runs incomparable with new ones.
    assert [p.id for p in take(problems, 6, 0)] == ["5", "32", "2", "29", "20", "44"]


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(BenchmarkError, match="cannot take 0"):
        take([problem("a")], 0, 0)
