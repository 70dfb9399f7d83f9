"""Rankings against worked examples and brute force, and that nothing hidden can be reached from what they get."""

from __future__ import annotations

import dataclasses
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotbench.core.errors import ConfigurationError
from cotbench.core.problem import Entry, Problem, ProblemView
from cotbench.selectors import (
    SELECTORS,
    Candidate,
    Candidates,
    HiddenVerdicts,
    as_made,
    by_cluster,
    by_oracle,
    by_public,
    by_risk,
    selector_entry,
)

VIEW = ProblemView("p", "s", Entry("function", "f"), "", ())


def candidates(*attempts: Candidate | tuple[str, ...] | None) -> Candidates:
    """Make candidates of behaviours: None is an attempt without a program."""
    made = [
        Candidate(None, False) if one is None else one if isinstance(one, Candidate) else Candidate("code", True, one)
        for one in attempts
    ]
    return Candidates(VIEW, tuple(made))


REFUSED = Candidate("code", False, ("1", "9"))


def test_order_and_public_cases_decide() -> None:
    pool = candidates(None, REFUSED, ("1", "2"), ("1", "3"))
    assert as_made(pool)([3, 0, 1, 2]) == [3, 0, 1, 2]
    assert by_public(pool)([3, 0, 1, 2]) == [3, 2]
    assert by_public(pool)([0, 1]) == []


def test_the_largest_cluster_goes_first_and_each_has_its_turn() -> None:
    a, b, c = ("1", "2"), ("1", "3"), ("1", "error")
    pool = candidates(a, b, REFUSED, b, None, c, a, b, c)
    #                 0  1           3        5  6  7  8
    assert by_cluster(pool)(range(9)) == [1, 0, 5, 3, 6, 8, 7]
    # Of two clusters of a size the one that began earlier in the draw goes first.
    assert by_cluster(pool)([8, 0, 5, 6]) == [8, 0, 5, 6]
    assert by_cluster(pool)([0, 8, 5, 6]) == [0, 8, 6, 5]
    # The refused program behaves like nobody here, and is not submitted whatever happens.
    assert by_cluster(pool)([2, 4]) == []


def test_programs_that_were_not_watched_go_by_order() -> None:
    pool = candidates((), (), REFUSED, ())
    assert by_cluster(pool)([3, 2, 0, 1]) == by_risk(pool)([3, 2, 0, 1]) == [3, 0, 1]


def test_soft_agreement_prefers_the_middle_to_the_majority() -> None:
    # Two copies that agree with nobody else against three that agree pairwise on two of three inputs.
    pool = candidates(("9", "9", "9"), ("9", "9", "9"), ("1", "2", "8"), ("1", "7", "3"), ("1", "2", "3"))
    # Agreement with others, in inputs: 3 for the copies, 2 + 1, 2 + 1 and 2 + 2 for the rest.
    assert by_cluster(pool)(range(5))[0] == 0
    assert by_risk(pool)(range(5)) == [4, 0, 2, 3, 1]


def test_failing_alike_is_no_agreement() -> None:
    pool = candidates(("1", "error"), ("1", "error"), ("1", "5"), ("1", "5"))
    assert by_risk(pool)(range(4)) == [2, 0, 3, 1]


BEHAVIOURS = st.lists(
    st.tuples(*[st.sampled_from(["1", "2", "timeout"])] * 3) | st.none() | st.just(REFUSED), min_size=1, max_size=9
)


@given(BEHAVIOURS)
def test_risk_is_the_summed_loss(attempts: list[tuple[str, ...] | None]) -> None:
    """Shi et al. 2022, equation 2, with the share of inputs that differ as the loss, by brute force."""
    pool = candidates(*attempts)
    passers = [i for i, one in enumerate(pool.attempts) if one.code is not None and one.public]

    def risk(i: int) -> int:
        mine = pool.attempts[i].behaviour
        others = [pool.attempts[j].behaviour for j in passers if j != i]
        return sum(a != b or a == "timeout" for other in others for a, b in zip(mine, other, strict=True))

    ranked = by_risk(pool)(range(len(attempts)))
    assert sorted(ranked) == passers
    if passers:
        assert ranked[0] == min(passers, key=lambda i: (risk(i), i))


@given(BEHAVIOURS, st.integers(0, 10**6))
def test_every_ranking_submits_each_candidate_at_most_once(attempts: list[tuple[str, ...] | None], seed: int) -> None:
    pool = candidates(*attempts)
    drawn = random.Random(seed).sample(range(len(attempts)), random.Random(seed).randint(1, len(attempts)))
    for entry in SELECTORS.values():
        if entry.rank is not None:
            ranked = entry.rank(pool)(drawn)
            assert len(set(ranked)) == len(ranked)
            assert set(ranked) <= set(drawn)


def test_the_oracle_puts_the_right_ones_first() -> None:
    verdicts = HiddenVerdicts((False, True, False, True))
    assert by_oracle(verdicts)([0, 3, 2, 1]) == [3, 1, 0, 2]


def test_only_the_oracle_is_made_from_hidden_verdicts() -> None:
    assert [name for name, entry in SELECTORS.items() if entry.needs == "hidden"] == ["oracle"]
    assert SELECTORS["oracle"].rank is None
    assert {field.name for field in dataclasses.fields(Candidates)} == {"view", "attempts"}
    assert {field.name for field in dataclasses.fields(Candidate)} == {"code", "public", "behaviour"}


def reachable(start: object) -> list[object]:
    """Return everything that can be reached from an object: fields, items, and what functions closed over."""
    found: dict[int, object] = {}
    waiting = [start]
    while waiting:
        item = waiting.pop()
        if id(item) in found:
            continue
        found[id(item)] = item
        if dataclasses.is_dataclass(item) and not isinstance(item, type):
            waiting += [getattr(item, field.name) for field in dataclasses.fields(item)]
        elif isinstance(item, (list, tuple, set, frozenset)):
            waiting += item
        elif isinstance(item, dict):
            waiting += itertools.chain(item, item.values())
        else:
            waiting += [cell.cell_contents for cell in getattr(item, "__closure__", None) or ()]
            waiting += [owner] if (owner := getattr(item, "__self__", None)) is not None else []
    return list(found.values())


@pytest.mark.parametrize("name", [name for name, entry in SELECTORS.items() if entry.rank is not None])
def test_no_ranking_leads_to_a_problem_or_a_hidden_verdict(name: str) -> None:
    entry = selector_entry(name)
    assert entry.rank is not None
    ranking = entry.rank(candidates(("1",), None, REFUSED))
    everything = reachable(ranking)
    assert any(isinstance(item, Candidates) for item in everything) or name == "first"
    assert not any(isinstance(item, (Problem, HiddenVerdicts)) for item in everything)


def test_an_unknown_selector_is_named_with_near_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"no selector 'clusters'.*cluster"):
        selector_entry("clusters")
