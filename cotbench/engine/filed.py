"""Judging the programs of a file into a run directory: what is owed is judged, every verdict is a row at once.

A problem's programs are one unit; it is done when each of them has its verdicts. Which verdicts are kept already is
held as one byte per program, so that memory grows with the number of programs and not with their size.
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from cotbench.core.attempt import Step
from cotbench.core.errors import ConfigurationError, StoreError
from cotbench.core.ids import unit_key
from cotbench.core.message import Sampling
from cotbench.core.problem import Problem
from cotbench.core.protocols import Grader
from cotbench.core.spec import GRADED, OptionValue, RunSpec
from cotbench.core.verdict import SUITES, Suite
from cotbench.core.window import Window
from cotbench.engine.judging import Work, judge_all, verdict_row
from cotbench.engine.observer import Spectator
from cotbench.engine.opening import Opened, close_session
from cotbench.engine.verdict_cache import VerdictCache, suites_of
from cotbench.store.layout import RunDirectory
from cotbench.store.programs import FileProgram, ProgramsFile, read_programs
from cotbench.store.reader import stream_rows
from cotbench.store.rows import AttemptRow, UnitRow, VerdictRow
from cotbench.store.writer import RunWriter

_ATTEMPT = 1
_JUDGED: dict[Suite, int] = {suite: 2 << place for place, suite in enumerate(SUITES)}
_UNIT = 0


@dataclass(frozen=True, slots=True)
class Grading:
    """How the programs of a file are judged. `cache` False has each judged, however often it stands in the file."""

    grader: Grader
    grader_version: str
    repeat: int = 1
    cache: bool = True


@dataclass(frozen=True, slots=True)
class GradingOutcome:
    """How a session ended: verdicts wanted, verdicts still owed, and why the first of those is missing."""

    verdicts: int
    owed: int
    reason: str = ""


def graded_spec(
    file: ProgramsFile,
    benchmark: str,
    limit: int | None,
    repeat: int,
    window: Window,
    ids: tuple[str, ...],
) -> RunSpec:
    """Return the spec of the run that holds a file's verdicts."""
    options: dict[str, OptionValue] = {"format": file.info.format}
    if repeat > 1:
        options["repeat"] = repeat
    return RunSpec(
        strategy=GRADED,
        model=f"file:{file.path.name}",
        benchmark=benchmark,
        attempts=None,
        units=1,
        limit=limit,
        seed=0,
        sampling=Sampling(),
        options=options,
        window=window,
        ids=ids,
    )


