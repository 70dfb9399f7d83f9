"""The Pareto front: runs that no other run beats in both, problems solved and what was spent on them.

Point values of whole runs on the common problems decide; intervals are elsewhere. A run is dominated if another one
solved at least as many problems for at most the same cost, and one of the two is strictly better.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cotbench.analysis.cost import Cost


@dataclass(frozen=True, slots=True)
class Frontier:
    """Runs by one kind of cost: `front` in order of cost, and each dominated run with the runs that dominate it.

    `costs` are totals over the common problems; `unknown` runs have none.
    """

    by: str
    front: tuple[str, ...]
    dominated: Mapping[str, tuple[str, ...]]
    costs: Mapping[str, float]
    solved: Mapping[str, int]
    unknown: tuple[str, ...]


_MEASURES: dict[str, Callable[[Cost], float | None]] = {
    "tokens": lambda cost: cost.tokens,
    "usd": lambda cost: cost.usd,
}


def frontiers(names: Sequence[str], costs: Sequence[Cost]) -> tuple[Frontier, ...]:
    """Return the front for tokens and for money; a kind of cost that is unknown, or 0, for all runs is left out."""
    found: list[Frontier] = []
    for by, measure in _MEASURES.items():
        spent = {name: value for name, cost in zip(names, costs, strict=True) if (value := measure(cost)) is not None}
        if not any(spent.values()):
            continue
        solved = {name: cost.solved for name, cost in zip(names, costs, strict=True) if name in spent}
        dominated = {
            name: better
            for name in spent
            if (better := tuple(other for other in spent if _dominates(other, name, spent, solved)))
        }
        front = sorted((name for name in spent if name not in dominated), key=lambda name: (spent[name], solved[name]))
        unknown = tuple(name for name in names if name not in spent)
        found.append(Frontier(by, tuple(front), dominated, spent, solved, unknown))
    return tuple(found)


def _dominates(one: str, other: str, spent: Mapping[str, float], solved: Mapping[str, int]) -> bool:
    no_worse = spent[one] <= spent[other] and solved[one] >= solved[other]
    return no_worse and (spent[one] < spent[other] or solved[one] > solved[other])
