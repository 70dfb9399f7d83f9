"""The run table: everything that tables and figures need of one run, gathered once from its directory.

Problems keep the manifest's order and none is dropped here: a problem without attempts is either unsolved (its
units are done and gave no program) or not attempted yet, and `ProblemRow` says which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cotbench.core.budget import Spent
from cotbench.core.ids import unit_key
from cotbench.core.message import Usage
from cotbench.core.spec import RunSpec
from cotbench.core.verdict import SUITES, Outcome
from cotbench.store import AttemptRow, CallRow, Manifest, RunDirectory, RunRows, UnitRow, VerdictRow, read_rows
from cotbench.store.spending import spent_on, wall_seconds

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """One problem of a run. `n` counts attempts with a hidden verdict, and those without any program.

    `public_passed` is None where the problem has no public cases; `usd` is None where a price is unknown; `calls` and
    `usage` are None where the programs came from a file.
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
    spec, manifest, rows = run.read_spec(), run.read_manifest(), read_rows(run.path, programs=False)
    latest = _latest(rows.units.values())
    done = rows.kept_units(spec)
    capped = rows.capped_units(spec.problem_caps) - rows.done_units(spec.attempts)
    problems = _problem_rows(spec, manifest, rows, done)
    known = {**manifest.problems, **manifest.ground}.keys()
    wanted = {unit_key(name, unit) for name in _wanted(spec, manifest) for unit in range(spec.units)}
    states = Counter(row.status for key, row in latest.items() if key in wanted and key not in done)
    counters: Counter[str] = Counter()
    for row in latest.values():
        if row.problem in known:
            counters.update(row.counters)
    if manifest.groundwork is not None:
        counters.update(manifest.groundwork.counters)
    calls = [row for row in rows.calls.values() if row.problem in known]
    judged = [row for suite in SUITES for row in rows.verdicts_on(suite, manifest.grader).values()]
    verdicts = [row for row in judged if row.problem in known]
    everything: list[CallRow | AttemptRow | VerdictRow | UnitRow] = [
        *rows.calls.values(),
        *rows.attempts.values(),
        *rows.verdicts.values(),
        *rows.units.values(),
    ]
    moments = [row.at for row in everything if isinstance(row, CallRow | UnitRow)]
    seconds = wall_seconds(manifest.sessions, moments)
    return RunTable(
        path=run.path,
        spec=spec,
        manifest=manifest,
        problems=problems,
        units=UnitCounts(
            wanted=len(wanted),
            done=len(wanted & done),
            partial=states["partial"],
            failed=states["failed"],
            capped=len(wanted & capped),
        ),
        counters=dict(counters),
        finishes=dict(Counter(row.finish for row in calls)),
        torn=rows.torn,
        foreign=sum(row.problem not in known for row in everything),
        wall_seconds=seconds,
        in_process=sum(row.integrity == "in-process" for row in verdicts),
        flips=sum(len(set(row.outcomes)) > 1 for row in verdicts),
        estimated=sum(row.usage.estimated for row in calls),
        spent=replace(spent_on(calls, manifest.prices), minutes=seconds / 60),
        sources=dict(Counter(row.source for row in calls if row.source)),
    )


def attempts_frame(run: RunDirectory) -> pd.DataFrame:
    """Return one line per attempt as a pandas DataFrame, for notebooks.

    Columns: problem, difficulty, unit, index, code, outcome, passed_cases, total_cases, public_outcome, calls.
    `outcome` is missing for an attempt that has no verdict yet. Raises StoreError if the run cannot be read.
    """
    import pandas as pd

    manifest, rows = run.read_manifest(), read_rows(run.path)
    public, hidden = (rows.verdicts_on(suite, manifest.grader) for suite in SUITES)
    lines: list[dict[str, object]] = []
    for key, row in sorted(rows.attempts.items(), key=lambda item: (item[1].problem, item[1].unit, item[1].index)):
        if row.problem in manifest.ground:
            continue
        verdict, seen = hidden.get(key), public.get(key)
        info = manifest.problems.get(row.problem)
        lines.append(
            {
                "problem": row.problem,
                "difficulty": info.difficulty if info else "",
                "unit": row.unit,
                "index": row.index,
                "code": row.code,
                "outcome": verdict.outcome if verdict else ("no_code" if row.code is None else None),
                "passed_cases": verdict.passed if verdict else 0,
                "total_cases": verdict.total if verdict else 0,
                "public_outcome": seen.outcome if seen else None,
                "calls": len(row.calls),
            }
        )
    columns = ["problem", "difficulty", "unit", "index", "code", "outcome", "passed_cases", "total_cases"]
    return pd.DataFrame(lines, columns=[*columns, "public_outcome", "calls"])


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


def _problem_rows(spec: RunSpec, manifest: Manifest, rows: RunRows, done: set[str]) -> tuple[ProblemRow, ...]:
    public, hidden = (rows.verdicts_on(suite, manifest.grader) for suite in SUITES)
    graded: dict[str, dict[tuple[int, int], Outcome]] = {}
    for verdict in hidden.values():
        graded.setdefault(verdict.problem, {})[verdict.unit, verdict.index] = verdict.outcome
    ungraded: Counter[str] = Counter()
    for attempt in rows.attempts.values():
        if attempt.key in hidden:
            continue
        if attempt.code is None:
            graded.setdefault(attempt.problem, {})[attempt.unit, attempt.index] = "no_code"
        else:
            ungraded[attempt.problem] += 1
    accepted = Counter(verdict.problem for verdict in public.values() if verdict.outcome == "passed")
    calls: Counter[str] = Counter()
    usage: dict[str, Usage] = {}
    usd: dict[str, float | None] = {}
    for call in rows.calls.values():
        calls[call.problem] += 1
        usage[call.problem] = usage.get(call.problem, Usage()) + call.usage
        spent = usd.get(call.problem, 0.0)
        usd[call.problem] = None if spent is None or call.usd is None else spent + call.usd
    table: list[ProblemRow] = []
    metered = manifest.programs is None
    for name, info in manifest.problems.items():
        outcomes = tuple(outcome for _, outcome in sorted(graded.get(name, {}).items()))
        table.append(
            ProblemRow(
                problem=name,
                difficulty=info.difficulty,
                n=len(outcomes),
                passed=outcomes.count("passed"),
                public_passed=accepted[name] if info.public else None,
                ungraded=ungraded[name],
                calls=calls[name] if metered else None,
                usage=usage.get(name, Usage()) if metered else None,
                usd=usd.get(name, 0.0) if metered else None,
                outcomes=outcomes,
                finished=all(unit_key(name, unit) in done for unit in range(spec.units)),
            )
        )
    return tuple(table)
