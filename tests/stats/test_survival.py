"""Survival against sums written out, independence against dependence, and a bootstrap done problem by problem."""

from __future__ import annotations

import numpy as np
import pytest

from cotbench.stats.survival import survival


def test_worked_values() -> None:
    # Two problems of 4 and 2 attempts: 4 → 2 → 1 and 2 → 2 → 0 alive.
    first, second = survival([4, 2], [[2, 1], [2, 0]])
    assert (first.alive, first.rate, first.product) == pytest.approx((0.75, 0.75, 0.75))
    assert first.excess == pytest.approx(0.0)
    # Alive after both: (1/4 + 0/2)/2; the second stage's rates are 1/2 and 0/2.
    assert second.alive == pytest.approx(0.125)
    assert second.rate == pytest.approx(0.25)
    assert second.product == pytest.approx(0.75 * 0.25)
    assert second.excess == pytest.approx(0.125 - 0.1875)
    assert second.excess_low is None and second.excess_high is None


def test_a_problem_where_nothing_is_left_has_no_say_in_later_rates() -> None:
    _, second = survival([2, 2], [[0, 0], [2, 1]])
    assert second.rate == pytest.approx(0.5)
    assert second.alive == pytest.approx(0.25)
    assert second.product == pytest.approx(0.25)
    dead = survival([3], [[0, 0]])
    assert dead[1].rate is None
    assert dead[1].product == 0.0


def test_stages_without_connection_have_no_excess_and_easy_problems_make_one() -> None:
    # Every pair of rates (a, b) once: the stages are independent over problems by construction.
    rates = [0.2, 0.4, 0.6, 0.8, 1.0]
    independent = [(round(50 * a), round(50 * a * b)) for a in rates for b in rates]
    stage = survival([50] * 25, independent)[1]
    assert stage.excess == pytest.approx(0.0, abs=1e-12)
    assert stage.excess_low is not None and stage.excess_high is not None
    assert stage.excess_low < 0 < stage.excess_high
    together = [(round(50 * a), round(50 * a * a)) for a in rates for _ in rates]
    stage = survival([50] * 25, together)[1]
    # E[a²] − E[a]² = 0.08 for these five rates.
    assert stage.excess == pytest.approx(0.08)
    assert stage.excess_low is not None and stage.excess_low > 0


def test_limits_are_those_of_resampled_problems() -> None:
    rng = np.random.default_rng(5)
    begun = np.full(30, 12)
    first = rng.binomial(begun, rng.uniform(0.3, 1.0, 30))
    alive = np.stack([first, rng.binomial(first, rng.uniform(0.1, 0.9, 30))], axis=1)
    stage = survival(begun, alive, draws=4000)[1]
    found = []
    for _ in range(4000):
        pick = rng.integers(30, size=30)
        left, before = alive[pick], begun[pick]
        second = [b / a for a, b in left if a]
        found.append(np.mean(left[:, 1] / before) - np.mean(left[:, 0] / before) * np.mean(second))
    assert stage.excess_low == pytest.approx(np.quantile(found, 0.025), abs=0.006)
    assert stage.excess_high == pytest.approx(np.quantile(found, 0.975), abs=0.006)


@pytest.mark.parametrize(
    ("begun", "alive"), [([], np.zeros((0, 1))), ([1], [[2]]), ([2], [[1, 2]]), ([0], [[0]]), ([2], [[-1]])]
)
def test_refuses_what_cannot_be(begun: list[int], alive: list[list[int]]) -> None:
    with pytest.raises(ValueError, match=r"stage|matrix"):
        survival(begun, alive)
