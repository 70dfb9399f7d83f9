"""Policies of tree search: each says, from a tree of programs alone, which programs to go on from in the next round.

The tree is all of a policy's state, so that the same tree is always continued in the same way. `ROOT` in an answer
stands for a fresh draft; a program that is named twice gets two repairs. Programs that pass are never gone on from.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Protocol

from cotbench.strategies.policies.ab import ab
from cotbench.strategies.policies.bfs import bfs
from cotbench.strategies.policies.hill import hill
from cotbench.strategies.policies.state import ROOT, Node, Settings, Tree
from cotbench.strategies.policies.uct import uct


class Policy(Protocol):
    """Returns the parents of the next round's programs, at least one."""

    def __call__(self, tree: Tree, settings: Settings, rng: random.Random) -> list[int]: ...


POLICIES: Mapping[str, Policy] = {"bfs": bfs, "uct": uct, "ab": ab, "hill": hill}

__all__ = ["POLICIES", "ROOT", "Node", "Policy", "Settings", "Tree", "ab", "bfs", "hill", "uct"]
