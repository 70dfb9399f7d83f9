"""What a run will cost before it is begun: calls, tokens and money of the units that are owed, from low to high."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from cotbench.backends.prices import known_of
from cotbench.core.budget import RESOURCES, Caps, Price, Spent
from cotbench.core.message import Usage
from cotbench.core.problem import Problem
from cotbench.core.protocols import Author
from cotbench.core.spec import RunSpec
from cotbench.engine.budget import prompt_tokens
from cotbench.engine.execute import owed_units
from cotbench.store.reader import RunRows
from cotbench.store.rows import CallRow
from cotbench.store.spending import spent_on
from cotbench.strategies import planned_calls, planned_groundwork
from cotbench.strategies.planning import PlannedCalls, step_of


@dataclass(frozen=True, slots=True)
class Expected:
    """So many calls with so many tokens; `usd` None where a price is unknown."""

    calls: int = 0
    prompt: int = 0
    completion: int = 0
    usd: float | None = 0.0

    def __add__(self, other: Expected) -> Expected:
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        return Expected(self.calls + other.calls, self.prompt + other.prompt, self.completion + other.completion, usd)

    def part(self, share: float) -> Expected:
        """Return a part of it, from 0 to 1."""
        usd = None if self.usd is None else share * self.usd
        calls, prompt, completion = (math.floor(share * whole) for whole in (self.calls, self.prompt, self.completion))
        return Expected(calls, prompt, completion, usd)

    def at_most(self, other: Expected) -> Expected:
        """Return this, no larger than the other: a tree of short lists may need one layer more than a full one."""
        return other if self.calls > other.calls else self


@dataclass(frozen=True, slots=True)
class Range:
    """What is expected at the least and at the most."""

    low: Expected = Expected()
    high: Expected = Expected()


@dataclass(frozen=True, slots=True)
class Estimate:
    """The owed units of a run and what they will take, step by step.

    At the low end replies are as long as is usual, at the high end each is as long as it may be; prompts lie between
    the most and the fewest bytes to a token.
    """

    strategy: str
    units: int
    steps: Mapping[str, Range]

    @property
    def total(self) -> Range:
        """All steps together."""
        return Range(
            sum((step.low for step in self.steps.values()), Expected()),
            sum((step.high for step in self.steps.values()), Expected()),
        )

    def to_plain(self) -> dict[str, object]:
        """Return the estimate as plain data for JSON."""
        return {**asdict(self), "total": asdict(self.total)}


def estimate_run(
    spec: RunSpec,
    problems: tuple[Problem, ...],
    rows: RunRows | None,
    prices: Mapping[str, Price],
    ground: tuple[Problem, ...] = (),
) -> Estimate | None:
    """Estimate the units that are owed; calls that are in the ledger are taken off. `rows` None is a new run.

    A problem takes no more than its caps on calls, tokens and dollars let it. `ground` are the problems that are set
    apart for the groundwork, which is owed until a first unit is done.

    None where the strategy does not say what it will ask, as those of users do not.
    """
    models: dict[Author, str] = {"code": spec.model, "idea": spec.idea_model or spec.model}
    limits = {by: _Limit(spec, known_of(model, spec.api_base).thinks) for by, model in models.items()}
    kept: dict[tuple[str, int], Counter[str]] = {}
    for row in rows.calls.values() if rows else ():
        kept.setdefault((row.problem, row.unit), Counter())[step_of(row.path)] += 1
    owed = owed_units(spec, problems, rows) if rows else [(p, unit) for p in problems for unit in range(spec.units)]
    found: dict[str, dict[str, Range]] = {}
    for problem, unit in owed:
        ends: list[dict[str, Expected]] = []
        for full in (False, True):
            left, end = Counter(kept.get((problem.id, unit), {})), dict[str, Expected]()
            planned = planned_calls(spec.strategy, spec.options, problem.view(), spec.attempts, full=full)
            if planned is None:
                return None
            for step in planned:
                count = max(0, step.count - left[step.step])
                left[step.step] -= step.count - count
                price = prices.get(models[step.by])
                end[step.step] = end.get(step.step, Expected()) + _expected(step, count, limits[step.by], price, full)
            ends.append(end)
        steps = found.setdefault(problem.id, {})
        for name, high in ends[1].items():
            before = steps.get(name, Range())
            steps[name] = Range(before.low + ends[0].get(name, Expected()).at_most(high), before.high + high)
    if spec.problem_caps.any:
        paid = _paid(rows, prices)
        found = {name: _within(steps, spec.problem_caps, paid.get(name, Spent())) for name, steps in found.items()}
    whole: dict[str, Range] = {}
    for steps in found.values():
        for name, ends_of in steps.items():
            before = whole.get(name, Range())
            whole[name] = Range(before.low + ends_of.low, before.high + ends_of.high)
    if rows is None or not rows.units:
        views = [problem.view() for problem in ground]
        for full in (False, True):
            for step in planned_groundwork(spec.strategy, spec.options, views, full=full) if ground else ():
                before = whole.get(step.step, Range())
                more = _expected(step, step.count, limits[step.by], prices.get(models[step.by]), full)
                low, high = (before.low, before.high + more) if full else (before.low + more, before.high)
                whole[step.step] = Range(low, high)
    return Estimate(spec.strategy, len(owed), whole)


def _paid(rows: RunRows | None, prices: Mapping[str, Price]) -> dict[str, Spent]:
    """Return what each problem has cost so far."""
    by_problem: dict[str, list[CallRow]] = {}
    for row in rows.calls.values() if rows else ():
        by_problem.setdefault(row.problem, []).append(row)
    return {problem: spent_on(calls, prices) for problem, calls in by_problem.items()}


def _within(steps: Mapping[str, Range], caps: Caps, spent: Spent) -> dict[str, Range]:
    """Return the steps of a problem as far as its caps let them go; all get shorter alike."""
    lows, highs = [step.low for step in steps.values()], [step.high for step in steps.values()]
    low, high = (_share(sum(ends, Expected()), caps, spent) for ends in (lows, highs))
    return {name: Range(step.low.part(low), step.high.part(high)) for name, step in steps.items()}


def _share(whole: Expected, caps: Caps, spent: Spent) -> float:
    """Return which part of something fits into what is left of caps."""
    need = Spent(whole.usd, whole.prompt + whole.completion, whole.calls)
    share = 1.0
    for resource in RESOURCES:
        cap, wanted = caps.of(resource), need.of(resource)
        if cap is not None and wanted:
            share = min(share, max(0.0, cap - (spent.of(resource) or 0)) / wanted)
    return share


@dataclass(frozen=True, slots=True)
class _Limit:
    spec: RunSpec
    thinks: bool

    def of(self, step: PlannedCalls) -> int:
        """Return the reply limit of a step; models that think are never given less than the run's."""
        most = self.spec.sampling.max_tokens
        return most if self.thinks or step.limit is None else min(step.limit, most)


def _expected(step: PlannedCalls, count: int, limit: _Limit, price: Price | None, full: bool) -> Expected:
    fewest, most = prompt_tokens(step.messages)
    prompt = count * most if full else -(-count // step.together) * fewest
    completion = count * (limit.of(step) if full else min(step.expected, limit.of(step)))
    return Expected(count, prompt, completion, None if price is None else price.usd(Usage(prompt, completion)))