def with_programs(file: ProgramsFile, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Return the problems that the file has programs of, in their order."""
    return tuple(problem for problem in problems if file.counts.get(problem.id))


def is_complete(directory: RunDirectory, problems: tuple[Problem, ...]) -> bool:
    """Whether every one of the problems is done."""
    done = {row.unit_key for row in stream_rows(directory.path, UnitRow) if row.status == "done"}
    return all(unit_key(problem.id, _UNIT) in done for problem in problems)


def grade_programs(opened: Opened, file: ProgramsFile, how: Grading, spectator: Spectator) -> GradingOutcome:
    """Judge the programs of the run's problems that have no verdict yet. An interruption keeps what was judged.

    Raises ConfigurationError if the file cannot be read any more, StoreError if rows cannot be written.
    """
    try:
        with RunWriter(opened.directory.path) as writer:
            outcome = _Grading(opened, file, how, writer).run(spectator)
    except BaseException:
        # What ended the session is what must be told, not that its last table could not be written either.
        with contextlib.suppress(StoreError):
            close_session(opened)
        raise
    close_session(opened)
    return outcome


class _Grading:
    def __init__(self, opened: Opened, file: ProgramsFile, how: Grading, writer: RunWriter) -> None:
        self._path = opened.directory.path
        self._problems = {problem.id: problem for problem in opened.problems}
        self._file = file
        self._how = how
        self._writer = writer
        self._marks = {name: bytearray(file.counts[name]) for name in self._problems}
        self._left = {name: file.counts[name] * len(suites_of(problem)) for name, problem in self._problems.items()}
        self._failed: Counter[str] = Counter()
        self._reason = ""
        self._done: set[str] = set()
        self._cache = VerdictCache(how.grader_version) if how.cache and how.repeat == 1 else None

    def run(self, spectator: Spectator) -> GradingOutcome:
        wanted = sum(self._left.values())
        self._take_stock()
        owed = sum(self._left.values())
        spectator.judging_started(wanted, owed)
        for name, left in self._left.items():
            if not left:
                self._end_unit(name)
        with contextlib.closing(judge_all(self._how.grader, self._works(), self._cache, self._how.repeat)) as stream:
            for judged in stream:
                work, verdict = judged.work, judged.verdict
                name = work.problem.id
                if verdict.outcome == "infra":
                    self._failed[name] += 1
                    self._reason = self._reason or verdict.detail
                else:
                    version = self._how.grader_version
                    row = verdict_row(name, _UNIT, work.index, work.suite, verdict, version, judged.outcomes)
                    self._writer.append(row)
                    self._left[name] -= 1
                spectator.program_judged(work.suite, verdict.outcome)
                if self._left[name] == 0:
                    self._end_unit(name)
        for name in self._failed:
            self._end_unit(name)
        return GradingOutcome(wanted, sum(self._left.values()), self._reason)

    def _take_stock(self) -> None:
        """Find out what the run directory holds already."""
        for attempt in stream_rows(self._path, AttemptRow):
            self._mark(attempt.problem, attempt.index, _ATTEMPT)
        for verdict in stream_rows(self._path, VerdictRow):
            fits = verdict.grader == self._how.grader_version
            if fits and self._mark(verdict.problem, verdict.index, _JUDGED[verdict.suite]):
                self._left[verdict.problem] -= 1
        self._done = {row.problem for row in stream_rows(self._path, UnitRow) if row.status == "done"}
        if self._cache is not None:
            attempts, verdicts = stream_rows(self._path, AttemptRow), stream_rows(self._path, VerdictRow)
            self._cache.seed(attempts, verdicts, self._problems)

    def _mark(self, name: str, index: int, bit: int) -> bool:
        """Note that a row is there; return whether that is new."""
        marks = self._marks.get(name)
        if marks is None or not 0 <= index < len(marks) or marks[index] & bit:
            return False
        marks[index] |= bit
        return True

    def _works(self) -> Iterator[Work]:
        """Give what is owed, in the order of the file; each program's row is written when it is taken."""
        for item in read_programs(self._file.path, self._file.info.format, self._file.problems):
            problem = self._problems.get(item.problem) if isinstance(item, FileProgram) else None
            if problem is None or not isinstance(item, FileProgram):
                continue
            if item.index >= len(self._marks[problem.id]):
                raise ConfigurationError(f"{self._file.path} was changed while it was read")
            if self._mark(problem.id, item.index, _ATTEMPT):
                origin = Step(kind="code", text="", call="", label=f"line {item.line}")
                self._writer.append(AttemptRow(problem.id, _UNIT, item.index, item.code, (origin,), ()))
            for suite in suites_of(problem):
                if not self._marks[problem.id][item.index] & _JUDGED[suite]:
                    yield Work(problem, _UNIT, item.index, suite, item.code)

    def _end_unit(self, name: str) -> None:
        if name in self._done:
            return
        left = self._left[name]
        if not left:
            self._done.add(name)
        row = UnitRow(
            problem=name,
            unit=_UNIT,
            status="failed" if left else "done",
            wanted=None,
            produced=self._file.counts[name],
            error=f"{left} verdict{'' if left == 1 else 's'} missing: {self._reason}" if left else "",
            at=round(time.time(), 3),
        )
        self._writer.append(row)
