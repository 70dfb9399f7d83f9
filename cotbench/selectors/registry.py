"""The selectors by name, and what each needs to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from cotbench.core.errors import ConfigurationError, near_matches
from cotbench.selectors.candidates import Candidates, Ranking
from cotbench.selectors.cluster import by_cluster
from cotbench.selectors.mbr import by_risk
from cotbench.selectors.orders import as_made, by_public

Needs = Literal["order", "public", "behaviour", "model", "hidden"]
"""What a selector is told beyond the programs; each but the last also knows what those before it know."""


@dataclass(frozen=True, slots=True)
class SelectorEntry:
    """A selector: `rank` makes its ranking, None where that takes a model or hidden verdicts."""

    name: str
    summary: str
    needs: Needs
    rank: Callable[[Candidates], Ranking] | None = None


SELECTORS: Mapping[str, SelectorEntry] = {
    entry.name: entry
    for entry in (
        SelectorEntry("first", "attempts in the order in which they were made", "order", as_made),
        SelectorEntry("public", "those that pass the public cases, by order", "public", by_public),
        SelectorEntry("cluster", "one of each behaviour, the most frequent first", "behaviour", by_cluster),
        SelectorEntry("mbr", "those that agree most with the others, input by input", "behaviour", by_risk),
        SelectorEntry("codet", "those that agree with tests that the model writes", "model"),
        SelectorEntry("pairwise", "clusters in pairs, on inputs that tell them apart", "model"),
        SelectorEntry("oracle", "those that pass the hidden cases: the bound", "hidden"),
    )
}


def selector_entry(name: str) -> SelectorEntry:
    """Return the selector of that name. Raises ConfigurationError with near matches."""
    entry = SELECTORS.get(name)
    if entry is None:
        raise ConfigurationError(f"there is no selector {name!r}", hint=near_matches(name, SELECTORS))
    return entry
