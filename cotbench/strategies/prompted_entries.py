"""Strategies that change what the model is asked: other prompts and statements, reasoning kept from before."""

from __future__ import annotations

from cotbench.core.spec import ALL
from cotbench.strategies import diverse, meta, plansteps, rewrite, star
from cotbench.strategies.diverse import Diverse, DiverseOptions
from cotbench.strategies.entry import PAPER, RunDefaults, StrategyEntry, entry
from cotbench.strategies.meta import Meta, MetaGroundwork, MetaOptions
from cotbench.strategies.plansteps import PlanSteps, PlanStepsOptions
from cotbench.strategies.rewrite import Rewrite, RewriteOptions
from cotbench.strategies.shots import FOLDER as EXAMPLES
from cotbench.strategies.star import Star, StarOptions
from cotbench.strategies.star_rounds import StarGroundwork

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
    entry(
        "meta",
        "reasoning templates that the model writes for the benchmark, and draws under each",
        "1 call per attempt, and 1 before the run",
        MetaOptions,
        Meta,
        meta.calls,
        meta.PRESETS,
        supply=Meta,
        donor=lambda options: None,
        groundwork=lambda options, material: MetaGroundwork(options),
        ground_calls=meta.ground_calls,
    ),
    entry(
        "star",
        "reasoning that worked on other problems of the benchmark, shown before the question",
        "1 call per attempt; before the run up to (1 + hints) × rounds × pool",
        StarOptions,
        Star,
        star.calls,
        star.PRESETS,
        folders=("star", EXAMPLES, "backtranslate"),
        one_prompt=True,
        supply=Star,
        donor=star.donor,
        groundwork=StarGroundwork,
        ground_calls=star.ground_calls,
    ),
)
