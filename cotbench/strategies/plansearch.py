"""PlanSearch (Wang et al. 2024, arXiv 2409.03733, section 4.3): search over combinations of observations.

Observations about the problem are asked for; every subset of at most `subset_size` of them (the empty one included)
is a node. At `depth` 2 each first-layer node yields further observations, whose subsets are nodes again. Every
distinct node of the tree becomes an idea in words; with `critique` the idea is then assumed to be wrong, criticised
and fixed, and the fixed idea is a second one (the paper's doubling). Each idea becomes code, through pseudocode if
asked for.

Where it differs: observations come from one structured call instead of a chain of four turns; no worked examples are
shown; with `accumulate` (the paper's text) a second-layer node also carries its first-layer observations, without it
(the authors' code) only its own. When fewer attempts are wanted than the tree has, first-layer nodes come first, each
layer in an order shuffled by the unit's seed, and layers that are not needed are never asked for; when more are wanted,
further ideas are drawn at the same nodes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import combinations
from typing import cast

from cotbench.core.attempt import Attempt, Step
from cotbench.core.message import assistant, user
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context
from cotbench.strategies.concurrent import in_order, merged, side_by_side
from cotbench.strategies.listing import ask_list
from cotbench.strategies.options import option
from cotbench.strategies.prompting import prompt, render
from cotbench.strategies.writing import thought, written


@dataclass(frozen=True, slots=True)
class PlanSearchOptions:
    """Shape of the tree and steps of the pipeline; the defaults are the cheap variant."""

    observations: int = cast(int, option(3, "observations asked for at each node", least=1))
    subset_size: int = cast(int, option(2, "largest subset of observations that becomes a node", least=0))
    depth: int = cast(int, option(1, "layers of observations", least=1))
    critique: bool = cast(bool, option(False, "criticise and fix every idea, which doubles the programs"))
    pseudocode: bool = cast(bool, option(False, "write pseudocode between idea and code"))
    accumulate: bool = cast(bool, option(True, "deeper nodes carry the observations above them"))
    words: int = cast(int, option(60, "length of a thought, in words; 0: any length", least=0))


PRESETS: dict[str, dict[str, int | float | str | bool | None]] = {
    "default": {},
    "paper": {"observations": 10, "subset_size": 2, "depth": 2, "critique": True, "pseudocode": True, "words": 0},
}


@dataclass(frozen=True, slots=True)
class Node:
    """A set of observations that an idea is derived from; `calls` are all calls that it took to find them."""

    label: str
    steps: tuple[Step, ...]
    calls: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The observations as they are shown to the model."""
        return tuple(step.text for step in self.steps)

    def placed(self, suffix: str = "") -> Place:
        """Return where in the unit this node's ideas are asked for."""
        return Place(self, f"{self.label}/{suffix}" if suffix else self.label)


@dataclass(frozen=True, slots=True)
class Place:
    """A node and the label of the context in which its idea is asked for."""

    node: Node
    label: str


