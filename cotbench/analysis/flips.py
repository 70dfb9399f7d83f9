"""Flips: programs that did not come out the same each time they were judged."""

from __future__ import annotations

from dataclasses import dataclass

from cotbench.core.verdict import SUITES, Outcome, Suite
from cotbench.store import RunDirectory, VerdictRow, stream_rows


@dataclass(frozen=True, slots=True)
class Flip:
    """One program on one set of cases, with its outcomes in the order of the repetitions."""

    problem: str
    unit: int
    index: int
    suite: Suite
    outcomes: tuple[Outcome, ...]

    @property
    def crosses(self) -> bool:
        """Whether it passed once and did not another time."""
        return len({outcome == "passed" for outcome in self.outcomes}) > 1


def flips_of(run: RunDirectory) -> list[Flip]:
    """Return the flips among a run's verdicts, passed or not first. Raises StoreError if the run cannot be read."""
    manifest = run.read_manifest()
    places = {name: place for place, name in enumerate(manifest.problems)}
    found: dict[str, Flip] = {}
    for row in stream_rows(run.path, VerdictRow):
        if row.grader == manifest.grader and row.problem in places and len(set(row.outcomes)) > 1:
            found.setdefault(row.key, Flip(row.problem, row.unit, row.index, row.suite, row.outcomes))
    return sorted(
        found.values(),
        key=lambda flip: (not flip.crosses, places[flip.problem], flip.unit, flip.index, SUITES.index(flip.suite)),
    )
