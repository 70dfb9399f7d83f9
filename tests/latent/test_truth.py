"""The closed forms against enumeration of everything that can happen, on models small enough for it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import pytest

from cotbench.latent import Truth
from cotbench.latent.ideas import Ideas, ideas_for
from cotbench.latent.parameters import model_parameters
from cotbench.latent.problems import latent_problem
from tests.latent import brute

MODEL = "sim/latent?ideas=3&follow=0.8&insight=0.7&tilt=5&seed=3&spread=0.1&polarity=0.3&accept=0.5&alpha=1"
HEAT = 1 / 0.8
PROBLEMS = 2


@pytest.fixture(scope="module")
def truth() -> Truth:
    return Truth.of(MODEL, f"latent?problems={PROBLEMS}", temperature=0.8)


def mean(of: Callable[[Ideas], float], model: str = MODEL) -> float:
    found = [ideas_for(model_parameters(model), latent_problem(1, number)) for number in range(PROBLEMS)]
    return sum(map(of, found)) / PROBLEMS


def test_the_example_is_not_degenerate() -> None:
    for number in range(PROBLEMS):
        ideas = ideas_for(model_parameters(MODEL), latent_problem(1, number))
        assert all(0.1 < rate < 0.9 for rate in ideas.rates)
        assert min(brute.powers(ideas, 1)) > 0.08
        assert {flag for kinds in ideas.accepted for flag in kinds} == {True, False}


@pytest.mark.parametrize("k", [1, 2, 4])
def test_repeated_and_ideasearch(truth: Truth, k: int) -> None:
    assert truth.repeated(k) == pytest.approx(mean(lambda ideas: brute.independent(brute.plain(ideas, HEAT), 4, k)))

    def by_idea(ideas: Ideas) -> float:
        weights = brute.powers(ideas, HEAT * 0.5)
        chance = sum(w * q for w, q in zip(weights, brute.coded(ideas, HEAT), strict=True))
        return brute.independent(chance, 4, k)

    assert truth.ideasearch(k) == pytest.approx(mean(by_idea))


@pytest.mark.parametrize(("size", "attempts", "k"), [(3, 3, 2), (2, 5, 1), (2, 5, 3), (3, 2, 2)])
def test_lists(truth: Truth, size: int, attempts: int, k: int) -> None:
    expected = mean(lambda ideas: brute.listed(ideas, HEAT, size, attempts, k))
    assert truth.listed(k, attempts=attempts, ideas_per_list=size) == pytest.approx(expected)


def test_a_list_is_no_longer_than_there_are_ideas(truth: Truth) -> None:
    assert truth.listed(2, attempts=4, ideas_per_list=9) == truth.listed(2, attempts=4, ideas_per_list=3)


@pytest.mark.parametrize(
    ("observations", "subset", "attempts", "k", "critique"),
    [
        (2, 2, 3, 2, False),
        (2, 2, 4, 4, False),
        (2, 1, 5, 3, False),
        (3, 1, 2, 1, False),
        (2, 1, 4, 2, True),
        (2, 0, 4, 3, True),
        (2, 1, 8, 3, True),
    ],
)
def test_trees(truth: Truth, observations: int, subset: int, attempts: int, k: int, critique: bool) -> None:
    expected = mean(lambda ideas: brute.tree(ideas, HEAT, observations, subset, attempts, k, critique))
    found = truth.plansearch(k, attempts=attempts, observations=observations, subset_size=subset, critique=critique)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(("k", "n"), [(1, 1), (4, 1), (5, 2), (5, 5)])
def test_n_at_k(truth: Truth, k: int, n: int) -> None:
    assert truth.selected(k, n) == pytest.approx(mean(lambda ideas: brute.selected(ideas, HEAT, k, n)))


def test_n_at_k_with_all_submitted_is_coverage(truth: Truth) -> None:
    assert truth.selected(5, 5) == pytest.approx(truth.repeated(5))
    assert truth.selected(1) == pytest.approx(truth.repeated(1))


@pytest.mark.parametrize("rounds", [0, 1, 3])
def test_repairs(truth: Truth, rounds: int) -> None:
    assert truth.repaired(rounds) == pytest.approx(mean(lambda ideas: brute.repaired(ideas, HEAT, rounds)))


def test_diversity(truth: Truth) -> None:
    def different(chances: list[float]) -> float:
        pairs = itertools.permutations(range(len(chances)), 2)
        return sum(chances[i] * chances[j] for i, j in pairs)

    assert truth.idea_diversity() == pytest.approx(mean(lambda ideas: different(brute.powers(ideas, HEAT))))
    by_behaviour = mean(lambda ideas: different(list(brute.behaviours(ideas, HEAT).values())))
    assert truth.behaviour_diversity() == pytest.approx(by_behaviour)

    def distinct(ideas: Ideas) -> float:
        chances = brute.behaviours(ideas, HEAT)
        draws = itertools.product(chances, repeat=4)
        return sum(math.prod(chances[kind] for kind in draw) * len(set(draw)) for draw in draws)

    assert truth.behaviours(4) == pytest.approx(mean(distinct))


def test_intraclass_correlation_is_the_correlation_of_two_programs_of_one_idea(truth: Truth) -> None:
    both = single = square = 0.0
    for number in range(PROBLEMS):
        ideas = ideas_for(model_parameters(MODEL), latent_problem(1, number))
        weights, right = brute.powers(ideas, HEAT * 0.5), brute.coded(ideas, HEAT)
        rate = sum(w * q for w, q in zip(weights, right, strict=True))
        both += sum(w * q * q for w, q in zip(weights, right, strict=True))
        single, square = single + rate, square + rate * rate
    # Cov(X, X') inside problems over Var(X) inside problems, both pooled.
    assert truth.intraclass_correlation() == pytest.approx((both - square) / (single - square))


def test_the_limits() -> None:
    certain = Truth.of("sim/latent?polarity=1", "latent?problems=20", temperature=1)
    assert certain.intraclass_correlation() == pytest.approx(1)
    same = Truth.of("sim/latent?polarity=0", "latent?problems=20", temperature=1)
    assert same.intraclass_correlation() == pytest.approx(0)
    for other in (same.ideasearch(3), same.listed(3, attempts=6), same.plansearch(3, attempts=7)):
        assert other == pytest.approx(same.repeated(3)), "if ideas do not matter, no search over them does"
    garbling = Truth.of("sim/latent?garble=0.25", "latent?problems=20", temperature=1)
    assert garbling.repeated(1) == pytest.approx(
        0.75 * Truth.of("sim/latent", "latent?problems=20", temperature=1).repeated(1)
    )
    assert math.isnan(Truth.of("sim/latent?rate=1", "latent?problems=2", temperature=1).intraclass_correlation())


def test_what_has_no_closed_form_is_refused(truth: Truth) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Truth.of(MODEL, "latent", temperature=0)
    garbling = Truth.of("sim/latent?garble=0.1", "latent?problems=2", temperature=1)
    refused: list[Callable[[], float]] = [
        lambda: garbling.listed(1, attempts=2),
        lambda: garbling.plansearch(1, attempts=2),
        lambda: garbling.repaired(1),
        lambda: truth.selected(1, 2),
        lambda: truth.listed(3, attempts=2),
        lambda: truth.plansearch(1, attempts=3, critique=True),
        lambda: truth.repeated(0),
    ]
    for ask in refused:
        with pytest.raises(ValueError):
            ask()
