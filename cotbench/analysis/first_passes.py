"""First passes: at which cost each unit of a run first had an attempt that passes, on any axis of cost.

The cost of the first j attempts of a unit is that of the union of the calls they needed (`core.attempt`), so a thought
that many attempts share is paid for once, when the first of them needs it. Replies that no attempt needed (a list that
could not be read) are not on that scale; `Passes.unused` says which share of the cost they are.

A unit that is done without a pass ended unsolved. One that a budget stopped, or that is owed, is cut where its spending
ended; an attempt without a verdict cuts its unit before itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from cotbench.analysis.counts import chosen_verdicts, numbered
from cotbench.analysis.frames import RunTable
from cotbench.core.errors import ConfigurationError
from cotbench.core.ids import unit_key
from cotbench.stats.anytime import Searches, searches
from cotbench.store import RunDirectory
from cotbench.store.cache import load_columns
from cotbench.store.columns import UNKNOWN_CALL, AttemptColumns, CallColumns, Flags, Floats, Ints, RunColumns
from cotbench.store.spending import priced

Axis = Literal["attempts", "tokens", "completion-tokens", "calls", "usd", "seconds"]

AXES: tuple[Axis, ...] = get_args(Axis)

UNITS: dict[Axis, str] = {
    "attempts": "attempts per problem",
    "tokens": "tokens per problem (prompt and completion)",
    "completion-tokens": "completion tokens per problem",
    "calls": "calls per problem",
    "usd": "US dollars per problem",
    "seconds": "seconds of replies per problem (one after the other)",
}
"""What each axis counts, in words."""


@dataclass(frozen=True, slots=True)
class Passes:
    """The units of a run as `stats.anytime` wants them; problem numbers are places in the list that was asked for.

    `unused` is the share of the cost that went into replies which no attempt needed, 0 on the axis of attempts.
    """

    units: Searches
    unused: float


def first_passes(table: RunTable, axis: Axis, problems: Sequence[str]) -> Passes:
    """Return the first passes on the named problems. Reads the run's rows again, from its cache if it has one.

    Raises ConfigurationError where the cost is not known (programs from a file, a price that nobody gave) or nothing
    was spent on an attempt; StoreError if a shard cannot be read.
    """
    if axis != "attempts" and table.manifest.programs is not None:
        raise ConfigurationError(
            f"{table.name} holds programs from a file, so nobody knows what they cost", hint="give --by attempts"
        )
    columns = load_columns(RunDirectory(table.path))
    order = {name: place for place, name in enumerate(problems)}
    prices = np.zeros(0) if axis == "attempts" else _prices(table, columns.calls, axis, order)
    tried = _in_order(columns.attempts, order)
    rows = [row for row in columns.units.values() if row.problem in order]
    # One number per unit, the same for attempts, calls and rows of units.
    seen = np.concatenate([columns.attempts.unit, columns.calls.unit, [row.unit for row in rows], [0]])
    most = 1 + int(seen.max())
    place = columns.attempts.problem.places(order)[tried]
    unit = place * most + columns.attempts.unit[tried]
    units = np.unique([*unit.tolist(), *(order[row.problem] * most + row.unit for row in rows)]).astype(np.int64)
    at = np.searchsorted(units, unit)
    costs = _running_costs(columns.attempts, tried, at, None if axis == "attempts" else prices)
    spent = np.zeros(len(units))
    np.maximum.at(spent, at, costs)
    passed, unknown = _verdicts(table, columns, order, tried)
    first = _first(at, passed | unknown, len(units))
    known = first >= 0
    won, lost = known.copy(), known.copy()
    won[known] = passed[first[known]]
    lost[known] = unknown[first[known]]
    done = columns.done_units(table.spec.attempts)
    ended = np.array(
        [unit_key(problems[number // most], int(number % most)) in done for number in units], dtype=np.bool_
    )
    whole, everything = spent, 0.0
    if axis != "attempts":
        # What a stopped unit had spent when it was cut gave no pass, whether an attempt came of it or not.
        asked = columns.calls.problem.places(order)
        paid = _per_unit(units, asked * most + columns.calls.unit, np.where(asked >= 0, prices, 0.0))
        whole, everything = np.maximum(spent, paid), float(paid.sum())
    cost = np.where(ended, spent, whole)
    cost[won] = costs[first[won]]
    # An attempt that nobody judged cuts its unit where the one before it left off.
    cost[lost] = [costs[row - 1] if row and at[row - 1] == at[row] else 0.0 for row in first[lost]]
    if not np.any(cost > 0):
        raise ConfigurationError(f"{table.name}: no search got as far as an attempt", hint="finish the run")
    unused = max(0.0, 1.0 - float(spent.sum()) / everything) if everything else 0.0
    return Passes(searches(units // most, cost, won, lost | ~(won | ended)), unused)


def _in_order(attempts: AttemptColumns, order: Mapping[str, int]) -> Ints:
    """Return the rows of the attempts on some problems, by problem, unit and index."""
    place = attempts.problem.places(order)
    rows = np.flatnonzero(place >= 0)
    found: Ints = rows[np.lexsort((attempts.index[rows], attempts.unit[rows], place[rows]))]
    return found


def _running_costs(attempts: AttemptColumns, tried: Ints, at: Ints, prices: Floats | None) -> Floats:
    """Return for each attempt what its unit had spent on it and those before it; without prices, how many they are."""
    own = np.ones(len(tried))
    if prices is not None:
        starts, ends = attempts.calls.offsets[tried], attempts.calls.offsets[tried + 1]
        lengths = (ends - starts).astype(np.int64)
        before = np.cumsum(lengths) - lengths
        entries = np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths)
        calls = attempts.calls.values[entries]
        # A call belongs to one unit, so that its first mention is the one that pays for it.
        _, mentions = np.unique(calls, return_index=True)
        paid = np.zeros(len(calls))
        paid[mentions] = prices[calls[mentions]]
        paid[calls == UNKNOWN_CALL] = 0.0
        own = np.bincount(np.repeat(np.arange(len(tried)), lengths), weights=paid, minlength=len(tried)).astype(
            np.float64
        )
    running: Floats = np.cumsum(own)
    begins = np.flatnonzero(np.diff(at, prepend=-1))
    spent = running - np.repeat(running[begins] - own[begins], np.diff(begins, append=len(at)))
    # Sums of many small prices must still equal the round budget that they come to.
    rounded: Floats = np.round(spent, 10)
    return rounded


def _verdicts(table: RunTable, columns: RunColumns, order: Mapping[str, int], tried: Ints) -> tuple[Flags, Flags]:
    """Return for each attempt whether it passed the hidden cases, and whether nobody knows."""
    verdicts, attempts = columns.verdicts, columns.attempts
    place = verdicts.problem.places(order)
    judged = np.flatnonzero(place >= 0)
    numbers, size = numbered(
        np.concatenate([attempts.problem.places(order)[tried], place[judged]]),
        np.concatenate([attempts.unit[tried], verdicts.unit[judged]]),
        np.concatenate([attempts.index[tried], verdicts.index[judged]]),
    )
    attempt = np.full(len(place), -1, dtype=np.int64)
    attempt[judged] = numbers[len(tried) :]
    hidden = chosen_verdicts(verdicts, "hidden", table.manifest.grader, attempt, size)[numbers[: len(tried)]]
    # The entry after the last is what −1, no verdict, picks.
    passed = np.append(verdicts.outcome.equal("passed"), False)[hidden]
    return passed, (hidden < 0) & attempts.coded[tried]


def _first(at: Ints, marked: Flags, units: int) -> Ints:
    """Return for each unit the place of its first marked attempt, −1 where there is none."""
    first = np.full(units, -1, dtype=np.int64)
    places = np.flatnonzero(marked)
    found, where = np.unique(at[places], return_index=True)
    first[found] = places[where]
    return first


def _per_unit(units: Ints, numbers: Ints, values: Floats) -> Floats:
    """Return the sum of values for each unit; those of numbers that are no unit are left out."""
    where = np.searchsorted(units, numbers)
    inside = where < len(units)
    inside[inside] = units[where[inside]] == numbers[inside]
    total: Floats = np.bincount(where[inside], weights=values[inside], minlength=len(units)).astype(np.float64)
    return total


def _prices(table: RunTable, calls: CallColumns, axis: Axis, order: Mapping[str, int]) -> Floats:
    """Return what each call cost on the axis."""
    asked = calls.problem.places(order) >= 0
    prices = priced(calls, table.manifest.prices) if axis == "usd" else _PRICES[axis](calls)
    unknown = asked & np.isnan(prices)
    if unknown.any():
        models = sorted(set(calls.model.take(np.flatnonzero(unknown))))
        raise ConfigurationError(
            f"{table.name}: nobody knows what replies of {', '.join(model or '?' for model in models)} cost",
            hint="give --by tokens; prices of one's own are set before a run (docs/budgets.md)",
        )
    if asked.any() and not prices[asked].any():
        raise ConfigurationError(f"{table.name}: all its replies cost 0 {axis}", hint="give --by tokens")
    return prices


_PRICES: Mapping[Axis, Callable[[CallColumns], Floats]] = {
    "tokens": lambda calls: (calls.prompt + calls.completion).astype(np.float64),
    "completion-tokens": lambda calls: calls.completion.astype(np.float64),
    "calls": lambda calls: np.ones(len(calls.unit)),
    "seconds": lambda calls: calls.seconds,
}
