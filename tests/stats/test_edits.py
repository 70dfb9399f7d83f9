"""Edit distance against the textbook recursion, pairs against their list, agreement against worked values."""

from __future__ import annotations

import functools
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotbench.stats.agreement import agreement
from cotbench.stats.edits import mean_distance, some_pairs

words = st.lists(st.sampled_from(["a", "bb", "ccc"]), max_size=6).map(tuple)


def textbook(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    @functools.cache
    def at(i: int, j: int) -> int:
        if i == 0 or j == 0:
            return i + j
        return min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (left[i - 1] != right[j - 1]))

    return at(len(left), len(right))


@given(words, words)
def test_the_distance_is_levenshteins_over_the_longer_length(left: tuple[str, ...], right: tuple[str, ...]) -> None:
    expected = textbook(left, right) / (max(len(left), len(right)) or 1)
    assert mean_distance([left, right], [(0, 1)]) == pytest.approx(expected)


def test_the_mean_is_over_the_pairs_given() -> None:
    sequences = [["x", "y"], ["x", "y"], ["x", "z"]]
    assert mean_distance(sequences, [(0, 1), (0, 2), (1, 2), (2, 0)]) == pytest.approx((0 + 3 * 0.5) / 4)
    assert mean_distance(sequences, []) is None


@given(st.integers(0, 12), st.integers(0, 5))
def test_pairs_are_all_pairs_in_some_order_and_fewer_are_the_first_of_them(things: int, most: int) -> None:
    pairs = some_pairs(things, 1000, 7, "a test")
    assert sorted(pairs) == list(itertools.combinations(range(things), 2))
    assert some_pairs(things, most, 7, "a test") == pairs[:most]


def test_another_seed_is_another_order() -> None:
    assert some_pairs(30, 10, 1, "a test") != some_pairs(30, 10, 2, "a test")


def test_agreement_of_a_worked_table() -> None:
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed 0.7, expected 0.5·0.6 + 0.5·0.4 = 0.5, kappa 0.4.
    first = [True] * 25 + [False] * 25
    second = [True] * 20 + [False] * 5 + [True] * 10 + [False] * 15
    found = agreement(first, second)
    assert found is not None
    assert (found.pairs, found.share, found.kappa) == (50, pytest.approx(0.7), pytest.approx(0.4))
    everything = agreement([True, True], [True, True])
    assert everything is not None and (everything.share, everything.kappa) == (1.0, None)
    assert agreement([], []) is None
    with pytest.raises(ValueError, match="same things"):
        agreement([True], [])
