"""Strategies that change what the model is asked: other prompts and statements, reasoning kept from before."""

from __future__ import annotations

from cotbench.strategies.entry import StrategyEntry

PROMPTED_ENTRIES: tuple[StrategyEntry, ...] = ()
