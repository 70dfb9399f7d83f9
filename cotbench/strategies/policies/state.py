"""The tree that policies look at: programs with their rewards, in the order in which they were made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

ROOT = 0
"""The problem itself; its children are drafts."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What policies can be told; each uses some of it. The options of `tree` say what they mean."""

    width: int = 3
    beam: int = 2
    explore: float = 1.0
    patience: int = 3
    at_once: int = 1


@dataclass(frozen=True, slots=True)
class Node:
    """One program: its number from 1, its parent's, the share of public cases it passes, and its round.

    `behaviour` is the same for two programs that gave the same on every public case.
    """

    id: int
    parent: int
    reward: float
    round: int
    behaviour: str = ""

    @property
    def open(self) -> bool:
        """Whether there is anything to repair."""
        return self.reward < 1.0


@dataclass(frozen=True, slots=True)
class Tree:
    """All programs so far. Parents stand before their children, and rounds one after the other."""

    nodes: tuple[Node, ...] = ()
    _children: dict[int, list[Node]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort the nodes by their parents."""
        children: dict[int, list[Node]] = {ROOT: []}
        for node in self.nodes:
            children[node.id] = []
            children[node.parent].append(node)
        object.__setattr__(self, "_children", children)

    def children(self, parent: int) -> list[Node]:
        """Return the children of a node or of the root, the first one first."""
        return self._children[parent]

    def below(self, node: Node) -> Iterator[Node]:
        """Give a node and all below it."""
        waiting = [node]
        while waiting:
            yield (last := waiting.pop())
            waiting += self._children[last.id]

    def rounds(self) -> list[list[Node]]:
        """Return the nodes of each round, the first round first."""
        found: dict[int, list[Node]] = {}
        for node in self.nodes:
            found.setdefault(node.round, []).append(node)
        return list(found.values())

    def grown(self, nodes: Iterable[Node]) -> Tree:
        """Return the tree with the nodes of one more round."""
        return Tree((*self.nodes, *nodes))
