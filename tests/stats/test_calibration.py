"""Calibration against sums written out, properties of the scores, and Wilson's interval from scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from cotbench.stats.calibration import calibration


def test_worked_values() -> None:
    found = calibration([0.1, 0.15, 0.9, 1.0], [False, True, True, True], ["a", "a", "b", "c"], bins=2)
    low, high = found.bins
    assert (low.statements, low.problems, low.stated, low.right) == (2, 1, pytest.approx(0.125), 0.5)
    assert (high.statements, high.problems, high.stated, high.right) == (2, 2, pytest.approx(0.95), 1.0)
    assert found.error.value == pytest.approx((2 * 0.375 + 2 * 0.05) / 4)
    assert found.brier.value == pytest.approx((0.01 + 0.7225 + 0.01 + 0.0) / 4)
    assert found.base == pytest.approx(0.75 * 0.25)
    assert (found.statements, found.problems) == (4, 3)
    assert found.error.low is None and found.brier.high is None


def test_a_bin_counts_its_problems_as_trials() -> None:
    found = calibration([0.3] * 20, [True, False] * 10, list(range(10)) * 2)
    wilson = binomtest(5, 10).proportion_ci(method="wilson")
    assert found.bins[0].interval.low == pytest.approx(wilson.low)
    assert found.bins[0].interval.high == pytest.approx(wilson.high)


def test_statements_that_come_true_are_calibrated_and_others_are_found_out() -> None:
    rng = np.random.default_rng(7)
    stated = rng.uniform(size=20_000)
    problems = rng.integers(400, size=stated.size)
    honest = calibration(stated, rng.uniform(size=stated.size) < stated, problems, draws=400)
    assert honest.error.value < 0.02
    # E[p(1 − p)] = 1/6 for uniform chances.
    assert honest.brier.value == pytest.approx(1 / 6, abs=0.005)
    boastful = calibration(stated, rng.uniform(size=stated.size) < stated / 2, problems, draws=100)
    # The mean gap is E[p/2] = 1/4.
    assert boastful.error.value == pytest.approx(0.25, abs=0.01)


def test_intervals_of_the_brier_score_cover_its_truth() -> None:
    rng = np.random.default_rng(3)
    covered = 0
    for study in range(200):
        # Chances cluster by problem: each has one chance for its ten statements, so E[p(1 − p)] is still 1/6.
        stated = np.repeat(rng.uniform(size=60), 10)
        score = calibration(
            stated, rng.uniform(size=600) < stated, np.repeat(np.arange(60), 10), seed=study, draws=300
        ).brier
        assert score.low is not None and score.high is not None
        covered += score.low < 1 / 6 < score.high
    assert 180 <= covered <= 199


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.integers(0, 6)), min_size=1, max_size=30), st.integers(1, 12)
)
def test_scores_are_what_their_definitions_say(rows: list[tuple[float, bool, int]], bins: int) -> None:
    stated, right, problems = (list(column) for column in zip(*rows, strict=True))
    found = calibration(stated, right, problems, bins=bins, draws=20)
    assert found.brier.value == pytest.approx(np.mean([(p - r) ** 2 for p, r, _ in rows]))
    gaps = 0.0
    for number in range(bins):
        inside = [(p, r) for p, r, _ in rows if min(int(p * bins), bins - 1) == number]
        gaps += abs(sum(r for _, r in inside) - sum(p for p, _ in inside)) / len(rows)
    assert found.error.value == pytest.approx(gaps)
    assert sum(part.statements for part in found.bins) == len(rows)


def test_refuses_what_is_no_chance() -> None:
    for stated, right, problems in (([1.2], [True], [0]), ([float("nan")], [True], [0])):
        with pytest.raises(ValueError, match="between 0 and 1"):
            calibration(stated, right, problems)
    with pytest.raises(ValueError, match="not empty"):
        calibration([], [], [])
