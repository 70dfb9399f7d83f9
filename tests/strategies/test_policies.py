"""Policies of tree search, each against choices worked out by hand or by another road."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotbench.strategies.policies import POLICIES, ROOT, Node, Settings, Tree, ab, bfs, hill, uct
from tests.latent.branching import chance_first_is_smaller

RNG = random.Random(0)


def tree(*nodes: tuple[int, float, int] | tuple[int, float, int, str]) -> Tree:
    """Return a tree of (parent, reward, round[, behaviour])."""
    return Tree(tuple(Node(place, *node) for place, node in enumerate(nodes, start=1)))


def test_bfs_goes_on_from_the_best_of_the_last_level() -> None:
    settings = Settings(width=2, beam=2)
    assert bfs(Tree(), settings, RNG) == [ROOT, ROOT]
    level = tree((0, 0.2, 0), (0, 0.5, 0), (0, 1.0, 0), (0, 0.5, 0))
    assert bfs(level, settings, RNG) == [2, 2, 4, 4]
    assert bfs(level, Settings(width=1, beam=0), RNG) == [2, 4, 1]
    solved = tree((0, 0.2, 0), (1, 1.0, 1))
    assert bfs(solved, settings, RNG) == [ROOT, ROOT]


def test_uct_takes_the_largest_bound() -> None:
    """Of 2: mean 0.5 of 3 programs; of 1: mean 0.6 of 1; 4 programs in all. explore decides."""
    grown = tree((0, 0.6, 0), (0, 0.1, 1), (2, 0.9, 2), (2, 0.5, 3))
    first = 0.6 + 0.1 * math.sqrt(math.log(4) / 1)
    second = 0.5 + 0.1 * math.sqrt(math.log(4) / 3)
    assert first > second
    assert uct(grown, Settings(width=2, explore=0.1), RNG) == [1]
    assert uct(grown, Settings(width=3), RNG) == [ROOT], "a node gets all of its children first"
    closed = tree((0, 1.0, 0), (0, 0.1, 1), (2, 0.9, 2), (2, 0.5, 3))
    # Below 2: 0.9 and 0.5 once each, so the better one.
    assert uct(closed, Settings(width=2), RNG) == [3]
    assert uct(tree((0, 1.0, 0), (0, 1.0, 0)), Settings(width=2), RNG) == [ROOT]


def test_uct_spreads_what_is_chosen_at_once() -> None:
    grown = tree((0, 0.5, 0), (0, 0.4, 1))
    assert uct(grown, Settings(width=2, explore=0.5, at_once=3), RNG) == [1, 2, 1]
    assert uct(Tree(), Settings(width=2, at_once=2), RNG) == [ROOT, ROOT]


def test_ab_goes_wider_as_often_as_its_laws_say() -> None:
    grown = tree((0, 0.5, 0), (0, 0.0, 1), (1, 0.75, 2), (1, 1.0, 3))
    draws = 4000
    rng = random.Random(7)
    found = Counter(parent for parent in ab(grown, Settings(at_once=draws), rng))
    # Root: own children 0.5 and 0; below: 0.5, 0, 0.75 and 1.
    deeper = chance_first_is_smaller((1.0, 2.0), (2.75, 2.25))
    assert abs(found[ROOT] / draws - (1 - deeper)) < 4 * math.sqrt(0.25 / draws)
    # Of the children: 1 with 0.5, 0.75 and 1 below it, 2 with 0.
    second = deeper * chance_first_is_smaller((2.75, 1.25), (0.5, 1.5))
    assert abs(found[2] / draws - second) < 4 * math.sqrt(second / draws)
    # At 1: own children 0.75 and 1, of which only 3 is a way down.
    first = (deeper - second) * (1 - chance_first_is_smaller((2.25, 0.75), (1.25, 0.75)))
    assert abs(found[1] / draws - first) < 4 * math.sqrt(first / draws)
    assert found[4] == 0 and found[3] > 0


def test_ab_makes_a_draft_where_no_way_leads_down() -> None:
    assert ab(Tree(), Settings(at_once=2), RNG) == [ROOT, ROOT]
    assert set(ab(tree((0, 1.0, 0), (0, 1.0, 1)), Settings(at_once=20), RNG)) == {ROOT}


def test_hill_climbs_walks_sideways_and_gives_up() -> None:
    settings = Settings(width=2, patience=2)
    assert hill(Tree(), settings, RNG) == [ROOT, ROOT]
    drafts = ((0, 0.2, 0, "a"), (0, 0.4, 0, "b"))
    assert hill(tree(*drafts), settings, RNG) == [2, 2]
    better = (*drafts, (2, 0.4, 1, "b"), (2, 0.6, 1, "c"))
    assert hill(tree(*better), settings, RNG) == [4, 4]
    sideways = (*better, (4, 0.6, 2, "d"), (4, 0.1, 2, "e"))
    assert hill(tree(*sideways), settings, RNG) == [5, 5]
    back = (*sideways, (5, 0.6, 3, "c"), (5, 0.6, 3, "d"))
    assert hill(tree(*back), settings, RNG) == [1, 1], "two stalls: the next best draft"
    solved = (*back, (1, 1.0, 4, ""), (1, 0.0, 4, "f"))
    assert hill(tree(*solved), settings, RNG) == [ROOT, ROOT], "no draft is left"
    again = (*solved, (0, 0.0, 5, "f"), (0, 0.0, 5, "g"))
    assert hill(tree(*again), settings, RNG) == [11, 11]


@given(st.data(), st.sampled_from(sorted(POLICIES)))
def test_every_policy_goes_on_for_ever_and_never_from_a_program_that_passes(data: st.DataObject, name: str) -> None:
    settings = Settings(
        data.draw(st.integers(1, 3)), data.draw(st.integers(0, 2)), 1.0, data.draw(st.integers(1, 3)),
        data.draw(st.integers(1, 3)),
    )  # fmt: skip
    grown = Tree()
    for number in range(6):
        parents = POLICIES[name](grown, settings, random.Random(number))
        assert parents
        assert parents == POLICIES[name](grown, settings, random.Random(number))
        assert all(parent == ROOT or grown.nodes[parent - 1].open for parent in parents)
        fresh = []
        for place, parent in enumerate(parents[:9], start=len(grown.nodes) + 1):
            reward = data.draw(st.sampled_from([0.0, 0.5, 1.0]))
            fresh.append(Node(place, parent, reward, number, data.draw(st.sampled_from("ab"))))
        grown = grown.grown(fresh)


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_a_policy_of_one_program_at_a_time_repairs_what_fails(name: str) -> None:
    settings = Settings(width=1, beam=1, patience=9)
    found = {POLICIES[name](tree((0, 0.0, 0, "a")), settings, random.Random(seed))[0] for seed in range(9)}
    assert found == ({ROOT, 1} if name == "ab" else {1})
