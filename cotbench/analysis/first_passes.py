"""First passes: at which cost each unit of a run first had an attempt that passes, on any axis of cost.

The cost of the first j attempts of a unit is that of the union of the calls they needed (`core.attempt`), so a thought
that many attempts share is paid for once, when the first of them needs it. Replies that no attempt needed (a list that
could not be read) are not on that scale; `Passes.unused` says which share of the cost they are.

A unit that is done without a pass ended unsolved. One that a budget stopped, or that is owed, is cut where its spending
ended; an attempt without a verdict cuts its unit before itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from cotbench.analysis.frames import RunTable
from cotbench.core.errors import ConfigurationError
from cotbench.core.ids import unit_key
from cotbench.stats.anytime import Searches, searches
from cotbench.store import AttemptRow, CallRow, Manifest, RunRows, read_rows, stream_rows

Axis = Literal["attempts", "tokens", "completion-tokens", "calls", "usd", "seconds"]

AXES: tuple[Axis, ...] = get_args(Axis)

UNITS: dict[Axis, str] = {
    "attempts": "attempts per problem",
    "tokens": "tokens per problem (prompt and completion)",
    "completion-tokens": "completion tokens per problem",
    "calls": "calls per problem",
    "usd": "US dollars per problem",
    "seconds": "seconds of replies per problem, one after the other",
}
"""What each axis counts, in words."""


@dataclass(frozen=True, slots=True)
class Passes:
    """The units of a run as `stats.anytime` wants them; problem numbers are places in the list that was asked for.

    `ends` are the costs at which units ended or were cut, one per unit that did not pass. `unused` is the share of
    the cost that went into replies which no attempt needed, 0 on the axis of attempts.
    """

    units: Searches
    ends: tuple[float, ...]
    unused: float


def first_passes(table: RunTable, axis: Axis, problems: Sequence[str]) -> Passes:
    """Return the first passes on the named problems. Reads the run's rows again.

    Raises ConfigurationError where the cost is not known (programs from a file, a price that nobody gave) or nothing
    was spent on an attempt; StoreError if a shard cannot be read.
    """
    if axis != "attempts" and table.manifest.programs is not None:
        raise ConfigurationError(
            f"{table.name} holds programs from a file, so nobody knows what they cost", hint="give --by attempts"
        )
    rows = read_rows(table.path, programs=False)
    places = {name: place for place, name in enumerate(problems)}
    prices = _prices(table, rows, axis, places)
    needed = _needed(table, places) if axis != "attempts" else {}
    hidden = rows.verdicts_on("hidden", table.manifest.grader)
    units: dict[tuple[str, int], list[AttemptRow]] = {
        (row.problem, row.unit): [] for row in rows.units.values() if row.problem in places
    }
    for attempt in rows.attempts.values():
        if attempt.problem in places:
            units.setdefault((attempt.problem, attempt.unit), []).append(attempt)
    total: dict[tuple[str, int], float] = {}
    for call in rows.calls.values():
        if call.problem in places:
            key = (call.problem, call.unit)
            total[key] = total.get(key, 0.0) + prices.get(call.key, 0.0)
    done = rows.done_units(table.spec.attempts)
    found: list[tuple[int, float, bool, bool]] = []
    used = 0.0
    for (problem, unit), attempts in units.items():
        spent, seen, ended = 0.0, set[str](), None
        for place, row in enumerate(sorted(attempts, key=lambda row: row.index), start=1):
            before = spent
            new = [call for call in needed.get(row.key, ()) if call not in seen]
            seen.update(new)
            spent = float(place) if axis == "attempts" else spent + sum(prices.get(call, 0.0) for call in new)
            verdict = hidden.get(row.key)
            if ended is None and verdict is None and row.code is not None:
                ended = (places[problem], before, False, True)
            elif ended is None and verdict is not None and verdict.outcome == "passed":
                ended = (places[problem], spent, True, False)
        used += spent
        if ended is None and unit_key(problem, unit) in done:
            ended = (places[problem], spent, False, False)
        # What a stopped unit had spent when it was cut gave no pass, whether an attempt came of it or not.
        whole = spent if axis == "attempts" else max(spent, total.get((problem, unit), 0.0))
        found.append(ended or (places[problem], whole, False, True))
    if not any(cost > 0 for _, cost, _, _ in found):
        raise ConfigurationError(f"{table.name}: no search got as far as an attempt", hint="finish the run")
    everything = sum(total.values())
    return Passes(
        units=searches(*zip(*found, strict=True)),
        ends=tuple(cost for _, cost, passed, _ in found if not passed),
        unused=max(0.0, 1.0 - used / everything) if axis != "attempts" and everything else 0.0,
    )


def _needed(table: RunTable, places: dict[str, int]) -> dict[str, tuple[str, ...]]:
    needed: dict[str, tuple[str, ...]] = {}
    for row in stream_rows(table.path, AttemptRow):
        if row.problem in places:
            needed.setdefault(row.key, row.calls)
    return needed


def _prices(table: RunTable, rows: RunRows, axis: Axis, places: dict[str, int]) -> dict[str, float]:
    """Return what each call cost on the axis."""
    if axis == "attempts":
        return {}
    calls = [row for row in rows.calls.values() if row.problem in places]
    price = _pricing(table.manifest)[axis]
    found = {row.key: price(row) for row in calls}
    unknown = sorted({row.fields.get("model", "?") for row in calls if found[row.key] is None})
    if unknown:
        raise ConfigurationError(
            f"{table.name}: nobody knows what replies of {', '.join(unknown)} cost",
            hint="give --by tokens; prices of one's own are set before a run (docs/budgets.md)",
        )
    known = {key: cost for key, cost in found.items() if cost is not None}
    if known and not any(known.values()):
        raise ConfigurationError(f"{table.name}: all its replies cost 0 {axis}", hint="give --by tokens")
    return known


def _pricing(manifest: Manifest) -> dict[Axis, Callable[[CallRow], float | None]]:
    def usd(row: CallRow) -> float | None:
        price = manifest.prices.get(row.fields.get("model", ""))
        return price.usd(row.usage) if row.usd is None and price is not None else row.usd

    return {
        "tokens": lambda row: float(row.usage.total),
        "completion-tokens": lambda row: float(row.usage.completion),
        "calls": lambda row: 1.0,
        "usd": usd,
        "seconds": lambda row: row.seconds,
    }
