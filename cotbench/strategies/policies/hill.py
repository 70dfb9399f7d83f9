"""Hill climbing over programs (local search in the manner of ReLoc, arXiv 2508.07434, without its trained reward).

The first round makes `width` drafts, and the best of them that fails is stood on. Each further round makes `width`
repairs of the program that is stood on. The best of them is moved to if it passes more public cases, or as many and
behaves as no program did that was stood on since the draft. A round without a better one is a stall, a move sideways
included; after `patience` stalls, or where a repair passes, the search goes on at the next best draft, and after the
last one with new drafts. Nothing here is random.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from cotbench.strategies.policies.state import ROOT, Node, Settings, Tree


@dataclass(frozen=True, slots=True)
class Place:
    """Where the search stands: on which program, with which drafts left, after how many stalls in a row."""

    at: Node | None = None
    drafts: tuple[Node, ...] = ()
    stalls: int = 0
    seen: frozenset[str] = frozenset()

    def next_draft(self) -> Place:
        """Return the place at the best draft that is left."""
        if not self.drafts:
            return Place()
        first, *rest = self.drafts
        return Place(first, tuple(rest), 0, frozenset({first.behaviour}))


def hill(tree: Tree, settings: Settings, rng: random.Random) -> list[int]:
    """Return the program that is stood on, or the root, `width` times."""
    at = place_in(tree, settings.patience).at
    return [ROOT if at is None else at.id] * settings.width


def place_in(tree: Tree, patience: int) -> Place:
    """Return where a search stands that made this tree."""
    place = Place()
    for made in tree.rounds():
        if made[0].parent == ROOT:
            drafts = sorted((node for node in made if node.open), key=lambda node: -node.reward)
            place = Place(drafts=tuple(drafts)).next_draft()
        else:
            place = _moved(place, max(made, key=lambda node: node.reward), patience)
    return place


def _moved(place: Place, best: Node, patience: int) -> Place:
    if place.at is None or not best.open:
        return place.next_draft()
    better = best.reward > place.at.reward
    sideways = best.reward == place.at.reward and best.behaviour not in place.seen
    stalls = 0 if better else place.stalls + 1
    if stalls >= patience:
        return place.next_draft()
    at = best if better or sideways else place.at
    return Place(at, place.drafts, stalls, place.seen | {at.behaviour})
