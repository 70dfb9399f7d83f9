"""Adaptive branching (AB-MCTS-A, Inoue et al. 2025, arXiv 2503.04412): wider or deeper by Thompson sampling.

At each node, from the root down, a Beta law stands for "make a child here" and one for "go on below". One value is
drawn of each; if the first is not smaller, the node gets a child (of the root: a draft), else a value is drawn for each
child and the search goes to the largest. The laws begin at Beta(PRIOR, PRIOR) and take a reward r for r successes and
1 − r failures:

    make a child here   the rewards of the node's own children
    go on below         the rewards of all programs in the subtrees of its children
    a child             the rewards of all programs in its subtree

A child that passes is no way down, and counts for "make a child here" alone. A node without a way down gets a child.
`at_once` choices of one round are independent draws.

Where it differs from the authors' package `treequest`: random numbers are the unit's own, not those of the process; the
Gaussian laws, several models and the mixed models of AB-MCTS-M are left out.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from cotbench.strategies.policies.state import ROOT, Node, Settings, Tree

PRIOR = 0.5
"""Successes and failures that every law begins with (Jeffreys)."""


def ab(tree: Tree, settings: Settings, rng: random.Random) -> list[int]:
    """Return `at_once` parents."""
    return [_down(tree, rng) for _ in range(settings.at_once)]


def _down(tree: Tree, rng: random.Random) -> int:
    at = ROOT
    while True:
        children = tree.children(at)
        ways = [child for child in children if child.open]
        if not ways:
            return at
        below = [list(tree.below(child)) for child in ways]
        wider = _drawn(children, rng)
        deeper = _drawn((node for subtree in below for node in subtree), rng)
        if wider >= deeper:
            return at
        values = [_drawn(subtree, rng) for subtree in below]
        at = ways[values.index(max(values))].id


def _drawn(nodes: Iterable[Node], rng: random.Random) -> float:
    """Draw from the Beta law that these nodes' rewards lead to."""
    rewards = [node.reward for node in nodes]
    right = sum(rewards)
    return rng.betavariate(PRIOR + right, PRIOR + len(rewards) - right)
