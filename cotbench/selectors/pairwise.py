"""`pairwise`: clusters meet in pairs on inputs that tell them apart, after S* (Li et al. 2025, arXiv 2502.14382).

The largest clusters of `cluster` meet, each against each, by their first programs. For a pair the model proposes
inputs; both programs run on them, and the first input on which they differ decides. Either the model judges, seeing
programs and executed outputs in both orders: a win counts only where the orders agree, else each side has half. Or the
majority does: the output that more of all programs give wins. A pair that no input tells apart is a draw.

A cluster's score in a draw of k is the sum of its results against the clusters of that draw. Clusters that did not meet
follow by size. S* lets every member of a cluster meet every other cluster; ours needs 3 calls per pair at most, and the
results between two clusters hold for every draw that has both.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cotbench.core.asserts import listed_literals
from cotbench.core.errors import BudgetReached
from cotbench.core.ids import canonical, digest
from cotbench.core.message import Schema
from cotbench.core.problem import UNKNOWN, CallCase, ProblemView, StdinCase
from cotbench.core.protocols import Context
from cotbench.core.seen import Seen
from cotbench.selectors.candidates import Candidates, Ranking, grouped, in_turns
from cotbench.selectors.prompting import prompt
from cotbench.selectors.watching import Watch

Decider = Literal["model", "majority"]

Behaviour: TypeAlias = tuple[str, ...]

CLUSTERS = 4
"""How many clusters meet: 6 pairs, 18 calls at most."""

INPUTS = 3
"""How many inputs are asked for."""

_ANSWER_TOKENS = 16
_MOST_SHOWN = 2000
_LETTER = re.compile(r"\b([AB])\b")
_SCHEMA = Schema(
    name="inputs",
    text=canonical(
        {
            "type": "object",
            "properties": {"inputs": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": INPUTS}},
            "required": ["inputs"],
            "additionalProperties": False,
        }
    ),
)


@dataclass(frozen=True, slots=True)
class _Meeting:
    """Two clusters: their behaviours, and the program that stands for each."""

    first: Behaviour
    second: Behaviour
    codes: tuple[str, str]


async def by_duels(
    candidates: Candidates, ctx: Context, watch: Watch, clusters: int = CLUSTERS, decider: Decider = "model"
) -> Ranking:
    """Return the ranking by results of pairs. Raises BackendError and GradingError; a pair that a cap stops is a draw.

    Notes `inputs unparsable`, `no input tells them apart`, `judgement unparsable` and `judgement depends on order`.
    """
    groups = grouped(
        candidates.passers(range(len(candidates.attempts))), lambda place: candidates.attempts[place].behaviour
    )
    best = sorted(groups, key=lambda behaviour: -len(groups[behaviour]))[:clusters]
    voters = [candidates.attempts[place].code or "" for members in groups.values() for place in members]
    programs = {behaviour: candidates.attempts[groups[behaviour][0]].code or "" for behaviour in best}
    duel = _Duel(candidates.view, watch, decider, voters)
    pairs = list(itertools.combinations(best, 2))
    ended = await asyncio.gather(
        *(duel.result(ctx, _Meeting(first, second, (programs[first], programs[second]))) for first, second in pairs),
        return_exceptions=True,
    )
    results = [_draw_if_stopped(end) for end in ended]
    return _ranking(candidates, dict(zip(pairs, results, strict=True)), frozenset(best))


def _ranking(
    candidates: Candidates, results: Mapping[tuple[Behaviour, Behaviour], float], met: frozenset[Behaviour]
) -> Ranking:
    """Return the ranking by the results of those that met (1 for a win of the first), then by size."""
    scores = {**results, **{(second, first): 1 - result for (first, second), result in results.items()}}

    def rank(drawn: Sequence[int]) -> list[int]:
        groups = grouped(candidates.passers(drawn), lambda place: candidates.attempts[place].behaviour)

        def standing(one: Behaviour) -> tuple[bool, float, int]:
            won = sum(scores.get((one, other), 0.0) for other in groups)
            return one not in met, -won, -len(groups[one])

        return in_turns(groups[behaviour] for behaviour in sorted(groups, key=standing))

    return rank


def _draw_if_stopped(end: float | BaseException) -> float:
    """Return the result of a pair. Raises what it raised, but for a cap."""
    if isinstance(end, BudgetReached):
        return 0.5
    if isinstance(end, BaseException):
        raise end
    return end


class _Duel:
    """How a pair is decided: what is known of the problem, and who decides. `voters` are all programs, repeated."""

    def __init__(self, view: ProblemView, watch: Watch, decider: Decider, voters: Sequence[str]) -> None:
        self._view = view
        self._watch = watch
        self._decider: Decider = decider
        self._voters = tuple(voters)

    async def result(self, ctx: Context, pair: _Meeting) -> float:
        """Return 1 if the first wins, 0 if the second does, 0.5 if neither."""
        # Named by its programs: more attempts make other pairs, and these keep what was paid for them.
        ctx = ctx.child(f"pair-{digest(pair.codes)[:12]}")
        messages = prompt("pairwise/inputs", self._view, first=pair.codes[0], second=pair.codes[1], count=INPUTS)
        answer = await ctx.child("inputs").ask(messages, schema=_SCHEMA)
        cases = read_inputs(answer.text, self._view)
        if not cases:
            ctx.note("inputs unparsable")
            return 0.5
        first, second = (await self._watch(cases, pair.codes)).seen
        for case, one, other in zip(cases, first, second, strict=True):
            if one.behaviour != other.behaviour:
                if self._decider == "majority":
                    return await self._voted(case, one, other)
                return await self._judged(ctx, pair, case, one, other)
        ctx.note("no input tells them apart")
        return 0.5

    async def _voted(self, case: CallCase | StdinCase, one: Seen, other: Seen) -> float:
        codes = list(dict.fromkeys(self._voters))
        seen = dict(zip(codes, (await self._watch([case], codes)).seen, strict=True))
        votes = Counter(seen[code][0].behaviour for code in self._voters)
        # A failure is no output that could be the right one.
        mine, theirs = (votes[side.behaviour] if side.digest else 0 for side in (one, other))
        return 0.5 if mine == theirs else float(mine > theirs)

    async def _judged(self, ctx: Context, pair: _Meeting, case: CallCase | StdinCase, one: Seen, other: Seen) -> float:
        given = _written(case)
        sides = [(pair.codes[0], _output(one)), (pair.codes[1], _output(other))]
        forth, back = await asyncio.gather(
            self._winner(ctx.child("forth"), given, sides), self._winner(ctx.child("back"), given, sides[::-1])
        )
        if forth is None or back is None:
            return 0.5
        if forth == back:
            # The same letter for both orders: the place decided, not the program.
            ctx.note("judgement depends on order")
            return 0.5
        return float(forth == 0)

    async def _winner(self, ctx: Context, given: str, sides: Sequence[tuple[str, str]]) -> int | None:
        (first, first_output), (second, second_output) = sides
        messages = prompt(
            "pairwise/judge",
            self._view,
            first=first,
            second=second,
            given=given,
            first_output=first_output,
            second_output=second_output,
        )
        answer = await ctx.ask(messages, temperature=0.0, max_tokens=_ANSWER_TOKENS)
        letter = _LETTER.search(answer.text)
        if letter is None:
            ctx.note("judgement unparsable")
            return None
        return "AB".index(letter.group(1))


def read_inputs(text: str, view: ProblemView) -> list[CallCase | StdinCase]:
    """Return the inputs of a reply that can be given to programs, at most `INPUTS`."""
    found: dict[str, CallCase | StdinCase] = {}
    for item in _texts(text):
        if view.entry.kind == "stdin":
            whole = item if item.endswith("\n") else f"{item}\n"
            found.setdefault(whole, StdinCase(whole, ""))
            continue
        call = re.fullmatch(rf"\s*{re.escape(view.entry.name)}\s*\((.*)\)\s*", item, re.S)
        arguments = listed_literals(call.group(1) if call else item)
        if arguments is not None:
            found.setdefault(repr(arguments), CallCase(arguments, UNKNOWN))
    return list(found.values())[:INPUTS]


def _texts(text: str) -> list[str]:
    try:
        value = json.loads(text[text.index("{") : text.rindex("}") + 1])
    except (ValueError, RecursionError):
        return []
    items = value.get("inputs") if isinstance(value, dict) else None
    # A number or a list where a text was asked for is a literal just the same.
    return [item if isinstance(item, str) else repr(item) for item in items] if isinstance(items, list) else []


def _written(case: CallCase | StdinCase) -> str:
    given = case.stdin.rstrip("\n") if isinstance(case, StdinCase) else ", ".join(map(repr, case.arguments))
    return given if len(given) <= _MOST_SHOWN else f"{given[:_MOST_SHOWN]}…"


def _output(seen: Seen) -> str:
    return seen.shown if seen.digest else f"nothing ({seen.shown or seen.outcome})"
