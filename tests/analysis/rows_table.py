"""The run table made from row objects, one by one, as it was made before columns: the truth that columns are held to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from cotbench.analysis import ProblemRow, RunTable, UnitCounts
from cotbench.core.ids import unit_key
from cotbench.core.message import Usage
from cotbench.core.spec import RunSpec
from cotbench.core.verdict import SUITES, Outcome
from cotbench.store import AttemptRow, CallRow, Manifest, RunDirectory, RunRows, UnitRow, VerdictRow, read_rows
from cotbench.store.spending import spent_on, wall_seconds


def table_of_rows(run: RunDirectory) -> RunTable:
    """Read a run directory into a table."""
    spec, manifest, rows = run.read_spec(), run.read_manifest(), read_rows(run.path, programs=False)
    latest = _latest(rows.units.values())
    done = rows.kept_units(spec)
    capped = rows.capped_units(spec.problem_caps) - rows.done_units(spec.attempts)
    problems = _problem_rows(spec, manifest, rows, done)
    known = manifest.problems.keys()
    wanted = {unit_key(name, unit) for name in _wanted(spec, manifest) for unit in range(spec.units)}
    states = Counter(row.status for key, row in latest.items() if key in wanted and key not in done)
    counters: Counter[str] = Counter()
    for row in latest.values():
        if row.problem in known:
            counters.update(row.counters)
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
    passers = [verdict for verdict in public.values() if verdict.outcome == "passed"]
    accepted = Counter(verdict.problem for verdict in passers)
    both = Counter(row.problem for row in passers if row.attempt in hidden and hidden[row.attempt].outcome == "passed")
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
                both_passed=both[name] if info.public else None,
            )
        )
    return tuple(table)
