"""Judging a run's attempts again with the grader of today, and saying which verdicts changed.

Another version of the grader writes rows of its own, because a verdict's key names the version; when none is owed,
the manifest takes the new version. The same version overwrites nothing: what differs then is a flip. Rows that are
written are not judged again, so an interrupted regrading goes on, and reports the changes of all its sessions.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cotbench.core.errors import StoreError
from cotbench.core.problem import Benchmark, Problem
from cotbench.core.protocols import Grader
from cotbench.core.verdict import SUITES, Outcome, Suite
from cotbench.engine.judging import Judged, Work, judge_all, verdict_row
from cotbench.engine.observer import Spectator
from cotbench.engine.opening import new_session
from cotbench.engine.verdict_cache import VerdictCache, suites_of
from cotbench.store.layout import RunDirectory
from cotbench.store.manifest import Manifest
from cotbench.store.pass_rates import write_pass_rates
from cotbench.store.reader import RunRows, read_rows
from cotbench.store.rows import VerdictRow
from cotbench.store.writer import RunWriter


@dataclass(frozen=True, slots=True)
class Change:
    """A verdict that came out otherwise than before."""

    problem: str
    unit: int
    index: int
    suite: Suite
    old: Outcome
    new: Outcome

    @property
    def crosses(self) -> bool:
        """Whether the program passed before and does not now, or the other way round."""
        return (self.old == "passed") != (self.new == "passed")


@dataclass(frozen=True, slots=True)
class Regraded:
    """What came of it: verdicts compared, those that changed (passed or not first), those owed and why.

    `old` and `new` are versions of the grader; where they are equal, changes are flips.
    """

    old: str
    new: str
    compared: int
    changes: tuple[Change, ...]
    owed: int
    reason: str

    @property
    def same_version(self) -> bool:
        """Whether the same version of the grader judged twice."""
        return self.old == self.new


def regrade(
    directory: RunDirectory, benchmark: Benchmark, grader: Grader, version: str, spectator: Spectator
) -> Regraded:
    """Judge every attempt of a run again, on public and hidden cases. An interruption keeps what was judged.

    Raises StoreError if the run was made from other data, is worked on by another process, or cannot be written.
    """
    with directory.lock():
        manifest = directory.read_manifest()
        if manifest.dataset != benchmark.digest:
            raise StoreError(
                f"{directory.path} was made from another version of {benchmark.name}: dataset digest "
                f"{manifest.dataset[:12]} → {benchmark.digest[:12]}",
                hint="verdicts on other cases cannot be compared; bring the old data back, or start another run",
            )
        begun = replace(manifest, sessions=(*manifest.sessions, new_session(grader.isolation)))
        directory.write_manifest(begun)
        try:
            with RunWriter(directory.path) as writer:
                work = _Regrading(begun, benchmark, read_rows(directory.path), writer, version)
                regraded = work.run(grader, spectator)
        except BaseException:
            # What ended the session is what must be told, not that its last table could not be written either.
            with contextlib.suppress(StoreError):
                _close(directory, begun)
            raise
        _close(directory, begun if regraded.owed else replace(begun, grader=version))
    return regraded


def _close(directory: RunDirectory, manifest: Manifest) -> None:
    *earlier, last = manifest.sessions
    ended = replace(manifest, sessions=(*earlier, replace(last, ended=round(time.time(), 3))))
    directory.write_manifest(ended)
    write_pass_rates(directory.path, ended, read_rows(directory.path, programs=False))


class _Regrading:
    def __init__(
        self, manifest: Manifest, benchmark: Benchmark, rows: RunRows, writer: RunWriter, version: str
    ) -> None:
        self._old = manifest.grader
        self._version = version
        self._rows = rows
        self._writer = writer
        known = {**manifest.problems, **manifest.ground}
        self._problems = {problem.id: problem for problem in benchmark.problems if problem.id in known}
        self._places = {name: place for place, name in enumerate(known)}
        self._before = {suite: rows.verdicts_on(suite, manifest.grader) for suite in SUITES}
        self._changes: list[Change] = []
        self._compared = 0

    def run(self, grader: Grader, spectator: Spectator) -> Regraded:
        cache = VerdictCache(self._version)
        if self._version != self._old:
            cache.seed(self._rows.attempts.values(), self._rows.verdicts.values(), self._problems)
        owed = list(self._owed())
        spectator.judging_started(self._compared + len(owed), len(owed))
        missing, reason = 0, ""
        with contextlib.closing(judge_all(grader, owed, cache)) as stream:
            for judged in stream:
                spectator.program_judged(judged.work.suite, judged.verdict.outcome)
                if judged.verdict.outcome == "infra":
                    missing += 1
                    reason = reason or judged.verdict.detail
                else:
                    self._take(judged)
        self._changes.sort(key=self._rank)
        return Regraded(self._old, self._version, self._compared, tuple(self._changes), missing, reason)

    def _owed(self) -> Iterator[Work]:
        """Give what is to be judged; what an earlier session judged is compared instead."""
        for attempt in self._rows.attempts.values():
            problem: Problem | None = self._problems.get(attempt.problem)
            for suite in suites_of(problem) if problem is not None else ():
                kept = self._rows.verdicts.get(f"{attempt.key}::{suite}::{self._version}")
                if kept is not None and self._version != self._old:
                    self._compare(kept)
                elif problem is not None:
                    yield Work(problem, attempt.unit, attempt.index, suite, attempt.code)

    def _take(self, judged: Judged) -> None:
        work = judged.work
        row = verdict_row(work.problem.id, work.unit, work.index, work.suite, judged.verdict, self._version)
        if row.key not in self._rows.verdicts:
            self._writer.append(row)
        self._compare(row)

    def _compare(self, row: VerdictRow) -> None:
        self._compared += 1
        before = self._before[row.suite].get(row.attempt)
        if before is None or (before.grader == self._version != self._old) or before.outcome == row.outcome:
            return
        self._changes.append(Change(row.problem, row.unit, row.index, row.suite, before.outcome, row.outcome))

    def _rank(self, change: Change) -> tuple[bool, int, int, int, int]:
        place = self._places[change.problem]
        return not change.crosses, place, change.unit, change.index, SUITES.index(change.suite)
