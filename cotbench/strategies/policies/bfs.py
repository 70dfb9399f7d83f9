"""Breadth first with a beam (the search of Tree of Thoughts, Yao et al. 2023, arXiv 2305.10601, over whole programs).

Each round is a level: `width` repairs of each of the `beam` best programs of the level before (0: of all that fail).
Where a level has none that fails, `width` drafts begin another tree. Nothing here is random.
"""

from __future__ import annotations

import random

from cotbench.strategies.policies.state import ROOT, Settings, Tree


def bfs(tree: Tree, settings: Settings, rng: random.Random) -> list[int]:
    """Return the parents of the next level, `width` times each, the best first."""
    rounds = tree.rounds()
    failing = sorted((node for node in rounds[-1] if node.open), key=lambda node: -node.reward) if rounds else []
    kept = failing[: settings.beam] if settings.beam else failing
    return [parent for parent in ([node.id for node in kept] or [ROOT]) for _ in range(settings.width)]
