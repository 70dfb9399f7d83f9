"""Searches over programs: they look at what earlier programs did before the next one is written."""

from __future__ import annotations

from cotbench.strategies import refine, staged, tree
from cotbench.strategies.entry import StrategyEntry, entry
from cotbench.strategies.refine import Refine, RefineOptions
from cotbench.strategies.staged import Staged, StagedOptions
from cotbench.strategies.tree import TreeOptions, TreeSearch

SEARCH_ENTRIES: tuple[StrategyEntry, ...] = (
    entry(
        "staged",
        "plain tries first; where all of them fail the public cases, plans",
        "1 call per attempt where a try passes, else up to 3 per attempt after the tries",
        StagedOptions,
        Staged,
        staged.calls,
        staged.PRESETS,
        folders=("staged", "refine", "repeated"),
    ),
    entry(
        "refine",
        "self-debug: programs are run on the public cases and repaired until they pass",
        "1 call per attempt (explain: up to 2)",
        RefineOptions,
        Refine,
        refine.calls,
        refine.PRESETS,
        folders=("refine", "repeated"),
    ),
    entry(
        "tree",
        "a tree of programs and repairs of them, grown by policy bfs, uct, ab or hill",
        "1 call per attempt",
        TreeOptions,
        TreeSearch,
        tree.calls,
        tree.PRESETS,
        folders=("refine", "repeated"),
    ),
)
