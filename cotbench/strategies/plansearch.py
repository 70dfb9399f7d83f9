"""PlanSearch (Wang et al. 2024, arXiv 2409.03733, section 4.3): search over combinations of observations.

Observations about the problem are asked for; every subset of at most `subset_size` of them (the empty one included)
is a node. At `depth` 2 each first-layer node yields further observations, whose subsets are nodes again; deeper layers
go on from the nodes that the layer above them added. Every node of the tree, once for each distinct tuple of
observations, becomes an idea in words; with `critique` the idea is then assumed to be wrong, criticised and fixed in
the same conversation, and the fix is a second idea (the paper's doubling). Each idea becomes code, through pseudocode
if asked for. The idea model writes everything before the pseudocode.

`--preset paper` is the published procedure: 10 observations asked for in a chain of turns, subsets of at most 2, two
layers, critique, pseudocode, two worked examples before the code call, temperature 0.9, top-p 0.95. With n1
observations in the first layer and n2 at each of its l(n1) nodes, l(n) = 1 + n + n(n-1)/2, the tree has
N = l(n1) l(n2) plans and 2N programs, and takes 4 (1 + l(n1)) + 7N calls, unreadable lists not counted. Where the
paper's text and the authors' code disagree on what a second-layer plan is shown, `paper` follows the code, because it
made the published numbers (`accumulate=false`: only its own observations), and `paper-text` the text.

Where it differs: prompts and examples are our own, and what the authors put into system messages stands in the
question, so that all calls of a problem begin alike; no node has more observations than were asked for at the root;
the programs of a whole tree come in an order that is shuffled layer by layer. When fewer attempts are wanted than the
tree has, first-layer nodes come first and layers that are not needed are never asked for; when more are wanted,
further ideas are drawn at the same nodes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import combinations

from cotbench.core.attempt import Attempt, Step
from cotbench.core.message import user
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context
from cotbench.strategies.concurrent import in_order, merged, side_by_side
from cotbench.strategies.observing import observe
from cotbench.strategies.plansearch_options import PlanSearchOptions
from cotbench.strategies.prompting import prompt, render
from cotbench.strategies.shots import examples_before
from cotbench.strategies.writing import noted, said, thought, written


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
        async with merged(branches, at_once=ctx.budget.branches) as attempts:
            async for attempt in attempts:
                yield attempt

    async def _expand(self, view: ProblemView, ctx: Context, parents: Sequence[Node], layer: int) -> list[Node]:
        nodes = await in_order(self._children(view, ctx, parent, layer) for parent in parents)
        return [node for children in nodes for node in children]

    async def _children(self, view: ProblemView, ctx: Context, parent: Node, layer: int) -> list[Node]:
        here = ctx.child(f"{parent.label}/observe")
        count, chain = self.options.observations, self.options.observe == "chain"
        listed = await observe(here, view, parent.texts, count=count, layer=layer, chain=chain)
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
        if not self.options.idea:
            yield await self._code(view, ctx, node, (), index)
            return
        question = prompt("plansearch/idea", view, observations=node.texts, words=self.options.words)
        reply = await thought(ctx.child("idea"), question, words=self.options.words, what="idea")
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
        criticism = await thought(ctx.child("critique"), question, words=self.options.words, what="critique")
        follow_up = user(render("plansearch/fix", view, words=self.options.words))
        conversation = (*question, said(criticism), follow_up)
        fixed = await thought(ctx.child("fix"), conversation, words=self.options.words, what="fix")
        steps = (
            idea,
            Step("critique", criticism.text.strip(), criticism.call, f"{node.label}.critique"),
            Step("idea", fixed.text.strip(), fixed.call, f"{node.label}.fixed"),
        )
        return await self._code(view, ctx.child("fixed"), node, steps, index)

    async def _code(
        self, view: ProblemView, ctx: Context, node: Node, thoughts: tuple[Step, ...], index: int
    ) -> Attempt:
        plan = thoughts[-1].text if thoughts else None
        if self.options.pseudocode:
            here = ctx.child("pseudocode")
            outline = await here.ask(prompt("plansearch/pseudocode", view, plan=plan, observations=node.texts))
            plan = noted(ctx, outline, "pseudocode").text.strip()
            label = f"{thoughts[-1].label if thoughts else node.label}.pseudocode"
            thoughts = (*thoughts, Step("pseudocode", plan, outline.call, label))
        # The examples go from problem to program without a plan, as the authors' do.
        examples = examples_before("repeated/code", view, shots=self.options.shots, shown="program")
        question = prompt("plansearch/code", view, plan=plan, observations=node.texts)
        reply = await ctx.child("code").ask((*examples, *question))
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
