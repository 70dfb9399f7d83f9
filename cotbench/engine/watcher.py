"""Running programs for a selector while it chooses: on any inputs, each program once per list, kept as rows."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from cotbench.core.errors import GradingError
from cotbench.core.ids import text_digest
from cotbench.core.problem import UNKNOWN, CallCase, Problem, StdinCase
from cotbench.core.protocols import Grader
from cotbench.core.seen import Seen
from cotbench.engine.inputs import distinct_inputs
from cotbench.engine.observations import Watching, watch_program
from cotbench.grading.behaviour import output_digest, printed_digest
from cotbench.selectors import Watch, Watched
from cotbench.store.observations import ObservationRow, observation_key, read_observations
from cotbench.store.writer import RunWriter

_NOT_GIVEN = Seen("error", "", "the input cannot be given to a program")


class Watcher:
    """Watches programs of a run's problems, from one event loop. `close` it: programs that wait are dropped."""

    def __init__(self, directory: Path, writer: RunWriter, grader: Grader, version: str) -> None:
        self._rows = read_observations(directory)
        self._writer = writer
        self._grader = grader
        self._version = version
        self._threads = ThreadPoolExecutor(max_workers=grader.slots, thread_name_prefix="watch")
        self._running: dict[str, asyncio.Future[ObservationRow | str]] = {}

    def close(self) -> None:
        """Drop what was not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def on(self, problem: Problem) -> Watch:
        """Return a function that watches programs of one problem, and does not lead to its hidden cases."""
        return functools.partial(self._watch, replace(problem, hidden=(), reference="", oracle=""))

    async def _watch(self, problem: Problem, cases: Sequence[CallCase | StdinCase], codes: Sequence[str]) -> Watched:
        inputs, places = distinct_inputs(problem.id, cases)
        watching = Watching(problem, inputs)
        rows = await asyncio.gather(*(self._row(watching, code) for code in codes))
        return Watched(
            seen=tuple(tuple(_NOT_GIVEN if place is None else row.seen[place] for place in places) for row in rows),
            expected=tuple(_expected(problem, case) for case in cases),
        )

    async def _row(self, watching: Watching, code: str) -> ObservationRow:
        """Return what a program does. Raises GradingError."""
        key = observation_key(watching.problem.id, text_digest(code), watching.inputs.digest, self._version)
        kept = self._rows.get(key)
        if kept is not None:
            return kept
        running = self._running.get(key)
        if running is None:
            loop = asyncio.get_running_loop()
            running = loop.run_in_executor(self._threads, watch_program, self._grader, self._version, watching, code)
            self._running[key] = running
        # Another pair may wait for the same program.
        row = await asyncio.shield(running)
        self._running.pop(key, None)
        if isinstance(row, str):
            raise GradingError(f"a program could not be watched: {row}")
        if key not in self._rows:
            self._writer.append(row)
            self._rows[key] = row
        return row


def _expected(problem: Problem, case: CallCase | StdinCase) -> str:
    """Return the digest of the output that a case expects, "" where it expects none."""
    if isinstance(case, StdinCase):
        return printed_digest(case.expected, problem.comparer) if case.expected else ""
    return "" if case.expected is UNKNOWN else output_digest(case.expected, problem.comparer)
