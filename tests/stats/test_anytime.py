"""Anytime curves against counting, a Kaplan-Meier estimate worked by hand, and scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import CensoredData, ecdf

from cotbench.stats.anytime import Searches, known_until, product_limit, resampled_weights, searches, unit_weights
from cotbench.stats.pseudo import anytime_intervals

NEVER = 0.0


def curve(units: Searches, costs: list[float]) -> list[float]:
    found: list[float] = product_limit(units, unit_weights(units)[None, :], np.array(costs, dtype=float))[0].tolist()
    return found


def test_without_cuts_it_is_the_mean_over_problems_of_the_share_solved() -> None:
    # Problem 0: two units, at 10 and never. Problem 1: at 30. Problem 2: never.
    units = searches([0, 0, 1, 2], [10, NEVER, 30, NEVER], [True, False, True, False], [False] * 4)
    assert curve(units, [5, 10, 29, 30, 1e9]) == pytest.approx([0, 1 / 6, 1 / 6, 1 / 2, 1 / 2])
    assert known_until(units) == float("inf")


def test_a_cut_unit_counts_until_its_cut() -> None:
    # By hand: at 10, 1 of 4 passes; at 20 one is cut; at 30, 1 of 2 passes; the last is cut at 40.
    units = searches(range(4), [10, 20, 30, 40], [True, False, True, False], [False, True, False, True])
    assert curve(units, [10, 20, 30, 40]) == pytest.approx([0.25, 0.25, 1 - 0.75 * 0.5, 1 - 0.75 * 0.5])
    assert known_until(units) == 40


def test_a_unit_cut_at_the_cost_of_a_pass_is_still_at_risk() -> None:
    units = searches([0, 1], [10, 10], [True, False], [False, True])
    assert curve(units, [10]) == pytest.approx([0.5])


def test_equals_scipys_estimate_for_one_unit_per_problem() -> None:
    rng = np.random.default_rng(7)
    cost = rng.integers(1, 40, 200).astype(float)
    passed = rng.random(200) < 0.6
    units = searches(np.arange(200), cost, passed, ~passed)
    grid = np.arange(1.0, 39.0)
    found = curve(units, grid.tolist())
    data = CensoredData(uncensored=cost[passed], right=cost[~passed])
    np.testing.assert_allclose(found, ecdf(data).cdf.evaluate(grid), atol=1e-12)


def test_intervals_cover_the_truth_under_a_budget() -> None:
    # Costs are exponential with mean 1, budgets uniform on [0, 4]: P(T <= 1) = 1 − 1/e.
    hits = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        need, budget = rng.exponential(1, 164), rng.uniform(0, 4, 164)
        passed = need <= budget
        units = searches(np.arange(164), np.minimum(need, budget), passed, ~passed)
        _, [limits] = anytime_intervals(units, [1.0], seed=seed, draws=300)
        hits += limits.low <= 1 - np.exp(-1) <= limits.high
    # 95 % nominal: fewer than 52 of 60 has chance 0.006.
    assert hits >= 52


def test_resampling_draws_problems_and_units_within_them() -> None:
    units = searches([0, 0, 1], [1, 2, 3], [True] * 3, [False] * 3)
    weights = resampled_weights(units, draws=4000, seed=1)
    by_problem = weights[:, 0] + weights[:, 1]
    np.testing.assert_allclose(by_problem + weights[:, 2], 2.0)
    # Twice problem 0: its two units share weight 2 as 0, 0.5 … 2, so one of them may be missing.
    twice = weights[by_problem == 2.0, 0]
    assert set(np.unique(twice)) == {0.0, 0.5, 1.0, 1.5, 2.0}
    assert np.mean(twice) == pytest.approx(1.0, abs=0.1)
    assert np.var(twice) == pytest.approx(4 * 0.25 / 4, abs=0.05)


def test_nothing_passes() -> None:
    units = searches([0, 1], [5, 5], [False, False], [True, True])
    assert curve(units, [1, 5]) == [0, 0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], [], [], []), "length"),
        (([0], [1, 2], [True], [False]), "length"),
        (([0], [1], [True], [True]), "either"),
        (([0], [-1], [True], [False]), "negative"),
        (([0], [float("nan")], [False], [True]), "finite"),
    ],
)
def test_bad_units_are_refused(arguments: tuple[list[float], ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        searches(*arguments)
