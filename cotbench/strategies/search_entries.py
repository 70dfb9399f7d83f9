"""Searches over programs: they look at what earlier programs did before the next one is written."""

from __future__ import annotations

from cotbench.strategies.entry import StrategyEntry

SEARCH_ENTRIES: tuple[StrategyEntry, ...] = ()
