"""The run table: everything that tables and figures need of one run, gathered once from its directory.

Problems keep the manifest's order and none is dropped here: a problem without attempts is either unsolved (its
units are done and gave no program) or not attempted yet, and `ProblemRow` says which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cotbench.analysis.counts import Counts, count
from cotbench.core.budget import Spent
from cotbench.core.ids import unit_key
from cotbench.core.message import Usage
from cotbench.core.spec import RunSpec
from cotbench.core.verdict import Outcome
from cotbench.store import Manifest, RunDirectory, UnitRow
from cotbench.store.cache import load_columns
from cotbench.store.columns import RunColumns
from cotbench.store.spending import wall_seconds


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """One problem of a run. `n` counts attempts with a hidden verdict, and those without any program.

    `public_passed` and `both_passed` (public and hidden) are None where the problem has no public cases; `usd` is None
    where a price is unknown; `calls` and `usage` are None where the programs came from a file.
    `outcomes` are the hidden outcomes in the order of unit and index. `ungraded` attempts have a program and no
    verdict yet. `finished` says that every unit that is wanted is done.
    """

    problem: str
    difficulty: str
    n: int
    passed: int
    public_passed: int | None
    ungraded: int
    calls: int | None
    usage: Usage | None
    usd: float | None
    outcomes: tuple[Outcome, ...]
    finished: bool
    both_passed: int | None = None

    @property
    def evaluated(self) -> bool:
        """Whether the problem counts: it has attempts, or the strategy ended without giving one (unsolved)."""
        return self.n > 0 or (self.finished and self.ungraded == 0)


@dataclass(frozen=True, slots=True)
class UnitCounts:
    """Units by state. `owed` is what is wanted and not done; `partial` and `failed` units are part of it.

    `capped` units are done as far as a cap per problem lets them, and count as done.
    """

    wanted: int
    done: int
    partial: int
    failed: int
    capped: int = 0

    @property
    def owed(self) -> int:
        """How many units are still to be done."""
        return self.wanted - self.done


@dataclass(frozen=True, slots=True)
class RunTable:
    """One run, read and counted.

    `finishes` counts calls by the reason their reply ended; `counters` are the strategy's notes, summed over the
    latest row of each unit. `torn` lines could not be read; `foreign` rows belong to no problem of the manifest.
    `in_process` counts verdicts that a program could have forged, `flips` those that came out in more than one way.
    `estimated` counts replies whose tokens the server did not count.
    `wall_seconds` is the time of all sessions together. `period` is not empty where only the problems of some dates are
    looked at, and `narrowed` says how many those are. `spent` is what was paid for in
    this run; `sources` counts the calls that were taken over from other runs instead.
    """

    path: Path
    spec: RunSpec
    manifest: Manifest
    problems: tuple[ProblemRow, ...]
    units: UnitCounts
    counters: Mapping[str, int]
    finishes: Mapping[str, int]
    torn: int
    foreign: int
    wall_seconds: float
    in_process: int = 0
    flips: int = 0
    estimated: int = 0
    period: str = ""
    narrowed: str = ""
    spent: Spent = field(default_factory=Spent)
    sources: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The run's name: the last part of its path."""
        return self.path.name

    @property
    def complete(self) -> bool:
        """Whether every wanted unit is done and every program has its verdict."""
        return self.units.owed == 0 and all(row.ungraded == 0 for row in self.problems)

    @property
    def evaluated(self) -> tuple[ProblemRow, ...]:
        """The problems that count, in order."""
        return tuple(row for row in self.problems if row.evaluated)

    @property
    def cut(self) -> int:
        """Replies that were cut at max_tokens."""
        return self.finishes.get("length", 0)

    @property
    def refusals(self) -> int:
        """Replies that were refused or filtered."""
        return self.finishes.get("refusal", 0)

    @property
    def empties(self) -> int:
        """Replies without any text."""
        return self.finishes.get("empty", 0)

    @property
    def no_code(self) -> int:
        """Attempts whose reply held no program."""
        return sum(row.outcomes.count("no_code") for row in self.problems)

    @property
    def isolation(self) -> tuple[str, ...]:
        """The isolation levels of all sessions, each once, in order."""
        return tuple(dict.fromkeys(session.isolation for session in self.manifest.sessions))


def run_table(run: RunDirectory) -> RunTable:
    """Read a run directory into a table. Raises StoreError if it is not a run or cannot be read."""
    return table_of(run.path, run.read_spec(), run.read_manifest(), load_columns(run))


def table_of(path: Path, spec: RunSpec, manifest: Manifest, columns: RunColumns) -> RunTable:
    """Count a run's rows, which were read from `path`."""
    latest = _latest(columns.units.values())
    done = columns.kept_units(spec)
    capped = columns.capped_units(spec.problem_caps) - columns.done_units(spec.attempts)
    known = manifest.problems.keys()
    wanted = {unit_key(name, unit) for name in _wanted(spec, manifest) for unit in range(spec.units)}
    states = Counter(row.status for key, row in latest.items() if key in wanted and key not in done)
    counters: Counter[str] = Counter()
    for row in latest.values():
        if row.problem in known:
            counters.update(row.counters)
    if manifest.groundwork is not None:
        counters.update(manifest.groundwork.counters)
    counts = count(manifest, columns)
    moments = [*columns.calls.at.tolist(), *(row.at for row in columns.units.values())]
    seconds = wall_seconds(manifest.sessions, moments)
    return RunTable(
        path=path,
        spec=spec,
        manifest=manifest,
        problems=_problem_rows(spec, manifest, counts, done),
        units=UnitCounts(
            wanted=len(wanted),
            done=len(wanted & done),
            partial=states["partial"],
            failed=states["failed"],
            capped=len(wanted & capped),
        ),
        counters=dict(counters),
        finishes=counts.finishes,
        torn=columns.torn,
        foreign=counts.foreign + sum(row.problem not in known for row in columns.units.values()),
        wall_seconds=seconds,
        in_process=counts.in_process,
        flips=counts.flips,
        estimated=counts.estimated,
        spent=replace(counts.spent, minutes=seconds / 60),
        sources=counts.sources,
    )


def _wanted(spec: RunSpec, manifest: Manifest) -> list[str]:
    ids = set(spec.ids)
    named = [name for name in manifest.problems if not ids or name in ids]
    # slicing with None takes them all
    return named[: spec.limit]


def _latest(rows: Iterable[UnitRow]) -> dict[str, UnitRow]:
    latest: dict[str, UnitRow] = {}
    for row in rows:
        before = latest.get(row.unit_key)
        if before is None or row.at >= before.at:
            latest[row.unit_key] = row
    return latest


def _problem_rows(spec: RunSpec, manifest: Manifest, counts: Counts, done: set[str]) -> tuple[ProblemRow, ...]:
    metered = manifest.programs is None
    return tuple(
        ProblemRow(
            problem=name,
            difficulty=info.difficulty,
            n=len(counts.outcomes[place]),
            passed=counts.outcomes[place].count("passed"),
            public_passed=counts.accepted[place] if info.public else None,
            ungraded=counts.ungraded[place],
            calls=counts.calls[place] if metered else None,
            usage=counts.usage[place] if metered else None,
            usd=counts.usd[place] if metered else None,
            outcomes=counts.outcomes[place],
            finished=all(unit_key(name, unit) in done for unit in range(spec.units)),
            both_passed=counts.both[place] if info.public else None,
        )
        for place, (name, info) in enumerate(manifest.problems.items())
    )
