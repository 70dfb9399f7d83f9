"""The fit of difficulty against simulated truth, brute force likelihood and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import betabinom

from cotbench.stats.extrapolation import Difficulty, fit_difficulty, fit_power_law, predict


def drawn(zero: float, alpha: float, beta: float, problems: int, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rates = rng.beta(alpha, beta, problems) * (rng.random(problems) >= zero)
    return np.full(problems, n), rng.binomial(n, rates)


def test_pass_at_k_of_known_distributions() -> None:
    # Uniform success rates: E[1 − (1−p)^k] = k / (k+1).
    np.testing.assert_allclose(Difficulty(0.25, 1.0, 1.0, 0.0).pass_at_k([0, 1, 9]), [0, 0.75 / 2, 0.75 * 0.9])


def test_the_likelihood_is_that_of_the_mixture_and_its_maximum_is_found() -> None:
    n, c = drawn(0.2, 0.6, 1.5, 200, 20, seed=2)
    fit = fit_difficulty(n, c)

    def likelihood(zero: float, alpha: float, beta: float) -> float:
        mass = (1 - zero) * betabinom.pmf(c, n, alpha, beta) + zero * (c == 0)
        return float(np.log(mass).sum())

    best = likelihood(fit.zero, fit.alpha, fit.beta)
    assert fit.log_likelihood == pytest.approx(best)
    rng = np.random.default_rng(0)
    for factors in np.exp(rng.normal(0, 0.3, (300, 2))):
        zero = min(0.99, max(0.0, fit.zero + rng.normal(0, 0.1)))
        assert likelihood(zero, fit.alpha * factors[0], fit.beta * factors[1]) <= best + 1e-4


def test_intervals_cover_the_truth() -> None:
    truth = Difficulty(0.15, 0.5, 1.2, 0.0)
    expected = float(truth.pass_at_k(200))
    hits = 0
    for seed in range(8):
        n, c = drawn(truth.zero, truth.alpha, truth.beta, 164, 20, seed=100 + seed)
        found = predict(n, c, 200)
        assert found.low <= found.estimate <= found.high
        hits += found.low <= expected <= found.high
    # 95 % nominal: fewer than 6 of 8 has chance 0.006.
    assert hits >= 6


def test_the_limits_are_where_the_profile_has_dropped_by_half_of_chi_squared() -> None:
    n, c = drawn(0.0, 1.0, 2.0, 80, 10, seed=4)
    fit, found = fit_difficulty(n, c), predict(n, c, 50)

    def profile(value: float) -> float:
        best = -np.inf
        for alpha in np.geomspace(0.2, 8, 70):
            for beta in np.geomspace(0.3, 30, 70):
                reached = float(Difficulty(0.0, alpha, beta, 0.0).pass_at_k(50))
                if value < reached:
                    zero = 1 - value / reached
                    mass = (1 - zero) * pmf(alpha, beta) + zero * (values == 0)
                    best = max(best, float(weights @ np.log(mass)))
        return best

    values, weights = np.unique(c, return_counts=True)

    def pmf(alpha: float, beta: float) -> np.ndarray:
        return np.asarray(betabinom.pmf(values, 10, alpha, beta))

    for limit in (found.low, found.high):
        if limit < 1.0:
            assert fit.log_likelihood - profile(limit) == pytest.approx(1.92, abs=0.2)


def test_power_law_through_its_own_points() -> None:
    ks = np.array([1, 2, 5, 10, 100])
    law = fit_power_law(ks, np.exp(-2.0 * ks**-0.4))
    assert law is not None
    assert (law.a, law.b) == (pytest.approx(-2.0), pytest.approx(-0.4))
    assert law.pass_at_k(1000) == pytest.approx(np.exp(-2.0 * 1000**-0.4))
    assert fit_power_law([1, 2], [0.0, 0.5]) is None


@pytest.mark.parametrize(
    ("n", "c", "message"),
    [
        ([10], [3], "two problems"),
        ([10, 10], [0, 0], "no attempt passed"),
        ([10, 10], [3, 11], "between"),
        ([10, 10], [3], "length"),
        ([10.5, 10.0], [3, 1], "whole"),
    ],
)
def test_what_cannot_be_fitted_is_refused(n: list[int], c: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_difficulty(n, c)
