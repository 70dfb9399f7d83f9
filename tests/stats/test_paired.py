"""Paired comparison: hand-worked p values, Holm by hand, intervals that are honest with few problems."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cotbench.stats.paired import (
    detectable_effect,
    difference_intervals,
    differing,
    holm,
    paired_differences,
    sign_flip_p,
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
def test_exact_p_is_the_share_of_sign_patterns_as_extreme(quarters: list[int]) -> None:
    values = np.array(quarters) / 4
    observed = abs(sum(quarters))
    sums = [
        abs(sum(s * d for s, d in zip(signs, quarters, strict=True)))
        for signs in itertools.product((-1, 1), repeat=len(quarters))
    ]
    expected = sum(total >= observed for total in sums) / len(sums)
    [(p, exact)] = sign_flip_p(values)
    assert exact
    assert p == pytest.approx(expected)


def test_with_wins_and_losses_only_it_is_mcnemar() -> None:
    # 9 won, 2 lost: twice P(Bin(11, ½) <= 2) = 2 · (1 + 11 + 55) / 2048
    [(p, exact)] = sign_flip_p(np.array([1.0] * 9 + [-1.0] * 2 + [0.0] * 100))
    assert exact
    assert p == pytest.approx(134 / 2048)
    assert p == pytest.approx(stats.binomtest(2, 11).pvalue)


def test_monte_carlo_agrees_with_the_binomial_and_never_gives_zero() -> None:
    mixed = np.array([1.0] * 24 + [-1.0] * 12)
    [(p, exact)] = sign_flip_p(mixed, seed=3)
    assert not exact
    assert p == pytest.approx(stats.binomtest(12, 36).pvalue, abs=0.01)
    assert sign_flip_p(mixed, seed=3) == sign_flip_p(mixed, seed=3)
    [(p, _)] = sign_flip_p(np.ones(60), flips=999)
    assert p == 1 / 1000


def test_no_difference_at_all_is_p_one() -> None:
    [found] = paired_differences(np.full((6, 1), 0.5), np.full((6, 1), 0.5))
    assert (found.p, found.exact, found.smallest_p, found.mean) == (1.0, True, 1.0, 0.0)
    assert found.interval.low < 0 < found.interval.high
    assert found.interval.low == pytest.approx(-found.interval.high)


def test_five_problems_cannot_reach_five_percent() -> None:
    [found] = paired_differences(np.ones((5, 1)), np.zeros((5, 1)))
    assert found.p == found.smallest_p == pytest.approx(2 / 32)
    assert found.mean == 1.0
    assert found.interval.low < 0.5
    assert found.interval.high == 1.0


def test_few_problems_use_agresti_min() -> None:
    # 3 won, 1 lost, 4 ties. Agresti and Min: add ½ to each cell of the 2×2 table, then Wald with N + 2.
    won, lost, total = 3.5, 1.5, 10.0
    centre = (won - lost) / total
    error = np.sqrt((won + lost) - (won - lost) ** 2 / total) / total
    [found] = difference_intervals(np.array([1, 1, 1, -1, 0, 0, 0, 0.0]))
    z = stats.norm.ppf(0.975)
    assert found.method == "agresti-min"
    assert (found.low, found.high) == pytest.approx((centre - z * error, centre + z * error))


def test_many_differing_problems_use_students_interval() -> None:
    rng = np.random.default_rng(8)
    first, second = rng.random(40), rng.random(40)
    gaps = first - second
    [found] = paired_differences(first, second, confidence=0.9)
    assert found.interval.method == "student"
    expected = stats.t.interval(0.9, 39, loc=gaps.mean(), scale=stats.sem(gaps))
    assert (found.interval.low, found.interval.high) == pytest.approx(expected)


def test_what_differs_is_counted_by_its_weight() -> None:
    signs = np.resize([1.0, -1.0], 30)
    won_and_lost = np.concatenate([signs[:8], np.zeros(292)])
    # One large difference among many tiny ones: (1 + 29/10⁴)² / (1 + 29/10⁸), means being near zero.
    one = np.concatenate([[1.0], signs[:29] / 100])
    assert differing(won_and_lost) == pytest.approx([8.0])
    assert differing(one - one.mean()) == pytest.approx([len(one) / stats.kurtosis(one, fisher=False)])
    assert differing(one)[0] < 1.2
    assert differing(np.stack([np.zeros(30), np.full(30, 0.3)], axis=1)).tolist() == [0.0, 0.0]


def test_agresti_min_gives_way_where_eight_problems_differ() -> None:
    signs = np.resize([1.0, -1.0], 8)
    methods = [difference_intervals(np.concatenate([signs[:count], np.zeros(156)]))[0].method for count in (6, 8)]
    assert methods == ["agresti-min", "student"]
    # All won but three: as little is known of the losses as where all but three are ties.
    rows = [np.ones(30), np.r_[np.ones(27), 0, 0, 0], np.full(30, 0.3) + 1e-15 * np.arange(30)]
    assert {found.method for found in difference_intervals(np.stack(rows, axis=1))} == {"agresti-min"}


def test_swapping_the_runs_mirrors_the_result() -> None:
    rng = np.random.default_rng(2)
    first, second = rng.random((9, 2)), rng.random((9, 2))
    for there, back in zip(paired_differences(first, second), paired_differences(second, first), strict=True):
        assert there.mean == pytest.approx(-back.mean)
        assert there.p == pytest.approx(back.p)
        assert there.interval.low == pytest.approx(-back.interval.high)


def test_holm_by_hand() -> None:
    # Sorted .01 .02 .03 .04, times 4 3 2 1: .04 .06 .06 .04, made monotone: .04 .06 .06 .06
    np.testing.assert_allclose(holm([0.03, 0.01, 0.04, 0.02]), [0.06, 0.04, 0.06, 0.06])
    assert holm([0.9, 0.8]).tolist() == [1.0, 1.0]
    assert holm([]).size == 0
    for bad in ([1.5], [float("nan")], [-0.1]):
        with pytest.raises(ValueError, match=r"\[0, 1\]"):
            holm(bad)


def test_detectable_effect_is_millers_formula() -> None:
    gaps = np.array([0.3, -0.1] * 50)
    # (1.959964 + 0.841621) · sd / √M
    assert detectable_effect(gaps) == pytest.approx(2.801585 * gaps.std(ddof=1) / 10, rel=1e-6)
    assert detectable_effect(np.array([0.4])) is None


def test_agreement_on_few_problems_promises_nothing() -> None:
    effect = detectable_effect(np.zeros(5))
    assert effect is not None
    # Padded with one discordant problem in seven: variance 1/7, error √(1/7/7).
    assert effect == pytest.approx(2.801585 / 7, rel=1e-6)
    # One tiny difference among 164 problems: variance 1.0001/166, all but exactly.
    effect = detectable_effect(np.r_[0.01, np.zeros(163)])
    assert effect == pytest.approx(2.801585 / 166, rel=1e-3)


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match="same shape"):
        paired_differences(np.zeros((3, 1)), np.zeros((4, 1)))


@pytest.mark.parametrize("problems", [5, 15, 50])
def test_covers_no_difference(problems: int) -> None:
    rng = np.random.default_rng(problems)
    hits, rounds = 0, 1000
    for _ in range(rounds):
        chance = rng.beta(0.3, 0.6, (problems, 1))
        gaps = (rng.random((problems, 4)) < chance).mean(axis=1) - (rng.random((problems, 4)) < chance).mean(axis=1)
        [found] = difference_intervals(gaps)
        hits += found.low <= 0 <= found.high
    assert hits / rounds >= 0.93
