"""Polarisation against an independent analysis of variance, enumeration of the null, and simulated grids."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cotbench.stats.polarisation import Grid, grid, histogram, intraclass_correlation, polarisation


def anova(groups: list[list[int]]) -> float:
    """The one-way intraclass correlation from single observations, written down from the textbook."""
    values = np.concatenate([np.asarray(group, dtype=float) for group in groups])
    sizes = np.array([len(group) for group in groups])
    between = sum(len(group) * (np.mean(group) - values.mean()) ** 2 for group in groups) / (len(groups) - 1)
    within = sum(((np.asarray(group) - np.mean(group)) ** 2).sum() for group in groups) / (len(values) - len(groups))
    size = (sizes.sum() - (sizes**2).sum() / sizes.sum()) / (len(groups) - 1)
    return float((between - within) / (between + (size - 1) * within))


@pytest.mark.parametrize(
    "groups",
    [
        [[1, 1, 1, 0], [0, 0, 0, 0], [1, 0, 1, 0]],
        [[1, 1], [0, 0, 0, 1], [1, 0, 1]],
        [[1, 0], [0, 1]],
    ],
)
def test_one_problem_is_the_textbook_analysis_of_variance(groups: list[list[int]]) -> None:
    item = grid([len(group) for group in groups], [sum(group) for group in groups])
    assert intraclass_correlation([item]) == pytest.approx(anova(groups))


def test_ideas_that_decide_all_and_ideas_that_decide_nothing() -> None:
    assert intraclass_correlation([grid([5, 5, 5], [5, 0, 5])]) == pytest.approx(1.0)
    # All ideas alike: MSB = 0, so −1/(m−1).
    assert intraclass_correlation([grid([5, 5], [2, 2])]) == pytest.approx(-1 / 4)


def test_p_is_the_share_of_deals_that_are_as_extreme() -> None:
    # 4 passes among 2 ideas of 3 programs: enumerate which programs pass.
    item = grid([3, 3], [3, 1])
    observed = intraclass_correlation([item])
    deals = list(itertools.combinations(range(6), 4))
    reached = [
        intraclass_correlation([grid([3, 3], [sum(p < 3 for p in deal), sum(p >= 3 for p in deal)])]) for deal in deals
    ]
    exact = np.mean([value >= observed - 1e-12 for value in reached])
    found = polarisation([item], seed=3, shuffles=20_000, draws=50)
    assert found is not None
    assert found.p == pytest.approx(exact, abs=0.01)


def simulated(correlation: float, seed: int, problems: int = 60) -> list[Grid]:
    """Five ideas × 25 programs; success rates of ideas are Beta with mean m per problem and this correlation."""
    rng = np.random.default_rng(seed)
    grids = []
    for mean in rng.uniform(0.2, 0.8, problems):
        size = 1 / correlation - 1
        rates = rng.beta(mean * size, (1 - mean) * size, 5)
        grids.append(grid([25] * 5, rng.binomial(25, rates).tolist()))
    return grids


@pytest.mark.parametrize("correlation", [0.1, 0.3, 0.6])
def test_finds_the_simulated_correlation(correlation: float) -> None:
    found = polarisation(simulated(correlation, seed=11, problems=300), seed=1, shuffles=200, draws=100)
    assert found is not None
    assert found.correlation == pytest.approx(correlation, abs=0.05)
    assert found.p == pytest.approx(1 / 201)
    assert found.extreme > found.extreme_null_high or correlation < 0.2


def test_intervals_cover_the_simulated_correlation() -> None:
    hits = 0
    for seed in range(40):
        found = polarisation(simulated(0.3, seed=seed), seed=seed, shuffles=1, draws=400)
        assert found is not None and found.low is not None and found.high is not None
        hits += found.low < 0.3 < found.high
    # 95 % nominal: fewer than 34 of 40 has chance 0.003.
    assert hits >= 34


def test_without_an_effect_of_ideas_p_is_uniform() -> None:
    rng = np.random.default_rng(5)
    values = []
    for repetition in range(100):
        rates = rng.uniform(0.3, 0.7, 10)
        grids = [grid([10] * 4, rng.binomial(10, rate, 4).tolist()) for rate in rates]
        found = polarisation(grids, seed=repetition, shuffles=200, draws=20)
        assert found is not None
        values.append(found.p)
    # Uniform: mean 1/2 with standard error 0.029; 5 % below 0.05 with standard error 2.2 %.
    assert abs(np.mean(values) - 0.5) < 0.09
    assert np.mean(np.array(values) <= 0.05) < 0.12


def test_settled_problems_are_counted_and_left_out() -> None:
    grids = [grid([4, 4], [4, 4]), grid([4, 4], [0, 0]), grid([4, 4], [4, 0])]
    found = polarisation(grids, shuffles=100, draws=50)
    assert found is not None
    assert (found.problems, found.ideas, found.settled) == (1, 2, 2)
    assert found.extreme == 1.0
    assert found.low is None
    assert polarisation(grids[:2]) is None


def test_ideas_without_programs_are_dropped_and_bad_counts_refused() -> None:
    assert grid([3, 0, 2], [1, 0, 2]).programs.tolist() == [3, 2]
    with pytest.raises(ValueError, match="between"):
        grid([3], [4])


def test_the_histogram_counts_and_its_null_is_the_mean_over_all_deals() -> None:
    item, settled = grid([3, 3], [3, 1]), grid([3, 3], [0, 0])
    found = histogram([item, settled], bins=3, seed=1, shuffles=20_000)
    assert found is not None
    assert found.edges == pytest.approx((0, 1 / 3, 2 / 3, 1))
    # The problem passes 4 of 6, its ideas 3 of 3 and 1 of 3; a rate on an edge belongs to the bin above it.
    assert found.problems == (0.0, 0.0, 1.0)
    assert found.ideas == (0.0, 0.5, 0.5)
    deals = list(itertools.combinations(range(6), 4))
    expected = np.zeros(3)
    for deal in deals:
        for passed in (sum(p < 3 for p in deal), sum(p >= 3 for p in deal)):
            expected[min(passed, 2)] += 1 / (2 * len(deals))
    assert found.null == pytest.approx(expected, abs=0.01)
    assert all(low <= mean <= high for low, mean, high in zip(found.null_low, found.null, found.null_high, strict=True))
    assert histogram([settled]) is None
    with pytest.raises(ValueError, match="at least one bin"):
        histogram([item], bins=0)
