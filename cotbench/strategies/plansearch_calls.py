"""How many calls a PlanSearch tree takes: the arithmetic of its layers, without asking anything."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from cotbench.core.message import assistant, user
from cotbench.core.problem import ProblemView
from cotbench.strategies.planning import (
    ITEM_WORDS,
    OPEN_WORDS,
    OUTLINE_WORDS,
    PlannedCalls,
    filler,
    planned_lists,
    planned_programs,
    planned_thoughts,
    tokens_of,
)
from cotbench.strategies.plansearch import PlanSearchOptions
from cotbench.strategies.prompting import prompt, render

USUAL_SHARE = 0.4
"""Of the observations that a deeper node may list, so many are usual (Wang et al. 2024: 3 to 6 of up to 10)."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a tree: nodes asked for observations, new nodes, and how many observations these carry."""

    parents: int
    nodes: int
    observations: float


def calls(
    options: PlanSearchOptions, view: ProblemView, attempts: int | None, *, full: bool
) -> tuple[PlannedCalls, ...]:
    """Return the calls of a unit; every list is taken to be readable and all its observations to be new."""
    layers = list(_layers(options, attempts, full=full))
    forks = 2 if options.critique else 1
    nodes = sum(layer.nodes for layer in layers)
    programs = nodes * forks if attempts is None else attempts
    # A tree that is too small is drawn from again, so ideas are one per program, or one per pair of them.
    ideas = -(-programs // forks)
    fixes = programs - ideas
    carried = round(sum(layer.nodes * layer.observations for layer in layers) / nodes)
    words = options.words
    plan = filler(words or OPEN_WORDS)
    observations = [filler(ITEM_WORDS)] * carried
    criticise = prompt("plansearch/criticise", view, idea=plan, words=words)
    fix = (*criticise, assistant(plan), user(render("plansearch/fix", view, words=words)))
    outline = prompt("plansearch/pseudocode", view, plan=plan)
    plan = filler(OUTLINE_WORDS) if options.pseudocode else plan
    steps = [
        *_observing(options, view, layers),
        planned_thoughts(
            "idea", ideas, prompt("plansearch/idea", view, observations=observations, words=words), words=words
        ),
        planned_thoughts("critique", fixes, criticise, words=words),
        planned_thoughts("fix", fixes, fix, words=words),
        PlannedCalls("pseudocode", programs if options.pseudocode else 0, outline, tokens_of(OUTLINE_WORDS)),
        planned_programs(programs, prompt("plansearch/code", view, plan=plan)),
    ]
    return tuple(step for step in steps if step.count)


def _observing(options: PlanSearchOptions, view: ProblemView, layers: list[Layer]) -> Iterator[PlannedCalls]:
    above = 0.0
    for number, layer in enumerate(layers, start=1):
        template = "plansearch/observe" if number == 1 else "plansearch/observe_further"
        known = [filler(ITEM_WORDS)] * round(above)
        messages = prompt(template, view, count=options.observations, observations=known)
        yield planned_lists("observe", layer.parents, messages, items=options.observations)
        above = layer.observations


def _layers(options: PlanSearchOptions, attempts: int | None, *, full: bool) -> Iterator[Layer]:
    """Yield the layers that are needed for so many attempts."""
    forks = 2 if options.critique else 1
    parents, tree, above = 1, 0, 0.0
    for number in range(1, options.depth + 1):
        listed = options.observations if full or number == 1 else math.ceil(USUAL_SHARE * options.observations)
        sizes = {size: math.comb(listed, size) for size in range(min(listed, options.subset_size) + 1)}
        # Below the first layer the empty subset is the node above it, which is there already.
        counted = {size: count for size, count in sizes.items() if size or number == 1}
        new = sum(counted.values())
        mean = sum(size * count for size, count in counted.items()) / max(new, 1)
        above = mean + (above if options.accumulate else 0.0)
        yield Layer(parents, parents * new, above)
        tree += parents * new
        parents *= new
        if attempts is not None and tree * forks >= attempts:
            return