@dataclass(frozen=True, slots=True)
class PlanSearch:
    """Observations → subsets → ideas → (critique) → (pseudocode) → code."""

    options: PlanSearchOptions
    name: str = "plansearch"

    async def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        """Yield the programs of the tree, at most `budget.attempts`."""
        wanted = ctx.budget.attempts
        forks = 2 if self.options.critique else 1
        seen: set[tuple[str, ...]] = set()
        tree: list[Node] = []
        layer = [Node("root", (), ())]
        for number in range(1, self.options.depth + 1):
            # The root is the empty subset of the first layer, so it is expanded before it becomes a plan.
            layer = _distinct(await self._expand(view, ctx, layer, number), seen)
            ctx.child(f"layer{number}").rng.shuffle(layer)
            tree += layer
            first = (len(tree) - len(layer)) * forks
            async with aclosing(self._plans(view, ctx, [node.placed() for node in layer], first)) as attempts:
                async for attempt in attempts:
                    yield attempt
            if wanted is not None and len(tree) * forks >= wanted:
                return
        # A tree that is too small is drawn from again, node by node: never are programs repeated to fill up.
        for again in range(1, 0 if wanted is None else -(-wanted // (len(tree) * forks))):
            ctx.note("tree drawn from again")
            places = [node.placed(f"again{again}") for node in tree]
            async with aclosing(self._plans(view, ctx, places, again * len(tree) * forks)) as attempts:
                async for attempt in attempts:
                    yield attempt

    async def _plans(
        self, view: ProblemView, ctx: Context, places: Sequence[Place], first: int
    ) -> AsyncGenerator[Attempt, None]:
        """Yield the programs of nodes, numbered from `first`, as far as the budget goes."""
        wanted = ctx.budget.attempts
        forks = 2 if self.options.critique else 1
        room = len(places) if wanted is None else -(-max(0, wanted - first) // forks)
        branches = (
            self._programs(view, ctx.child(place.label), place.node, first + position * forks, wanted)
            for position, place in enumerate(places[:room])
        )
        async with merged(branches) as attempts:
            async for attempt in attempts:
                yield attempt

    async def _expand(self, view: ProblemView, ctx: Context, parents: Sequence[Node], layer: int) -> list[Node]:
        nodes = await in_order(self._children(view, ctx, parent, layer) for parent in parents)
        return [node for children in nodes for node in children]

    async def _children(self, view: ProblemView, ctx: Context, parent: Node, layer: int) -> list[Node]:
        template = "plansearch/observe" if layer == 1 else "plansearch/observe_further"
        count = self.options.observations
        messages = prompt(template, view, count=count, observations=parent.texts)
        here = f"{parent.label}/observe"
        listed = await ask_list(ctx.child(here), messages, name="observations", most=count, exact=layer == 1)
        if not listed.items:
            ctx.note("node without observations")
        steps = [
            Step("observation", text, listed.calls[-1], f"L{layer}.{parent.label}.{position}")
            for position, text in enumerate(listed.items)
        ]
        calls = (*parent.calls, *listed.calls)
        above = parent.steps if self.options.accumulate else ()
        return [
            Node(f"{parent.label}-{'_'.join(map(str, chosen)) or 'none'}", (*above, *(steps[i] for i in chosen)), calls)
            for chosen in _subsets(len(steps), self.options.subset_size)
        ]

    async def _programs(
        self, view: ProblemView, ctx: Context, node: Node, index: int, wanted: int | None
    ) -> AsyncGenerator[Attempt, None]:
        """Yield the program of a node's idea and, with critique, that of its fixed idea."""
        question = prompt("plansearch/idea", view, observations=node.texts, words=self.options.words)
        reply = await thought(ctx.child("idea"), question, words=self.options.words)
        idea = Step("idea", reply.text.strip(), reply.call, f"{node.label}.idea")
        branches = [self._code(view, ctx, node, (idea,), index)]
        if self.options.critique and (wanted is None or index + 1 < wanted):
            branches.append(self._fixed(view, ctx, node, idea, index + 1))
        async with side_by_side(branches) as finished:
            async for attempt in finished:
                yield attempt

    async def _fixed(self, view: ProblemView, ctx: Context, node: Node, idea: Step, index: int) -> Attempt:
        """Assume the idea is wrong: criticise it, then fix it in the same conversation."""
        question = prompt("plansearch/criticise", view, idea=idea.text, words=self.options.words)
        criticism = await thought(ctx.child("critique"), question, words=self.options.words)
        follow_up = user(render("plansearch/fix", view, words=self.options.words))
        conversation = (*question, assistant(criticism.text), follow_up)
        fixed = await thought(ctx.child("fix"), conversation, words=self.options.words)
        steps = (
            idea,
            Step("critique", criticism.text.strip(), criticism.call, f"{node.label}.critique"),
            Step("idea", fixed.text.strip(), fixed.call, f"{node.label}.fixed"),
        )
        return await self._code(view, ctx.child("fixed"), node, steps, index)

    async def _code(
        self, view: ProblemView, ctx: Context, node: Node, thoughts: tuple[Step, ...], index: int
    ) -> Attempt:
        plan = thoughts[-1].text
        if self.options.pseudocode:
            outline = await ctx.child("pseudocode").ask(prompt("plansearch/pseudocode", view, plan=plan))
            plan = outline.text.strip()
            thoughts = (*thoughts, Step("pseudocode", plan, outline.call, f"{thoughts[-1].label}.pseudocode"))
        reply = await ctx.child("code").ask(prompt("plansearch/code", view, plan=plan))
        return written(ctx, view, reply, index=index, lineage=(*node.steps, *thoughts), calls=node.calls)


def _subsets(count: int, largest: int) -> Iterable[tuple[int, ...]]:
    """Yield the subsets of range(count) of size 0 … `largest`, smaller ones first."""
    for size in range(min(count, largest) + 1):
        yield from combinations(range(count), size)


def _distinct(nodes: Iterable[Node], seen: set[tuple[str, ...]]) -> list[Node]:
    """Return the nodes whose observations were not seen before, and remember them."""
    fresh: list[Node] = []
    for node in nodes:
        if node.texts not in seen:
            seen.add(node.texts)
            fresh.append(node)
    return fresh
