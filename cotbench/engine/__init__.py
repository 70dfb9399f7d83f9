"""The only orchestration: owed units, the ledger, retries, grading, and what happens when things go wrong."""

from cotbench.engine.execute import Outcome, Tools, execute, owed_units
from cotbench.engine.observer import Observer, Silent
from cotbench.engine.opening import Opened, find_run, open_run, refuse_other_sources

__all__ = [
    "Observer",
    "Opened",
    "Outcome",
    "Silent",
    "Tools",
    "execute",
    "find_run",
    "open_run",
    "owed_units",
    "refuse_other_sources",
]
