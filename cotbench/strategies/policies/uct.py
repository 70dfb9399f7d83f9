"""Upper confidence bounds on trees (Kocsis & Szepesvári 2006; the fair part of LATS, Zhou et al. 2023, 2310.04406).

From the root down, a node with fewer than `width` children gets another one; below others, the search goes to the
child with the largest

    mean reward of its subtree + explore · sqrt(ln(size of the parent's subtree) / size of its subtree),

the first of equals. A child that passes is no way down; where all pass, the node gets one child more. Of `at_once`
choices in one round each takes those before it for programs with reward 0, so that they differ.

Where LATS differs: it asks the model for a value, too, and it ends by hidden tests. Here every program is run when it
is made, so that none is unvisited. Nothing here is random.
"""

from __future__ import annotations

import math
import random

from cotbench.strategies.policies.state import ROOT, Node, Settings, Tree


def uct(tree: Tree, settings: Settings, rng: random.Random) -> list[int]:
    """Return `at_once` parents."""
    chosen: list[int] = []
    above = {node.id: node.parent for node in tree.nodes}
    sizes = {node.id: 0 for node in tree.nodes}
    sums = dict.fromkeys(sizes, 0.0)
    for node in tree.nodes:
        _add(node.id, node.reward, above, sizes, sums)
    for _ in range(settings.at_once):
        parent = _down(tree, settings, chosen, sizes, sums)
        chosen.append(parent)
        _add(parent, 0.0, above, sizes, sums)
    return chosen


def _add(node: int, reward: float, above: dict[int, int], sizes: dict[int, int], sums: dict[int, float]) -> None:
    """Count a program at a node and at all nodes above it."""
    while node != ROOT:
        sizes[node] += 1
        sums[node] += reward
        node = above[node]


def _down(tree: Tree, settings: Settings, chosen: list[int], sizes: dict[int, int], sums: dict[int, float]) -> int:
    at = ROOT
    while True:
        children = tree.children(at)
        ways = [child for child in children if child.open]
        if len(children) + chosen.count(at) < settings.width or not ways:
            return at
        whole = sizes[at] if at != ROOT else len(tree.nodes) + len(chosen)

        def bound(child: Node, whole: int = whole) -> float:
            size = sizes[child.id]
            return sums[child.id] / size + settings.explore * math.sqrt(math.log(whole) / size)

        at = max(ways, key=bound).id
