"""n@k and the quality of public cases against enumeration and the worked values of the literature notes."""

from __future__ import annotations

import itertools
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotbench.stats.selection import (
    false_accepts,
    false_rejects,
    filtered_pass_at_k,
    n_at_k,
    selection_efficiency,
)


def by_double_sum(total: int, right: int, wrong: int, n: int, k: int) -> float:
    """The closed form over right (a) and wrong (b) public passers among the k drawn."""
    value = 0.0
    for a, b in itertools.product(range(right + 1), range(wrong + 1)):
        if a + b == 0 or k - a - b < 0:
            continue
        ways = comb(right, a) * comb(wrong, b) * comb(total - right - wrong, k - a - b)
        submitted = min(n, a + b)
        value += ways / comb(total, k) * (1 - comb(b, submitted) / comb(a + b, submitted))
    return value


def by_enumeration(total: int, right: int, wrong: int, n: int, k: int) -> float:
    """Every k-subset, and within it every equally likely set of submissions."""
    kinds = ["right"] * right + ["wrong"] * wrong + ["refused"] * (total - right - wrong)
    draws = list(itertools.combinations(range(total), k))
    value = 0.0
    for drawn in draws:
        accepted = [place for place in drawn if kinds[place] != "refused"]
        if accepted:
            choices = list(itertools.combinations(accepted, min(n, len(accepted))))
            value += sum(any(kinds[place] == "right" for place in choice) for choice in choices) / len(choices)
    return value / len(draws)


def test_the_worked_example() -> None:
    # N = 20, A = 3, B = 4.
    assert n_at_k(20, 7, 3, 1, 8) == pytest.approx([0.424], abs=5e-4)
    assert n_at_k(20, 7, 3, 2, 8) == pytest.approx([0.680], abs=5e-4)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("k", [1, 2, 4, 6])
def test_equals_enumeration(n: int, k: int) -> None:
    for right, wrong in itertools.product(range(4), range(3)):
        expected = by_enumeration(6, right, wrong, n, k)
        assert n_at_k(6, right + wrong, right, n, k)[0] == pytest.approx(expected, abs=1e-12)


counts = st.integers(1, 40).flatmap(
    lambda total: st.integers(0, total).flatmap(
        lambda public: st.tuples(st.just(total), st.just(public), st.integers(0, public), st.integers(1, total))
    )
)


@given(counts, st.integers(1, 8))
def test_equals_the_double_sum_and_is_below_coverage(case: tuple[int, int, int, int], n: int) -> None:
    total, public, both, k = case
    value = n_at_k(total, public, both, n, k)[0]
    assert value == pytest.approx(by_double_sum(total, both, public - both, n, k), abs=1e-9)
    assert value <= 1 - comb(total - both, k) / comb(total, k) + 1e-9


def test_submitting_all_is_coverage_of_right_and_accepted_ones() -> None:
    values = n_at_k([10, 10], [6, 0], [2, 0], 10, 4)
    assert values == pytest.approx([1 - comb(8, 4) / comb(10, 4), 0.0])


def test_filtered_pass_at_k_follows_the_paper() -> None:
    # None passes the public cases; fewer than k pass, one of them right; fewer than k, none right; enough.
    values = filtered_pass_at_k([0, 2, 2, 6], [0, 1, 0, 2], 3)
    assert values == pytest.approx([0.0, 1.0, 0.0, 1 - comb(4, 3) / comb(6, 3)])


def test_quality_of_public_cases() -> None:
    # Problem 1: 10 attempts, 6 accepted, 4 of them right, 5 right in all. Problem 2: nothing accepted, one right.
    accepted, wrong = false_accepts([10, 3], [6, 0], [4, 0], [5, 1])
    assert (accepted.tolist(), wrong.tolist()) == ([2, 0], [5, 2])
    refused, right = false_rejects([10, 3], [6, 0], [4, 0], [5, 1])
    assert (refused.tolist(), right.tolist()) == ([1, 1], [5, 1])


def test_selection_efficiency() -> None:
    assert selection_efficiency(0.424, 0.15, 0.8) == pytest.approx((0.424 - 0.15) / 0.65)
    assert selection_efficiency(0.5, 0.5, 0.5) is None


@pytest.mark.parametrize(
    "call",
    [
        lambda: n_at_k(5, 6, 1, 1, 2),
        lambda: n_at_k(5, 3, 4, 1, 2),
        lambda: n_at_k(5, 3, 1, 1, 6),
        lambda: n_at_k(5, 3, 1, 0, 2),
        lambda: n_at_k(np.array([5.0]), 3, 1, 1, 2),
        lambda: filtered_pass_at_k(3, 4, 1),
        lambda: filtered_pass_at_k(3, 1, 0),
        lambda: false_accepts(5, 3, 1, 0),
        lambda: false_rejects(5, 3, 1, 4),
    ],
)
def test_impossible_counts_are_refused(call: object) -> None:
    with pytest.raises(ValueError):
        call()  # type: ignore[operator]
