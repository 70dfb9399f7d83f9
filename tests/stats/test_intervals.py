"""Intervals: known values, honesty where problems are few, coverage in a small simulation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cotbench.stats.bootstrap import bca_limits, resampled_means
from cotbench.stats.intervals import (
    mean_interval,
    mean_intervals,
    percentile_intervals,
    simultaneous_intervals,
    wilson,
)


@pytest.mark.parametrize(("passed", "total"), [(0, 5), (5, 5), (1, 10), (37, 164)])
def test_wilson_equals_scipy(passed: int, total: int) -> None:
    expected = stats.binomtest(passed, total).proportion_ci(0.95, method="wilson")
    found = wilson(passed, total)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_refuses_what_is_no_proportion() -> None:
    for passed, total in ((2, 1), (-1, 3), (0, 0)):
        with pytest.raises(ValueError, match="proportion"):
            wilson(passed, total)
    with pytest.raises(ValueError, match="confidence"):
        wilson(1, 2, 1.0)


@pytest.mark.parametrize("value", [0.0, 1.0])
@pytest.mark.parametrize("problems", [1, 5, 200])
def test_all_or_none_solved_still_has_a_width(value: float, problems: int) -> None:
    found = mean_interval(np.full(problems, value))
    z2 = stats.norm.ppf(0.975) ** 2
    assert found.method == "wilson"
    assert found.high - found.low == pytest.approx(z2 / (problems + z2))
    assert value in (found.low, found.high)


def test_bca_equals_scipy_and_percentile_is_the_quantile() -> None:
    values = np.random.default_rng(4).beta(0.4, 0.9, 60)
    expected = stats.bootstrap((values,), np.mean, n_resamples=40_000, method="BCa", rng=1).confidence_interval
    found = mean_interval(values, draws=40_000)
    assert found.method == "bca"
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.003)
    plain = stats.bootstrap((values,), np.mean, n_resamples=40_000, method="percentile", rng=1).confidence_interval
    [percentile] = percentile_intervals(values, draws=40_000)
    assert (percentile.low, percentile.high) == pytest.approx((plain.low, plain.high), abs=0.003)


def test_resamples_are_of_whole_problems() -> None:
    values = np.array([[0.0, 0.0], [0.5, 1.0], [1.0, 0.3]])
    possible = {tuple(np.round(values[list(rows)].mean(axis=0), 9)) for rows in itertools.product(range(3), repeat=3)}
    drawn = {tuple(np.round(mean, 9)) for mean in resampled_means(values, draws=2000)}
    assert drawn == possible


def test_the_seed_decides_and_columns_do_not_disturb_each_other() -> None:
    values = np.random.default_rng(0).random((40, 3))
    assert mean_intervals(values, seed=1) == mean_intervals(values, seed=1)
    assert mean_intervals(values, seed=1) != mean_intervals(values, seed=2)
    third, alone = mean_intervals(values, seed=1)[2], mean_interval(values[:, 2], seed=1)
    assert (third.low, third.high) == pytest.approx((alone.low, alone.high), abs=1e-12)


def test_memory_is_chunked_without_a_seam_and_data_of_the_same_seed_do_no_harm() -> None:
    # Drawn from one shared stream the first resample is 64 standard errors off, and the spread doubles.
    values = np.random.default_rng(0).random(5000)
    means = resampled_means(values, draws=1000)
    assert means.shape == (1000, 1)
    assert means.std() == pytest.approx(values.std() / np.sqrt(5000), rel=0.1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.sampled_from([0.8, 0.95]))
def test_holds_the_mean_and_stays_in_the_unit_interval(values: list[float], confidence: float) -> None:
    found = mean_interval(np.array(values), confidence=confidence, draws=200)
    assert -1e-12 <= found.low <= np.mean(values) + 1e-9
    assert np.mean(values) - 1e-9 <= found.high <= 1 + 1e-12


def test_the_band_of_a_whole_curve_is_wider_than_at_a_point() -> None:
    values = np.random.default_rng(5).random((80, 12))
    for one, all_ in zip(mean_intervals(values), simultaneous_intervals(values), strict=True):
        assert all_.method == "sup-t bootstrap"
        assert all_.high - all_.low > one.high - one.low
    [single] = simultaneous_intervals(values[:, :1])
    centre, error = values[:, 0].mean(), values[:, 0].std(ddof=1) / np.sqrt(80)
    assert single.high == pytest.approx(centre + 1.96 * error, abs=0.15 * error)


def test_the_band_of_few_problems_is_bonferroni() -> None:
    values = np.array([[0.2, 1.0], [0.4, 1.0], [0.6, 1.0]])
    first, second = simultaneous_intervals(values)
    assert first.method == second.method == "wilson-bonferroni"
    assert second == second.__class__(wilson(3, 3, 0.975).low, 1.0, "wilson-bonferroni")


def test_a_band_may_mix_its_methods() -> None:
    values = np.random.default_rng(0).random((60, 2))
    values[:, 1] = 1.0
    assert [found.method for found in simultaneous_intervals(values)] == ["sup-t bootstrap", "wilson-bonferroni"]
    assert [found.method for found in mean_intervals(values)] == ["bca", "wilson"]


def test_the_bootstrap_starts_at_twenty_problems_with_five_passes_and_failures() -> None:
    halves = np.array([0.25, 0.75] * 10)
    assert mean_interval(halves).method == "bca"
    assert mean_interval(halves[1:]).method == "wilson"
    for passes, method in ((4, "wilson"), (5, "bca"), (55, "bca"), (56, "wilson")):
        assert mean_interval(np.array([1.0] * passes + [0.0] * (60 - passes))).method == method


def test_refuses_values_that_are_no_shares() -> None:
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        mean_interval(np.array([0.5, 1.5]))
    with pytest.raises(ValueError, match="finite"):
        mean_interval(np.array([0.5, np.nan]))
    with pytest.raises(ValueError, match="at least one problem"):
        mean_interval(np.array([]))


def test_bca_without_spread_is_its_mean() -> None:
    values = np.ones((4, 1))
    low, high = bca_limits(values, resampled_means(values, draws=10), 0.95)
    assert low.tolist() == high.tolist() == [1.0]


@pytest.mark.parametrize("problems", [5, 12, 40])
@pytest.mark.parametrize("passes", [1, 4])
def test_covers_the_truth(problems: int, passes: int) -> None:
    # Four attempts on problems of Beta(0.3, 0.6) difficulty; pass@4 of one problem is "any of the four".
    rng = np.random.default_rng(problems * 10 + passes)
    alpha, beta = 0.3, 0.6
    # E[1 − (1−p)^k] for a Beta: 1 − Π (β+i)/(α+β+i)
    truth = 1 - np.prod([(beta + i) / (alpha + beta + i) for i in range(passes)])
    hits, rounds = 0, 250
    for _ in range(rounds):
        drawn = rng.random((problems, 4)) < rng.beta(alpha, beta, (problems, 1))
        values = drawn.mean(axis=1) if passes == 1 else drawn.any(axis=1).astype(float)
        found = mean_interval(values, draws=400)
        hits += found.low <= truth <= found.high
    assert hits / rounds >= 0.9
