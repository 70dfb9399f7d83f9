"""Values per problem of an anytime curve, and its intervals: against shares by hand, a jackknife, and simulated truth."""

from __future__ import annotations

import numpy as np
import pytest

from cotbench.stats.anytime import Searches, product_limit, searches, unit_weights
from cotbench.stats.intervals import mean_intervals, simultaneous_intervals, wilson
from cotbench.stats.pseudo import anytime_intervals, known_problems, over_at, values_at


def test_without_cuts_a_value_is_the_share_of_the_problems_units() -> None:
    units = searches([0, 0, 1, 2], [10, 30, 20, 40], [True, True, True, False], [False] * 4)
    assert values_at(units, [10, 20, 30, 50]).tolist() == [[0.5, 0.5, 1, 1], [0, 1, 1, 1], [0, 0, 0, 0]]
    assert over_at(units, [40, 41]).tolist() == [0, pytest.approx(1 / 3)]
    assert known_problems(units, [50]).tolist() == [3]


def test_a_cut_clouds_what_comes_after_it_only() -> None:
    # Costs 1 passes, 2 is cut, 3 passes, 4 ends: F(3) = 1 − 3/4 · 1/2.
    units = searches([0, 1, 2, 3], [1, 2, 3, 4], [True, False, True, False], [False, True, False, False])
    values = values_at(units, [2, 3])
    assert values[:, 0].tolist() == [1, 0, 0, 0]
    # Without each problem in turn: 1 − 1/2; 1 − 2/3 · 1/2; 1 − 2/3; 1 − 2/3 · 0.
    without = np.array([0.5, 2 / 3, 1 / 3, 1.0])
    assert values[:, 1] == pytest.approx(4 * 0.625 - 3 * without)
    assert known_problems(units, [2, 3]).tolist() == [4, 3]


def test_values_are_the_jackknife_of_the_curve() -> None:
    rng = np.random.default_rng(3)
    problem = np.repeat(np.arange(12), 2)
    cost, kind = rng.exponential(10, 24), rng.integers(0, 3, 24)
    units = searches(problem, cost, kind == 0, kind == 1)
    at = float(np.quantile(cost, 0.6))
    for left_out in range(12):
        kept = problem != left_out
        rest = searches(problem[kept], cost[kept], (kind == 0)[kept], (kind == 1)[kept])
        whole = product_limit(units, unit_weights(units)[None], np.array([at]))[0, 0]
        part = product_limit(rest, unit_weights(rest)[None], np.array([at]))[0, 0]
        assert values_at(units, [at])[left_out, 0] == pytest.approx(12 * whole - 11 * part)


def test_intervals_without_cuts_are_those_of_means() -> None:
    rng = np.random.default_rng(0)
    costs = np.array([2.0, 5.0, 9.0])
    cost = rng.exponential(5, 60)
    units = searches(np.arange(60), cost, cost < 8, np.zeros(60))
    values = (cost[:, None] <= costs) & (cost < 8)[:, None]
    centre, limits = anytime_intervals(units, costs, seed=4)
    assert centre == pytest.approx(values.mean(axis=0))
    assert limits == mean_intervals(values.astype(float), seed=4)
    _, band = anytime_intervals(units, costs, band="simultaneous", seed=4)
    assert band == simultaneous_intervals(values.astype(float), seed=4)


def test_few_problems_beyond_a_cut_get_wilsons_interval_on_those_known() -> None:
    units = searches([0, 1, 2, 3, 4], [1, 2, 3, 4, 5], [1, 0, 1, 0, 1], [0, 1, 0, 0, 0])
    centre, (early, late) = anytime_intervals(units, [2, 3])
    assert centre[1] == pytest.approx(1 - 4 / 5 * 2 / 3)
    assert early == wilson(1, 5)
    expected = wilson(4 * centre[1], 4)
    assert (late.low, late.high, late.method) == (expected.low, expected.high, "wilson")


def _studies(problems: int, rounds: int) -> list[Searches]:
    rng = np.random.default_rng(11)
    found = []
    for _ in range(rounds):
        solved, cap = rng.exponential(10, problems), rng.uniform(5, 40, problems)
        cut = solved > cap
        found.append(searches(np.arange(problems), np.where(cut, cap, solved), ~cut, cut))
    return found


def test_intervals_and_bands_cover_the_truth_under_a_budget() -> None:
    costs = np.array([8.0, 12.0, 18.0])
    truth = 1 - np.exp(-costs / 10)
    points, bands, rounds = np.zeros(3), 0, 100
    for units in _studies(60, rounds):
        _, limits = anytime_intervals(units, costs, draws=200)
        points += [i.low <= t <= i.high for i, t in zip(limits, truth, strict=True)]
        _, limits = anytime_intervals(units, costs, band="simultaneous", draws=200)
        bands += all(i.low <= t <= i.high for i, t in zip(limits, truth, strict=True))
    assert np.all(points / rounds >= 0.90)
    assert bands / rounds >= 0.92


def test_costs_must_ascend_and_be_known() -> None:
    units = searches([0, 1], [5, 7], [True, False], [False, True])
    with pytest.raises(ValueError, match="ascend"):
        values_at(units, [5, 5])
    with pytest.raises(ValueError, match="known up to 7 only"):
        anytime_intervals(units, [8])
