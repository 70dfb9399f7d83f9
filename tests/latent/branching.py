"""Adaptive branching on the simulated model, by going through every tree that there can be."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scipy.integrate import quad
from scipy.stats import beta

from cotbench.latent.ideas import shares
from cotbench.latent.mind import Mind

ROOT = -1


@dataclass(frozen=True)
class Program:
    """One program of a tree: its parent's place, its idea, and whether it passes the public and the hidden cases."""

    parent: int
    idea: int
    accepted: bool
    right: bool


Grown = tuple[Program, ...]


@functools.cache
def chance_first_is_smaller(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return P(A < B) for two Beta laws, by an integral."""
    # In the angle, where the densities have no poles.
    value, _ = quad(
        lambda t: beta.cdf(math.sin(t) ** 2, *a) * beta.pdf(math.sin(t) ** 2, *b) * 2 * math.sin(t) * math.cos(t),
        0,
        math.pi / 2,
    )
    return float(value)


def solved_by_branching(mind: Mind, attempts: int) -> float:
    """Return the chance that one of so many programs is right; at most two ways down may meet at a node."""
    return sum(chance for tree, chance in _trees(mind, attempts) if any(program.right for program in tree))


def _trees(mind: Mind, attempts: int) -> Iterator[tuple[Grown, float]]:
    if not attempts:
        yield (), 1.0
        return
    for tree, chance in _trees(mind, attempts - 1):
        for parent, chosen in _parents(tree, ROOT):
            for program, made in _programs(mind, tree, parent):
                yield (*tree, program), chance * chosen * made


def _programs(mind: Mind, tree: Grown, parent: int) -> Iterator[tuple[Program, float]]:
    weights: Sequence[float] = mind.idea_chances()
    if parent != ROOT:
        above, switch = tree[parent].idea, mind.ideas.model.switch
        others = shares(mind.ideas.plain(mind.temperature, without={above + 1}))
        weights = [switch * other + (1 - switch) * (idea == above) for idea, other in enumerate(others)]
    for idea, (weight, rate) in enumerate(zip(weights, mind.ideas.rates, strict=True)):
        missed = mind.ideas.share_accepted(idea + 1)
        yield Program(parent, idea, True, True), weight * rate
        yield Program(parent, idea, True, False), weight * (1 - rate) * missed
        yield Program(parent, idea, False, False), weight * (1 - rate) * (1 - missed)


def _parents(tree: Grown, at: int) -> Iterator[tuple[int, float]]:
    """Give the nodes at which the next program may be made, from this one down, with their chances."""
    children = [place for place, program in enumerate(tree) if program.parent == at]
    ways = [place for place in children if not tree[place].accepted]
    if not ways:
        yield at, 1.0
        return
    subtrees = [_subtree(tree, way) for way in ways]
    wider, deeper = _law(tree, children), _law(tree, [place for subtree in subtrees for place in subtree])
    down = chance_first_is_smaller(wider, deeper)
    yield at, 1 - down
    if len(ways) == 1:
        shared = [1.0]
    else:
        first, second = (_law(tree, subtree) for subtree in subtrees)
        shared = [chance_first_is_smaller(second, first), chance_first_is_smaller(first, second)]
    for way, share in zip(ways, shared, strict=True):
        for place, chance in _parents(tree, way):
            yield place, down * share * chance


def _subtree(tree: Grown, top: int) -> list[int]:
    below = [place for place, program in enumerate(tree) if program.parent == top]
    return [top, *(place for child in below for place in _subtree(tree, child))]


def _law(tree: Grown, places: Sequence[int]) -> tuple[float, float]:
    passed = sum(tree[place].accepted for place in places)
    return 0.5 + passed, 0.5 + len(places) - passed
