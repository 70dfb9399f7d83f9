"""Pairwise difference and Hill numbers against counting pairs and closed forms."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotbench.stats.abundance import expected_classes, hill_number, pairwise_difference, rarefied_hill_number


@given(st.lists(st.integers(0, 6), min_size=1, max_size=6))
def test_pairwise_difference_counts_pairs(sizes: list[int]) -> None:
    members = [kind for kind, size in enumerate(sizes) for _ in range(size)]
    pairs = list(itertools.combinations(members, 2))
    expected = sum(a != b for a, b in pairs) / len(pairs) if pairs else None
    assert pairwise_difference(sizes) == (None if expected is None else pytest.approx(expected))


def test_the_closed_forms_of_the_paper() -> None:
    # k ideas with n copies each: (k−1)n / (kn−1). Two ideas, 2n programs: n/(2n−1), and 1/n for the split (2n−1, 1).
    assert pairwise_difference([7] * 4) == pytest.approx(3 * 7 / (4 * 7 - 1))
    assert pairwise_difference([9, 9]) == pytest.approx(9 / 17)
    assert pairwise_difference([17, 1]) == pytest.approx(1 / 9)
    assert pairwise_difference([5]) == 0.0
    assert pairwise_difference([1]) is None


@given(st.integers(1, 50), st.integers(1, 20), st.floats(0, 5))
def test_equally_common_classes_are_their_number(classes: int, size: int, order: float) -> None:
    assert hill_number([size] * classes, order) == pytest.approx(classes, rel=1e-6)


def test_hill_numbers_of_an_uneven_sample() -> None:
    # Shares 1/2, 1/4, 1/4: entropy 1.5 bits, so 2^1.5; Σp² = 3/8.
    assert hill_number([2, 1, 1], 0) == 3
    assert hill_number([2, 1, 1], 1) == pytest.approx(2**1.5)
    assert hill_number([2, 1, 1], 2) == pytest.approx(8 / 3)
    assert hill_number([2, 0, 1, 1], 0) == 3
    assert hill_number([], 1) == 0


def test_negative_sizes_and_orders_are_refused() -> None:
    with pytest.raises(ValueError, match="sizes"):
        pairwise_difference([2, -1])
    with pytest.raises(ValueError, match="order"):
        hill_number([1], -0.5)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=4).filter(lambda sizes: 1 <= sum(sizes) <= 9), st.data())
def test_rarefied_order_zero_counts_the_classes_of_every_subset(sizes: list[int], data: st.DataObject) -> None:
    members = [kind for kind, size in enumerate(sizes) for _ in range(size)]
    draws = data.draw(st.integers(1, len(members)))
    subsets = list(itertools.combinations(members, draws))
    expected = sum(len(set(subset)) for subset in subsets) / len(subsets)
    assert rarefied_hill_number(sizes, 0, draws) == pytest.approx(expected)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=5).filter(lambda sizes: sum(sizes) >= 1), st.floats(0, 3))
def test_all_attempts_drawn_is_the_plain_hill_number(sizes: list[int], order: float) -> None:
    assert rarefied_hill_number(sizes, order, sum(sizes)) == pytest.approx(hill_number(sizes, order), rel=1e-6)
    assert rarefied_hill_number(sizes, order, 1) == pytest.approx(1.0)


def test_rarefied_entropy_is_that_of_the_subsets() -> None:
    # Two draws of [2, 1, 1]: 1 of 6 pairs is equal, so of f_1 = 2·5/6 classes met once each adds log(2)/2.
    assert rarefied_hill_number([2, 1, 1], 1, 2) == pytest.approx(2 ** (5 / 6))
    assert rarefied_hill_number([2, 1, 1], 2, 2) == pytest.approx(1 / (5 / 6 / 2 + 1 / 6))
    # Of the six pairs of [2, 1] and one outsider, 5 hold a member of the first class and 3 one of the second.
    assert expected_classes([2, 1], 4, 2) == pytest.approx((5 + 3) / 6)
    with pytest.raises(ValueError, match="2 draws of 4 attempts, 5"):
        expected_classes([5], 4, 2)
    with pytest.raises(ValueError, match="3 draws of 2"):
        rarefied_hill_number([2], 0, 3)
