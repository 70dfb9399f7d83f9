"""Search in a tree of programs: drafts at the top, below each program that fails repairs of it.

The reward of a program is the share of public cases that it passes, and nothing else; hidden cases play no part before
the search has ended (released code of LATS, for one, looks at them). A repair sees the program and how it fails. In
each round a `policy` chooses the programs to go on from: `bfs`, `uct`, `ab` or `hill` (each a module in `policies/`,
which says what it is and what it was made from). All programs are attempts, in the order of their rounds; a lineage
holds the programs above, labelled `node1`, `node2` …, so that the tree can be drawn: `cotbench show RUN PROBLEM`.

A program that passes is not gone on from. The search goes on elsewhere until there are as many attempts as are wanted,
or with `stop` it ends there. Without public cases there is no reward: all attempts are drafts, which is noted.

Results depend on the tree alone, not on which call ended first: programs of one round are made side by side, and the
next round begins when all of them are there.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

from cotbench.core.attempt import Attempt, Step
from cotbench.core.errors import ConfigurationError
from cotbench.core.ids import digest
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context
from cotbench.core.spec import OptionValue
from cotbench.core.trial import Trial
from cotbench.strategies.concurrent import side_by_side
from cotbench.strategies.options import option
from cotbench.strategies.planning import PROGRAM_TOKENS, TOKENS_PER_WORD, PlannedCalls, filler, planned_programs
from cotbench.strategies.policies import POLICIES, ROOT, Node, Settings, Tree
from cotbench.strategies.prompting import prompt, render
from cotbench.strategies.refine import repair_question
from cotbench.strategies.repeated import draws, needed_attempts
from cotbench.strategies.tries import Tried, feedback_text, tried
from cotbench.strategies.writing import written

PRESETS: dict[str, dict[str, OptionValue]] = {"default": {}}


@dataclass(frozen=True, slots=True)
class TreeOptions:
    """The policy and what it is told."""

    policy: str = cast(str, option("ab", "how the tree grows", choices=tuple(POLICIES)))
    width: int = cast(
        int, option(3, "bfs, hill: programs made from one; uct: children of a node before it goes deeper", least=1)
    )
    beam: int = cast(int, option(2, "bfs: programs of a level to go on from; 0: all that fail", least=0))
    explore: float = cast(float, option(1.0, "uct: weight of what was tried little, 0 or more"))
    patience: int = cast(int, option(3, "hill: rounds without a better program before another draft", least=1))
    at_once: int = cast(int, option(1, "uct, ab: programs in one round", least=1))
    stop: bool = cast(bool, option(False, "end at the first program that passes the public cases"))

    def __post_init__(self) -> None:
        """Refuse a weight that would look for what is known to be worse."""
        if not 0 <= self.explore < float("inf"):
            raise ConfigurationError(f"tree option explore must be 0 or more, not {self.explore}")

    @property
    def settings(self) -> Settings:
        """What the policy is told."""
        return Settings(self.width, self.beam, self.explore, self.patience, self.at_once)


@dataclass(frozen=True, slots=True)
class TreeSearch:
    """Drafts and repairs, wherever a policy wants them."""

    options: TreeOptions
    name: str = "tree"

    async def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        """Yield `budget.attempts` programs; fewer with `stop`."""
        wanted = needed_attempts(ctx)
        if not view.public:
            ctx.note("no public cases: drafts only")
            async with aclosing(draws(ctx, prompt("repeated/code", view))) as numbered:
                async for index, reply in numbered:
                    yield written(ctx, view, reply, index=index)
            return
        policy, settings = POLICIES[self.options.policy], self.options.settings
        tree, made = Tree(), dict[int, Tried]()
        number = 0
        while len(made) < wanted:
            here = ctx.child(f"round{number}")
            parents = policy(tree, settings, here.rng)[: wanted - len(made)]
            places: dict[int, list[int]] = {}
            # Numbered before they are grouped: a smaller number of attempts is the beginning of a larger one.
            for place, parent in enumerate(parents, start=len(made) + 1):
                places.setdefault(parent, []).append(place)
            branches = [
                self._grow(view, here.child(f"of{parent}"), made.get(parent), its) for parent, its in places.items()
            ]
            grown: dict[int, tuple[int, Tried]] = {}
            async with side_by_side(branches) as finished:
                async for above, children in finished:
                    for child in children:
                        grown[child.attempt.index + 1] = (above, child)
                        yield child.attempt
            made |= {place: child for place, (_, child) in grown.items()}
            tree = tree.grown(_node(place, *grown[place], number) for place in sorted(grown))
            number += 1
            if self.options.stop and any(child.trial.passed for _, child in grown.values()):
                return

    async def _grow(
        self, view: ProblemView, ctx: Context, parent: Tried | None, places: list[int]
    ) -> tuple[int, list[Tried]]:
        """Return programs made from one, or drafts, with these numbers; and the number of their parent."""
        asked, lineage = prompt("repeated/code", view), tuple[Step, ...]()
        if parent is not None:
            told = feedback_text(view, "public", view.public, parent.trial)
            asked, lineage = repair_question(view, parent.attempt.code, told), parent.lineage_below(told)
        replies = await ctx.child("code").ask(asked, n=len(places))
        children = []
        for place, reply in zip(places, replies, strict=False):
            attempt = written(ctx, view, reply, index=place - 1, lineage=lineage)
            trial = await tried(ctx.child(f"node{place}"), attempt, view.public)
            children.append(Tried(attempt, f"node{place}", trial))
        return (ROOT if parent is None else parent.attempt.index + 1), children


def _node(place: int, parent: int, program: Tried, number: int) -> Node:
    return Node(place, parent, program.trial.share, number, _behaviour(program.trial))


def _behaviour(trial: Trial) -> str:
    return digest([[result.outcome, result.got] for result in trial.results])


def calls(options: TreeOptions, view: ProblemView, attempts: int | None, *, full: bool) -> tuple[PlannedCalls, ...]:
    """Return the calls of a unit: `width` drafts, and as if the others were repairs, which have the longer prompts."""
    wanted = attempts or 0
    drafts = min(options.width, wanted) if view.public else wanted
    program = filler(round(PROGRAM_TOKENS / TOKENS_PER_WORD))
    told = render("refine/feedback", view, kind="simple", failed=1, total=1, failures=())
    together = options.width if options.policy in ("bfs", "hill") else options.at_once
    steps = [
        planned_programs(drafts, prompt("repeated/code", view), together=together),
        planned_programs(wanted - drafts, repair_question(view, program, told), together=together),
    ]
    return tuple(step for step in steps if step.count)
