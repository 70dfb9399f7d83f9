"""Strategies that change what the model is asked: other prompts and statements, reasoning kept from before."""

from __future__ import annotations

from cotbench.core.spec import ALL
from cotbench.strategies import diverse, plansteps, rewrite
from cotbench.strategies.diverse import Diverse, DiverseOptions
from cotbench.strategies.entry import PAPER, RunDefaults, StrategyEntry, entry
from cotbench.strategies.plansteps import PlanSteps, PlanStepsOptions
from cotbench.strategies.rewrite import Rewrite, RewriteOptions
from cotbench.strategies.shots import FOLDER as EXAMPLES

PROMPTED_ENTRIES: tuple[StrategyEntry, ...] = (
    entry(
        "diverse",
        "another role, other words, or a rarely proposed idea in each attempt",
        "1 call per attempt (way=verbalized: 1 + 1/ideas_per_list)",
        DiverseOptions,
        Diverse,
        diverse.calls,
        diverse.PRESETS,
        folders=("diverse", EXAMPLES, "ideasearch"),
    ),
    entry(
        "rewrite",
        "the statement in other words, checked with the public cases, and programs for it",
        "1 call per attempt, 1 + checks per rewriting",
        RewriteOptions,
        Rewrite,
        rewrite.calls,
        rewrite.PRESETS,
        folders=("rewrite", "repeated"),
    ),
    entry(
        "plansteps",
        "numbered steps first, then the program; or programs from every prefix of the steps",
        "2 calls per attempt (with branches: 1 call per attempt and 1 per plan)",
        PlanStepsOptions,
        PlanSteps,
        plansteps.calls,
        plansteps.PRESETS,
        finite=True,
        defaults={"paper": PAPER, "survival": RunDefaults(attempts=ALL)},
        folders=("plansteps", EXAMPLES),
    ),
)
