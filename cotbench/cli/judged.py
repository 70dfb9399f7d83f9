"""Live progress of judging programs that are there already: one bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import Progress

from cotbench.analysis.notes import counted
from cotbench.core.verdict import Outcome, Suite

_LINE_SECONDS = 10.0
_TENTHS = 10


class JudgedLines:
    """A line at each tenth, and at least every few seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._owed = 0
        self._judged = 0
        self._passed = 0
        self._hidden = 0
        self._started = self._said = time.monotonic()

    def judging_started(self, wanted: int, owed: int) -> None:
        self._owed = owed
        self._started = self._said = time.monotonic()
        kept = f", {wanted - owed:,} kept from before" if owed < wanted else ""
        self._say(f"{counted(owed, 'verdict')} to reach{kept}")

    def program_judged(self, suite: Suite, outcome: Outcome) -> None:
        self._judged += 1
        if suite == "hidden":
            self._hidden += 1
            self._passed += outcome == "passed"
        self._show()

    def _show(self) -> None:
        tenth = _TENTHS * self._judged // self._owed > _TENTHS * (self._judged - 1) // self._owed
        now = time.monotonic()
        if tenth or now - self._said > _LINE_SECONDS:
            self._said = now
            self._say(f"[{self._judged:,}/{self._owed:,}] {self._state(now)}")

    def _state(self, now: float) -> str:
        elapsed = max(now - self._started, 1e-9)
        left = int(elapsed * (self._owed - self._judged) / self._judged)
        return (
            f"{self._passed:,} of {self._hidden:,} programs passed · {self._judged / elapsed:,.0f} verdicts/s · "
            f"ETA {left // 60}:{left % 60:02d}"
        )

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class JudgedBar(JudgedLines):
    """One bar, on a terminal."""

    def __init__(self, console: Console, bars: Progress) -> None:
        super().__init__(console)
        self._bars = bars
        self._bar = bars.add_task("judging", total=None, note="")

    def judging_started(self, wanted: int, owed: int) -> None:
        super().judging_started(wanted, owed)
        self._bars.update(self._bar, total=owed)

    def _show(self) -> None:
        self._bars.update(self._bar, completed=self._judged, note=self._state(time.monotonic()))
