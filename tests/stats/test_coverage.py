"""What intervals are worth: 500 studies of 164 problems with a simulated model whose truth is known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from cotbench.latent import Truth
from cotbench.stats.extrapolation import predict
from cotbench.stats.intervals import mean_intervals, wilson
from cotbench.stats.paired import difference_intervals
from cotbench.stats.passk import pass_at_k

STUDIES, PROBLEMS, ATTEMPTS = 500, 164, 20


@pytest.fixture(scope="module")
def truth() -> Truth:
    return Truth.of("sim/latent?seed=2", "latent?problems=1000", temperature=0.8)


@pytest.fixture(scope="module")
def passes(truth: Truth) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Passes of repeated sampling and of IdeaSearch, problems × studies; each study draws its own problems."""
    rng = np.random.default_rng(1)
    drawn = rng.integers(0, len(truth.minds), size=(PROBLEMS, STUDIES))
    # A rate of 1 is a sum of weights and may round to more.
    plain = np.clip([mind.plain for mind in truth.minds], 0, 1)
    by_idea = np.clip([mind.by_idea for mind in truth.minds], 0, 1)
    return rng.binomial(ATTEMPTS, plain[drawn]), rng.binomial(ATTEMPTS, by_idea[drawn])


@pytest.mark.parametrize("k", [1, 5, 10])
def test_intervals_over_problems_cover_the_truth(
    truth: Truth, passes: tuple[NDArray[np.int64], NDArray[np.int64]], k: int
) -> None:
    # The resamples depend on the seed and not on the values, so that one column's interval is that of its study alone.
    found = mean_intervals(pass_at_k(ATTEMPTS, passes[0], k), draws=2_000)
    assert {interval.method for interval in found} == {"bca"}
    assert 0.93 <= np.mean([interval.low <= truth.repeated(k) <= interval.high for interval in found]) <= 0.97


def test_pooled_attempts_do_not(truth: Truth, passes: tuple[NDArray[np.int64], NDArray[np.int64]]) -> None:
    pooled = [wilson(float(total), PROBLEMS * ATTEMPTS) for total in passes[0].sum(axis=0)]
    assert np.mean([interval.low <= truth.repeated(1) <= interval.high for interval in pooled]) < 0.6


@pytest.mark.parametrize("k", [1, 5, 10])
def test_paired_intervals_cover_the_true_difference(
    truth: Truth, passes: tuple[NDArray[np.int64], NDArray[np.int64]], k: int
) -> None:
    found = difference_intervals(pass_at_k(ATTEMPTS, passes[1], k) - pass_at_k(ATTEMPTS, passes[0], k))
    true = truth.ideasearch(k) - truth.repeated(k)
    assert 0.93 <= np.mean([interval.low <= true <= interval.high for interval in found]) <= 0.97


def test_extrapolation_to_ten_times_the_attempts_holds_the_truth(
    truth: Truth, passes: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> None:
    n = np.full(PROBLEMS, ATTEMPTS)
    found = [predict(n, passes[0][:, study], 200) for study in range(6)]
    assert sum(each.low <= truth.repeated(200) <= each.high for each in found) >= 5
    assert np.mean([each.estimate for each in found]) == pytest.approx(truth.repeated(200), abs=0.03)
