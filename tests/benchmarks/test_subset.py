"""The order in which a limited run takes problems."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotbench.benchmarks.subset import BANDS, choose, sliced, take, undated
from cotbench.core.errors import BenchmarkError
from cotbench.core.problem import Benchmark, Entry, Problem
from cotbench.core.window import Window


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


def dated(name: str, date: str = "", difficulty: str = "", source: str = "") -> Problem:
    return Problem(name, "", Entry("stdin"), (), date=date, difficulty=difficulty, source=source)


MIXED = Benchmark(
    "mixed",
    "0",
    (
        dated("a", "2024-01-01", "Easy", "LeetCode"),
        dated("b", "2024-05-31T23:59:59", "hard", "atcoder"),
        dated("c", "2024-06-01", "hard", "leetcode"),
        dated("d", "", "easy", "leetcode"),
    ),
)


@pytest.mark.parametrize(
    ("window", "ids", "kept"),
    [
        (Window(), (), "abcd"),
        (Window("2024-01-01", "2024-05-31"), (), "ab"),
        (Window("2024-01-02"), (), "bc"),
        (Window(to_date="2024-05-30"), (), "a"),
        (Window(difficulty=("easy",)), (), "ad"),
        (Window(platform=("leetcode",)), (), "acd"),
        (Window("2024-01-02", difficulty=("hard",), platform=("leetcode",)), (), "c"),
        (Window(), ("c", "a"), "ac"),
        (Window(difficulty=("easy",)), ("d",), "d"),
    ],
)
def test_windows_and_ids(window: Window, ids: tuple[str, ...], kept: str) -> None:
    assert "".join(problem.id for problem in choose(MIXED, window, ids)) == kept


@pytest.mark.parametrize(
    ("window", "ids", "said"),
    [
        (
            Window("2025-01-01"),
            (),
            r"no problem of mixed is in the window \(from 2025-01-01\).*2024-01-01 to 2024-06-01",
        ),
        (Window(difficulty=("hrad",)), (), r"no problem of mixed has the difficulty 'hrad' \(did you mean hard"),
        (Window(platform=("leetcod",)), (), "did you mean leetcode"),
        (Window("2024-06-01", difficulty=("easy",)), (), "is in the window"),
        (Window(), ("e",), "mixed has no problem 'e'"),
        (Window("2024-06-01"), ("a", "c"), "problem a of mixed is outside of the window"),
    ],
)
def test_a_choice_of_nothing_says_why(window: Window, ids: tuple[str, ...], said: str) -> None:
    with pytest.raises(BenchmarkError, match=said):
        choose(MIXED, window, ids)


def test_benchmarks_without_dates_or_difficulties_cannot_be_filtered_by_them() -> None:
    bare = Benchmark("bare", "0", (dated("a"),))
    with pytest.raises(BenchmarkError, match="bare have no dates"):
        choose(bare, Window("2024-01-01"))
    with pytest.raises(BenchmarkError, match="bare say no difficulty"):
        choose(bare, Window(difficulty=("easy",)))
    assert undated(MIXED) == 1


def test_a_slice_keeps_the_digest_and_may_not_be_empty() -> None:
    part = sliced(MIXED, slice(1, None, 2), "mixed[1::2]")
    assert ("".join(problem.id for problem in part.problems), part.digest) == ("bd", "0")
    with pytest.raises(BenchmarkError, match=r"mixed\[9:\] holds no problem: mixed has 4"):
        sliced(MIXED, slice(9, None), "mixed[9:]")
