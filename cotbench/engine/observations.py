"""Watching what a run's programs do on inputs: each distinct program once per list of inputs, kept as rows of the run.

The sandbox ends an observation at the first input that a program fails at; here it goes on with the inputs behind it,
because a failure is a behaviour like an output. Hidden cases and expected outputs play no part.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from cotbench.core.errors import GradingError
from cotbench.core.ids import text_digest
from cotbench.core.problem import Problem, Value
from cotbench.core.protocols import Grader
from cotbench.core.seen import Seen
from cotbench.core.syntax import parsed
from cotbench.core.verdict import Job, Limits
from cotbench.engine.inputs import GENERATED, InputCase, Inputs, watched_inputs
from cotbench.grading.behaviour import output_digest, printed_digest, shown
from cotbench.store.observations import ObservationRow, observation_key, read_observations
from cotbench.store.rows import AttemptRow
from cotbench.store.writer import RunWriter

_OUTPUT = 1 << 20
_MOST_TIMEOUTS = 2
_TRIES = 2

Progress = Callable[[int, int], None]
"""(programs watched, programs to watch)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Programs of one problem, and the inputs to watch them on. Repeated programs are watched once."""

    problem: Problem
    inputs: Inputs
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen, now or before. `missing` programs could not be watched because the sandbox failed, and why."""

    grader: str
    rows: Mapping[str, ObservationRow]
    missing: int = 0
    reason: str = ""

    def of(self, inputs: Inputs, code: str) -> ObservationRow | None:
        """Return what a program did on a list of inputs; None if it was not watched, or there are no inputs."""
        return self.rows.get(observation_key(inputs.problem, text_digest(code), inputs.digest, self.grader))


def wanted_observations(
    problems: Iterable[Problem], attempts: Iterable[AttemptRow], seed: int, generated: int = GENERATED
) -> tuple[Wanted, ...]:
    """Return, for each problem, all distinct programs among the attempts and the inputs of `watched_inputs`.

    Problems whose inputs are an empty list come along: nothing can be seen of their programs.
    """
    codes: dict[str, dict[str, None]] = {}
    for attempt in attempts:
        if attempt.code is not None:
            codes.setdefault(attempt.problem, {})[attempt.code] = None
    return tuple(
        Wanted(problem, watched_inputs(problem.view(), seed, generated), tuple(codes.get(problem.id, ())))
        for problem in problems
    )


def observe_programs(
    directory: Path,
    wanted: Iterable[Wanted],
    version: str,
    sandbox: Callable[[], AbstractContextManager[Grader]],
    progress: Progress | None = None,
) -> Observed:
    """Watch the programs that were not watched yet, and return what is known of all.

    Rows are appended to the run's `observations/`; the caller holds the run's lock. `sandbox` is only opened if a
    program is to be watched, `version` is the grader's. An interruption keeps what was seen. Raises StoreError, and
    what opening the sandbox raises.
    """
    rows = read_observations(directory)
    owed = list(_owed(wanted, rows, version))
    if not owed:
        return Observed(version, rows)
    missing, reason = 0, ""
    with sandbox() as grader, RunWriter(directory) as writer:
        threads = ThreadPoolExecutor(max_workers=grader.slots, thread_name_prefix="observe")
        try:
            running = [threads.submit(watch_program, grader, version, work, code) for work, code in owed]
            for done, future in enumerate(as_completed(running), start=1):
                row = future.result()
                if isinstance(row, ObservationRow):
                    writer.append(row)
                    rows[row.key] = row
                else:
                    missing += 1
                    reason = reason or row
                if progress is not None:
                    progress(done, len(owed))
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
    return Observed(version, rows, missing, reason)


def _owed(wanted: Iterable[Wanted], rows: Mapping[str, ObservationRow], version: str) -> Iterable[tuple[Watching, str]]:
    taken: set[str] = set()
    for work in wanted:
        watching = Watching(work.problem, work.inputs)
        for code in work.codes if work.inputs.cases else ():
            key = observation_key(work.problem.id, text_digest(code), work.inputs.digest, version)
            if key not in rows and key not in taken:
                taken.add(key)
                yield watching, code


class Watching:
    """The inputs of one problem as jobs want them: the sandbox packs a list once, so rests of it are kept."""

    def __init__(self, problem: Problem, inputs: Inputs) -> None:
        self.problem = problem
        self.inputs = inputs
        self._rests: dict[int, Sequence[InputCase]] = {0: inputs.cases}

    def job(self, code: str, start: int) -> Job:
        """Return the job of running a program on the inputs from number `start` on."""
        return Job(
            code=code,
            entry=self.problem.entry,
            cases=self._rests.setdefault(start, self.inputs.cases[start:]),
            # Nothing is compared in the sandbox.
            comparer="exact",
            limits=Limits(seconds=self.problem.time_limit, output=_OUTPUT),
            prelude=self.problem.prelude,
        )


def watch_program(grader: Grader, version: str, work: Watching, code: str) -> ObservationRow | str:
    """Return what a program does, or why that could not be seen. Blocks."""
    reason = ""
    for _ in range(_TRIES):
        began = time.monotonic()
        try:
            seen = _seen(grader, work, code)
        except GradingError as error:
            reason = error.message
            continue
        seconds = round(time.monotonic() - began, 4)
        return ObservationRow(work.problem.id, text_digest(code), work.inputs.digest, version, tuple(seen), seconds)
    return reason


def _seen(grader: Grader, work: Watching, code: str) -> list[Seen]:
    """Run a program on all inputs. Raises GradingError if the sandbox fails."""
    count = len(work.inputs.cases)
    if parsed(code) is None:
        return [Seen("error", "", "SyntaxError")] * count
    seen: list[Seen] = []
    timeouts = 0
    while len(seen) < count:
        observation = grader.observe(work.job(code, len(seen)))
        if observation.outcome == "infra":
            raise GradingError(observation.detail)
        seen += [_output(value, work.problem) for value in observation.outputs]
        if len(seen) < count:
            seen.append(Seen(observation.outcome, "", observation.detail))
        timeouts += observation.outcome == "timeout"
        if timeouts == _MOST_TIMEOUTS:
            # A program that hangs would take the time limit for every input.
            seen += [Seen("timeout", "", "not run after two time-outs")] * (count - len(seen))
    return seen


def _output(value: Value, problem: Problem) -> Seen:
    if problem.entry.kind == "stdin" and isinstance(value, str):
        return Seen("passed", printed_digest(value, problem.comparer), shown(value))
    return Seen("passed", output_digest(value, problem.comparer), shown(value))
