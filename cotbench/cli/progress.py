"""Live progress on standard error: bars on a terminal, plain lines elsewhere, nothing with `--quiet`."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from cotbench.analysis.notes import counted
from cotbench.cli.study_clock import StudyClock
from cotbench.core.message import Completion
from cotbench.core.verdict import Outcome
from cotbench.store.rows import UnitRow

_BYTES = 1_000_000
_PAUSE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Held:
    """A model that is asked for fewer replies at a time than there are places; `until` is when it is asked again."""

    limit: int
    full: int
    until: float

    def words(self, name: str) -> str:
        """Return how many replies at a time, and how long the next one has to wait."""
        wait = self.until - time.monotonic()
        pause = f", paused for {wait:.0f} s" if wait >= 1 else ""
        return f"{name and name + ': '}{self.limit} of {self.full} at a time{pause}"


class Tally:
    """What a running run amounts to so far; `study` is the clock of the study that it belongs to."""

    def __init__(self, study: StudyClock | None = None) -> None:
        self.study = study
        self.units = 0
        self.owed = 0
        self.ended = 0
        self.solved = 0
        self.calls = 0
        self.tokens = 0
        self.usd: float | None = 0.0
        self.judged = 0
        self.wanted: int | None = None
        self.held: dict[str, Held] = {}
        self.started = time.monotonic()

    def add_call(self, completion: Completion, replayed: bool) -> None:
        """Count a reply; replayed ones were paid for in an earlier session."""
        if not replayed:
            self.calls += 1
            self.tokens += completion.usage.completion
            self.usd = None if self.usd is None or completion.usd is None else self.usd + completion.usd

    def line(self) -> str:
        """Return solved so far, speed, cost and the time that is left."""
        elapsed = max(time.monotonic() - self.started, 1e-9)
        money = "cost unknown" if self.usd is None else f"${self.usd:.2f}"
        parts = [f"solved {self.solved}", counted(self.calls, "call"), f"{self.tokens / elapsed:.0f} tok/s", money]
        parts += [held.words(name if len(self.held) > 1 else "") for name, held in self.held.items()]
        left = self._seconds_left(elapsed)
        if left is not None:
            parts.append(f"ETA {int(left) // 60}:{int(left) % 60:02d}")
        if self.study is not None:
            parts.append(self.study.words(self._share()))
        return " · ".join(parts)

    def _share(self) -> float:
        """Return how much of what is owed is done, from 0 to 1: by units, or by attempts where those are further."""
        units = self.ended / self.owed if self.owed else 0.0
        attempts = self.judged / (self.wanted * self.owed) if self.wanted is not None and self.owed else 0.0
        return max(units, attempts)

    def _seconds_left(self, elapsed: float) -> float | None:
        share = self._share()
        return elapsed * (1 - share) / share if 0 < share <= 1 else None


class PlainLines:
    """One line per unit, for logs and pipes, and a sign of life with a reply after `pause` seconds without a line."""

    def __init__(self, console: Console, study: StudyClock | None = None, pause: float = _PAUSE_SECONDS) -> None:
        self._console = console
        self._pause = pause
        self._said = time.monotonic()
        self.tally = Tally(study)
        self._passed: dict[tuple[str, int], int] = {}
        self._complaint = ""

    def run_started(self, units: int, owed: int) -> None:
        self.tally.units, self.tally.owed = units, owed
        kept = f", {units - owed} done before" if units != owed else ""
        self._say(f"{counted(owed, 'unit')} to do{kept}")

    def unit_started(self, problem: str, unit: int, wanted: int | None) -> None:
        self.tally.wanted = wanted

    def call_ended(self, problem: str, unit: int, completion: Completion, replayed: bool) -> None:
        self.tally.add_call(completion, replayed)
        self._complaint = ""
        if time.monotonic() - self._said >= self._pause:
            self._say(f"working on {problem} · {self.tally.line()}")

    def call_retried(self, problem: str, unit: int, reason: str, wait: float) -> None:
        # All calls in flight may be refused at once, for one reason: it is said once, and counted in the summary.
        if reason != self._complaint:
            self._say(f"{problem}: {reason}; trying again in {wait:.0f} s")
        self._complaint = reason

    def concurrency_changed(self, model: str, limit: int, full: int, wait: float) -> None:
        before = self.tally.held.pop(model, None)
        if limit < full or wait > 0:
            self.tally.held[model] = Held(limit, full, time.monotonic() + wait)
        earlier = full if before is None else before.limit
        if limit < earlier:
            self._say(f"{model} refuses requests: {limit} of {full} replies at a time, the next in {wait:.1f} s")
        elif earlier < limit == full:
            self._say(f"{model}: back to {full} replies at a time")

    def attempt_judged(self, problem: str, unit: int, index: int, outcome: Outcome) -> None:
        self.tally.judged += 1
        key = (problem, unit)
        self._passed[key] = self._passed.get(key, 0) + (outcome == "passed")

    def unit_ended(self, row: UnitRow, solved: bool) -> None:
        self.tally.ended += 1
        self.tally.solved += solved
        self._say(f"[{self.tally.ended}/{self.tally.owed}] {self.result(row)} · {self.tally.line()}")

    def result(self, row: UnitRow) -> str:
        """Return one line on how a unit ended."""
        name = f"{row.problem} #{row.unit}" if row.unit else row.problem
        if row.status == "failed":
            return f"{name}: failed, owed again: {row.error}"
        passed = f"{name}: {self._passed.get((row.problem, row.unit), 0)} of {counted(row.produced, 'attempt')} passed"
        return f"{passed}; {row.error}" if row.status == "partial" else passed

    def _say(self, line: str) -> None:
        self._said = time.monotonic()
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class Bars(PlainLines):
    """One bar per running problem and a total, on a terminal."""

    def __init__(self, console: Console, bars: Progress, study: StudyClock | None = None) -> None:
        super().__init__(console, study, pause=math.inf)
        self._bars = bars
        self._total = bars.add_task("total" if study is None else study.where, total=None, note="")
        self._tasks: dict[tuple[str, int], TaskID] = {}
        self._counts: dict[tuple[str, int], tuple[int, int]] = {}

    def run_started(self, units: int, owed: int) -> None:
        super().run_started(units, owed)
        self._bars.update(self._total, total=owed)

    def unit_started(self, problem: str, unit: int, wanted: int | None) -> None:
        super().unit_started(problem, unit, wanted)
        name = f"{problem} #{unit}" if unit else problem
        self._counts[(problem, unit)] = (0, 0)
        self._tasks[(problem, unit)] = self._bars.add_task(f"  {name}", total=wanted, note="thinking")

    def call_ended(self, problem: str, unit: int, completion: Completion, replayed: bool) -> None:
        super().call_ended(problem, unit, completion, replayed)
        calls, judged = self._counts.get((problem, unit), (0, 0))
        self._note(problem, unit, calls + 1, judged)
        self._refresh()

    def attempt_judged(self, problem: str, unit: int, index: int, outcome: Outcome) -> None:
        super().attempt_judged(problem, unit, index, outcome)
        calls, judged = self._counts.get((problem, unit), (0, 0))
        self._note(problem, unit, calls, judged + 1)
        self._refresh()

    def unit_ended(self, row: UnitRow, solved: bool) -> None:
        self.tally.ended += 1
        self.tally.solved += solved
        task = self._tasks.pop((row.problem, row.unit), None)
        if task is not None:
            self._bars.remove_task(task)
        self._say(f"{'✓' if solved else '✗' if row.status == 'done' else '!'} {self.result(row)}")
        self._bars.update(self._total, completed=self.tally.ended)
        self._refresh()

    def close(self) -> None:
        """Take the bars away, so that those of another run can follow."""
        for task in (self._total, *self._tasks.values()):
            self._bars.remove_task(task)
        self._tasks.clear()

    def _note(self, problem: str, unit: int, calls: int, judged: int) -> None:
        key = (problem, unit)
        self._counts[key] = (calls, judged)
        task = self._tasks.get(key)
        if task is not None:
            note = f"{counted(calls, 'call')} · {self._passed.get(key, 0)} passed"
            self._bars.update(task, completed=judged, note=note)

    def _refresh(self) -> None:
        self._bars.update(self._total, note=self.tally.line())


class Download:
    """Progress of a download, as bars or as plain lines at each tenth."""

    def __init__(self, console: Console, bars: Progress | None) -> None:
        self._console = console
        self._bars = bars
        self._task: TaskID | None = None
        self._tenth = -1

    def __call__(self, done: int, total: int, what: str) -> None:
        """Report `done` of `total` bytes of `what`."""
        if self._bars is not None:
            if self._task is None:
                self._task = self._bars.add_task(what, total=total // _BYTES, note="MB")
            self._bars.update(self._task, completed=done // _BYTES, total=total // _BYTES, description=what)
            if done >= total:
                self._bars.remove_task(self._task)
                self._task = None
            return
        tenth = 10 * done // total if total else 0
        if tenth != self._tenth:
            self._tenth = tenth
            line = f"{what}: {done // _BYTES} of {total // _BYTES} MB"
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def bars_on(console: Console) -> Iterator[Progress | None]:
    """Give live bars if the console is a terminal, else None."""
    if not console.is_terminal:
        yield None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        yield bars
