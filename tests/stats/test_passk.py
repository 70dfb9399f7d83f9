"""pass@k against its definition: the share of k-subsets that hold a passing attempt."""

from __future__ import annotations

import itertools
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from cotbench.stats import passk
from cotbench.stats.passk import pass_at_k, pass_at_k_curves, usable_ks


@pytest.mark.parametrize("n", range(1, 8))
def test_equals_the_share_of_subsets_with_a_pass(n: int) -> None:
    for c, k in itertools.product(range(n + 1), range(1, n + 1)):
        subsets = list(itertools.combinations([True] * c + [False] * (n - c), k))
        share = sum(any(subset) for subset in subsets) / len(subsets)
        assert pass_at_k(n, c, k) == pytest.approx(share, abs=1e-14)


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))))
def test_is_exact_rational_arithmetic_and_the_hypergeometric(case: tuple[int, int, int]) -> None:
    n, c, k = case
    value = float(pass_at_k(n, c, k))
    assert value == pytest.approx(float(1 - Fraction(comb(n - c, k), comb(n, k))), rel=1e-10, abs=0)
    assert value == pytest.approx(1 - hypergeom.pmf(0, n, c, k), abs=1e-8)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_grows_with_k_from_the_pass_rate_and_stays_in_the_unit_interval(case: tuple[int, int]) -> None:
    n, c = case
    curve = pass_at_k(n, c, np.arange(1, n + 1))
    assert curve[0] == pytest.approx(c / n)
    assert curve[-1] == float(c > 0)
    assert np.all(np.diff(curve) >= -1e-12)
    assert curve.min() >= 0
    assert curve.max() <= 1


def test_stays_exact_where_the_binomials_overflow() -> None:
    # One pass in n: the chance that a k-subset holds it is k/n.
    assert pass_at_k(1_000_000, 1, 12_345) == pytest.approx(0.012345, rel=1e-12)
    # k=2: 1 − (n−c)(n−c−1) / (n(n−1))
    n, c = 10**6, 3
    expected = float(1 - Fraction((n - c) * (n - c - 1), n * (n - 1)))
    assert pass_at_k(n, c, 2) == pytest.approx(expected, rel=1e-12)


def test_curves_are_problems_by_ks() -> None:
    curves = pass_at_k_curves([4, 4, 5], [0, 2, 5], [1, 2, 4])
    expected = [[0, 0, 0], [1 / 2, 1 - 1 / 6, 1], [1, 1, 1]]
    np.testing.assert_allclose(curves, expected, atol=1e-14)
    assert pass_at_k_curves([4], [1], []).shape == (1, 0)


@pytest.mark.parametrize(
    ("n", "c", "k"),
    [(3, 1, 4), (3, 4, 1), (3, -1, 1), (3, 1, 0), (0, 0, 1), (3.5, 1, 1), (3, float("nan"), 1), ("3", 1, 1)],
)
def test_refuses_what_is_undefined(n: object, c: object, k: object) -> None:
    with pytest.raises(ValueError, match="must"):
        pass_at_k(n, c, k)  # type: ignore[arg-type]


def test_refuses_vectors_of_different_length() -> None:
    with pytest.raises(ValueError, match="same length"):
        pass_at_k_curves([3, 3], [1], [1])


def test_leaves_out_ks_above_the_fewest_attempts() -> None:
    assert usable_ks([10, 4, 7], [5, 1, 4, 1, 10]) == ((1, 4), (5, 10))
    with pytest.raises(ValueError, match="at least 1"):
        usable_ks([3], [0])
    with pytest.raises(ValueError, match="no problem"):
        usable_ks([], [1])


def test_large_tables_are_computed_in_pieces_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    n = np.arange(1, 61)[:, None]
    c = np.minimum(n, np.arange(0, 25)[None, :])
    k = np.minimum(n, 7)
    whole = pass_at_k(n, c, k)
    monkeypatch.setattr(passk, "_CHUNK_FACTORS", 13)
    np.testing.assert_array_equal(pass_at_k(n, c, k), whole)
    exact = [[1 - comb(a - b, d) / comb(a, d) for b in row] for a, row, d in zip(n[:, 0], c, k[:, 0], strict=True)]
    np.testing.assert_allclose(whole, exact, atol=1e-14)
