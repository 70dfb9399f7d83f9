"""What the engine tells whoever watches a run or a judging: progress bars, plain lines, or nobody."""

from __future__ import annotations

from typing import Protocol

from cotbench.core.message import Completion
from cotbench.core.verdict import Outcome, Suite
from cotbench.store.rows import UnitRow


class Observer(Protocol):
    """Receives events from the engine's own thread; must not block."""

    def run_started(self, units: int, owed: int) -> None:
        """The run has `units` units, of which `owed` are still to be done."""

    def unit_started(self, problem: str, unit: int, wanted: int | None) -> None:
        """A unit begins; `wanted` attempts are asked for."""

    def call_ended(self, problem: str, unit: int, completion: Completion, replayed: bool) -> None:
        """A reply arrived, from the backend or (`replayed`) from the ledger."""

    def call_retried(self, problem: str, unit: int, reason: str, wait: float) -> None:
        """A call failed and is tried again in `wait` seconds."""

    def concurrency_changed(self, model: str, limit: int, full: int, wait: float) -> None:
        """A model may have `limit` of `full` replies in flight from now on, the next one in `wait` seconds."""

    def attempt_judged(self, problem: str, unit: int, index: int, outcome: Outcome) -> None:
        """An attempt has its verdict on the hidden cases."""

    def unit_ended(self, row: UnitRow, solved: bool) -> None:
        """A unit ended; `solved` if any of its attempts passed the hidden cases."""


class Silent:
    """An observer that does nothing."""

    def run_started(self, units: int, owed: int) -> None:
        pass

    def unit_started(self, problem: str, unit: int, wanted: int | None) -> None:
        pass

    def call_ended(self, problem: str, unit: int, completion: Completion, replayed: bool) -> None:
        pass

    def call_retried(self, problem: str, unit: int, reason: str, wait: float) -> None:
        pass

    def concurrency_changed(self, model: str, limit: int, full: int, wait: float) -> None:
        pass

    def attempt_judged(self, problem: str, unit: int, index: int, outcome: Outcome) -> None:
        pass

    def unit_ended(self, row: UnitRow, solved: bool) -> None:
        pass


class Spectator(Protocol):
    """Watches programs being judged that are there already; must not block."""

    def judging_started(self, wanted: int, owed: int) -> None:
        """`wanted` verdicts belong to the run, of which `owed` are still missing."""

    def program_judged(self, suite: Suite, outcome: Outcome) -> None:
        """A program has its verdict on one set of cases."""


class Unseen:
    """A spectator that does nothing."""

    def judging_started(self, wanted: int, owed: int) -> None:
        pass

    def program_judged(self, suite: Suite, outcome: Outcome) -> None:
        pass
