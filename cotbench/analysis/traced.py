"""Judged attempts with the thoughts that led to them: what every analysis of lineages starts from."""

from __future__ import annotations

from dataclasses import dataclass

from cotbench.analysis.frames import RunTable
from cotbench.core.attempt import Step, StepKind
from cotbench.store import AttemptRow, RunRows, VerdictRow, stream_rows


@dataclass(frozen=True, slots=True)
class Traced:
    """One attempt that has a hidden verdict, or no program. `cases` are hidden cases passed before the first failure.

    `public` is whether it passed the public cases, None where there are none or they were not run.
    """

    problem: str
    unit: int
    index: int
    lineage: tuple[Step, ...]
    code: bool
    public: bool | None
    passed: bool
    cases: int

    def steps(self, kind: StepKind) -> tuple[Step, ...]:
        """Return the steps of one kind, in order."""
        return tuple(step for step in self.lineage if step.kind == kind)

    def branch(self, kind: StepKind) -> tuple[str, ...] | None:
        """Return what names the branch up to its last step of a kind, or None if it has no such step.

        Attempts of one unit that came from the same thoughts have the same branch. Steps go by their label, and
        without one by their text.
        """
        places = [place for place, step in enumerate(self.lineage) if step.kind == kind]
        if not places:
            return None
        return tuple(f"{step.kind} {step.label or step.text}" for step in self.lineage[: places[-1] + 1])


def traced(table: RunTable) -> tuple[Traced, ...]:
    """Return the judged attempts on the table's problems, by problem, unit and index.

    Raises StoreError if the run cannot be read.
    """
    places = {row.problem: place for place, row in enumerate(table.problems)}
    verdicts: dict[str, VerdictRow] = {}
    for verdict in stream_rows(table.path, VerdictRow):
        verdicts.setdefault(verdict.key, verdict)
    rows = RunRows(calls={}, attempts={}, verdicts=verdicts, units={}, torn=0)
    public = rows.verdicts_on("public", table.manifest.grader)
    hidden = rows.verdicts_on("hidden", table.manifest.grader)
    found: dict[str, Traced] = {}
    for row in stream_rows(table.path, AttemptRow):
        verdict_here = hidden.get(row.key)
        if row.problem not in places or row.key in found or (verdict_here is None and row.code is not None):
            continue
        seen = public.get(row.key)
        has_public = table.manifest.problems[row.problem].public > 0
        found[row.key] = Traced(
            problem=row.problem,
            unit=row.unit,
            index=row.index,
            lineage=row.lineage,
            code=row.code is not None,
            public=seen.outcome == "passed"
            if seen is not None
            else (False if has_public and row.code is None else None),
            passed=verdict_here is not None and verdict_here.outcome == "passed",
            cases=0 if verdict_here is None else verdict_here.passed,
        )
    return tuple(sorted(found.values(), key=lambda item: (places[item.problem], item.unit, item.index)))
