"""How many calls a PlanSearch tree takes: the arithmetic of its layers, without asking anything."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from cotbench.core.message import Message, assistant, user
from cotbench.core.problem import ProblemView
from cotbench.strategies.observing import chain_questions
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
from cotbench.strategies.plansearch_options import PlanSearchOptions
from cotbench.strategies.prompting import prompt, render
from cotbench.strategies.shots import examples_before

USUAL_SHARE = 0.4
"""Of the observations that a deeper node or a chain may list, so many are usual (Wang et al. 2024: 3 to 6 of 10)."""

REASONED = 4
"""How many times as long as the observations alone they are together with the reasoning that leads to them."""


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
    ideas = -(-programs // forks) if options.idea else 0
    fixes = programs - ideas if options.critique else 0
    carried = round(sum(layer.nodes * layer.observations for layer in layers) / nodes)
    words = options.words
    thought = filler(words or OPEN_WORDS)
    plan = thought if options.idea else None
    observations = [filler(ITEM_WORDS)] * carried
    criticise = prompt("plansearch/criticise", view, idea=thought, words=words)
    fix = (*criticise, assistant(thought), user(render("plansearch/fix", view, words=words)))
    outline = prompt("plansearch/pseudocode", view, plan=plan, observations=observations)
    plan = filler(OUTLINE_WORDS) if options.pseudocode else plan
    examples = examples_before("repeated/code", view, shots=options.shots, shown="program")
    steps = [
        *_observing(options, view, layers),
        planned_thoughts(
            "idea", ideas, prompt("plansearch/idea", view, observations=observations, words=words), words=words
        ),
        planned_thoughts("critique", fixes, criticise, words=words),
        planned_thoughts("fix", fixes, fix, words=words),
        PlannedCalls("pseudocode", programs if options.pseudocode else 0, outline, tokens_of(OUTLINE_WORDS)),
        planned_programs(programs, (*examples, *prompt("plansearch/code", view, plan=plan, observations=observations))),
    ]
    return tuple(step for step in steps if step.count)


def _observing(options: PlanSearchOptions, view: ProblemView, layers: list[Layer]) -> Iterator[PlannedCalls]:
    above = 0.0
    for number, layer in enumerate(layers, start=1):
        known = (filler(ITEM_WORDS),) * round(above)
        if options.observe == "chain":
            yield from _chain(options, view, layer.parents, number, known)
        else:
            template = "plansearch/observe" if number == 1 else "plansearch/observe_further"
            messages = prompt(template, view, count=options.observations, observations=known)
            yield planned_lists("observe", layer.parents, messages, items=options.observations)
        above = layer.observations


def _chain(
    options: PlanSearchOptions, view: ProblemView, count: int, layer: int, known: tuple[str, ...]
) -> Iterator[PlannedCalls]:
    """Yield the four turns of a chain; each is sent with all that was said before it."""
    listed = ITEM_WORDS * options.observations
    lengths = {"find": REASONED * listed, "list": listed, "filter": listed, "format": listed}
    conversation: tuple[Message, ...] = ()
    for turn, question in chain_questions(view, known, count=options.observations, layer=layer).items():
        conversation = (*conversation, user(question))
        yield PlannedCalls(turn, count, conversation, tokens_of(lengths[turn]), by="idea")
        conversation = (*conversation, assistant(filler(lengths[turn])))


def _layers(options: PlanSearchOptions, attempts: int | None, *, full: bool) -> Iterator[Layer]:
    """Yield the layers that are needed for so many attempts."""
    forks = 2 if options.critique else 1
    parents, tree, above = 1, 0, 0.0
    for number in range(1, options.depth + 1):
        # One structured call at the root gives as many as it was asked for; the chain leaves out what does not help.
        whole = full or (number == 1 and options.observe == "structured")
        listed = options.observations if whole else math.ceil(USUAL_SHARE * options.observations)
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
