"""Survival of a run's units and attempts through the stages observation, idea, pseudocode, code, public, hidden.

A thought is survived if it came to words, code if a reply held a program, public and hidden cases if they passed. A
stage that an attempt skips by design (PlanSearch's first node has no observation) is survived. What dies once stays
dead, so the last stage counts attempts that pass everything; those that pass the hidden cases all the same are noted.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cotbench.analysis.frames import RunTable
from cotbench.analysis.notes import counted
from cotbench.analysis.sheet import Sheet, columns
from cotbench.analysis.traced import Traced, traced
from cotbench.core.attempt import StepKind
from cotbench.core.errors import ConfigurationError
from cotbench.stats.survival import Stage, survival
from cotbench.store import UnitRow, stream_rows

THOUGHTS: tuple[StepKind, ...] = ("observation", "sketch", "idea", "pseudocode")

_EVENTS: Mapping[str, str] = {
    "observations": "observation",
    "node": "observation",
    "sketch": "sketch",
    "right": "sketch",
    "ideas": "idea",
    "idea": "idea",
    "critique": "idea",
    "fix": "idea",
    "thought": "idea",
    "pseudocode": "pseudocode",
    "program": "code",
}
"""Words of the events that strategies note, and the stage where each happens."""


@dataclass(frozen=True, slots=True)
class Surviving:
    """The stages of one run. `units` is, per stage, the mean over problems of the share of units with an attempt alive.

    `lost` counts attempts that died at each stage; `revived` those that passed the hidden cases after they had died.
    `events` are what the strategy noted at each stage.
    """

    run: str
    names: tuple[str, ...]
    stages: tuple[Stage, ...]
    units: tuple[float, ...]
    lost: tuple[int, ...]
    events: tuple[str, ...]
    problems: int
    attempts: int
    revived: int


def surviving(table: RunTable, *, confidence: float = 0.95, seed: int = 0) -> Surviving:
    """Return how a run's attempts survive. Raises ConfigurationError if none is judged, StoreError if unreadable."""
    attempts = traced(table)
    problems = [row.problem for row in table.evaluated]
    if not attempts or not problems:
        raise ConfigurationError(f"{table.name}: no attempt has a verdict yet", hint="finish the run")
    done = _units(table)
    names = _stages(attempts)
    noted: Counter[tuple[str, int]] = Counter()
    for (problem, unit), row in done.items():
        noted[problem, unit] = row.counters.get("node without observations", 0)
    bare = {key for key, count in noted.items() if count} - {
        (item.problem, item.unit) for item in attempts if item.steps("observation")
    }
    by_problem: dict[str, list[tuple[Traced, int]]] = {problem: [] for problem in problems}
    for item in attempts:
        if item.problem in by_problem:
            reached = _reached(item, names, (item.problem, item.unit) in bare)
            by_problem[item.problem].append((item, reached))
    counts = [
        [sum(reached > place for _, reached in found) for place in range(len(names))] for found in by_problem.values()
    ]
    begun = [max(1, len(found)) for found in by_problem.values()]
    left = [sum(len(found) for found in by_problem.values())] + [sum(column) for column in zip(*counts, strict=True)]
    return Surviving(
        run=table.name,
        names=names,
        stages=survival(begun, counts, confidence=confidence, seed=seed),
        units=_unit_shares(by_problem, done, len(names)),
        lost=tuple(before - after for before, after in itertools.pairwise(left)),
        events=_events(done, names),
        problems=len(problems),
        attempts=left[0],
        revived=sum(item.passed and reached < len(names) for found in by_problem.values() for item, reached in found),
    )


def survival_sheet(table: RunTable, *, confidence: float = 0.95, seed: int = 0) -> Sheet:
    """Return the stages as a sheet. Raises as `surviving` does."""
    found = surviving(table, confidence=confidence, seed=seed)
    notes = [
        "alive: mean over problems of the share of attempts alive after the stage; units: of units with one alive",
        "product: of the mean rates so far; above it is dependence: problems that are easy (or hard) at several stages",
    ]
    if found.revived:
        notes.append(f"{counted(found.revived, 'attempt')} passed the hidden cases after failing an earlier stage")
    return Sheet(
        name="survival",
        title=f"Survival of {counted(found.attempts, 'attempt')} on {counted(found.problems, 'problem')}",
        columns=columns(
            stage="word",
            alive="share",
            low="share",
            high="share",
            rate="share",
            product="share",
            excess="share",
            excess_low="share",
            excess_high="share",
            units="share",
            lost="count",
            noted="word",
        ),
        rows=tuple(
            (
                name,
                stage.alive,
                stage.interval.low,
                stage.interval.high,
                stage.rate,
                stage.product,
                stage.excess,
                stage.excess_low,
                stage.excess_high,
                units,
                lost,
                events,
            )
            for name, stage, units, lost, events in zip(
                found.names, found.stages, found.units, found.lost, found.events, strict=True
            )
        ),
        notes=tuple(notes),
    )


def _stages(attempts: Sequence[Traced]) -> tuple[str, ...]:
    thoughts = [kind for kind in THOUGHTS if any(item.steps(kind) for item in attempts)]
    public = ["public"] if any(item.public is not None for item in attempts) else []
    return (*thoughts, "code", *public, "hidden")


def _reached(item: Traced, names: Sequence[str], bare: bool) -> int:
    """Return how many stages, from the first, an attempt survives."""
    for place, name in enumerate(names):
        if name == "code":
            alive = item.code
        elif name == "public":
            alive = item.public is not False
        elif name == "hidden":
            alive = item.passed
        else:
            alive = all(step.text.strip() for step in item.lineage if step.kind == name)
            alive = alive and not (bare and name == "observation")
        if not alive:
            return place
    return len(names)


def _units(table: RunTable) -> dict[tuple[str, int], UnitRow]:
    known = {row.problem for row in table.problems}
    found: dict[tuple[str, int], UnitRow] = {}
    for row in stream_rows(table.path, UnitRow):
        before = found.get((row.problem, row.unit))
        if row.problem in known and (before is None or row.at >= before.at):
            found[row.problem, row.unit] = row
    return found


def _unit_shares(
    by_problem: Mapping[str, Sequence[tuple[Traced, int]]], done: Mapping[tuple[str, int], UnitRow], stages: int
) -> tuple[float, ...]:
    best: dict[str, dict[int, int]] = {problem: {} for problem in by_problem}
    for problem, unit in done:
        if problem in best:
            best[problem][unit] = 0
    for problem, found in by_problem.items():
        for item, reached in found:
            best[problem][item.unit] = max(best[problem].get(item.unit, 0), reached)
    shares = [
        [sum(reached > place for reached in units.values()) / len(units) for units in best.values() if units]
        for place in range(stages)
    ]
    return tuple(sum(column) / len(column) if column else 0.0 for column in shares)


def _events(done: Mapping[tuple[str, int], UnitRow], names: Sequence[str]) -> tuple[str, ...]:
    counts: Counter[str] = Counter()
    for row in done.values():
        counts.update(row.counters)
    at: dict[str, list[str]] = {name: [] for name in names}
    for event, count in sorted(counts.items()):
        stage = next((_EVENTS[word] for word in event.replace(":", " ").split() if word in _EVENTS), None)
        if stage in at and not event.startswith(("reply ended", "retried")):
            at[stage].append(f"{event} × {count:,}")
    return tuple("; ".join(at[name]) for name in names)
