"""The strategies that are built in, in the order of `cotbench list strategies`."""

from __future__ import annotations

from cotbench.strategies.entry import StrategyEntry
from cotbench.strategies.paper_entries import PAPER_ENTRIES
from cotbench.strategies.prompted_entries import PROMPTED_ENTRIES
from cotbench.strategies.search_entries import SEARCH_ENTRIES

_ENTRIES = (*PAPER_ENTRIES, *SEARCH_ENTRIES, *PROMPTED_ENTRIES)


def strategy_entries() -> tuple[StrategyEntry, ...]:
    """Return every strategy that is built in."""
    return _ENTRIES
