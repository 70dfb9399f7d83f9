"""The only orchestration: owed units, the ledger, retries, grading, and what happens when things go wrong."""

from cotbench.engine.bucket import Rates
from cotbench.engine.execute import Outcome, Tools, execute, owed_units
from cotbench.engine.filed import Grading, GradingOutcome, grade_programs, graded_spec, is_complete, with_programs
from cotbench.engine.observer import Observer, Silent, Spectator, Unseen
from cotbench.engine.opening import Opened, find_run, open_run, refuse_other_sources
from cotbench.engine.references import with_references
from cotbench.engine.regrading import Change, Regraded, regrade
from cotbench.engine.sandbox import DANGER, open_grader, refuse_unknown_comparers, unsafe
from cotbench.engine.soundness import refuse_broken_tests, run_references
from cotbench.engine.supplying import from_references, from_run

__all__ = [
    "DANGER",
    "Change",
    "Grading",
    "GradingOutcome",
    "Observer",
    "Opened",
    "Outcome",
    "Rates",
    "Regraded",
    "Silent",
    "Spectator",
    "Tools",
    "Unseen",
    "execute",
    "find_run",
    "from_references",
    "from_run",
    "grade_programs",
    "graded_spec",
    "is_complete",
    "open_grader",
    "open_run",
    "owed_units",
    "refuse_broken_tests",
    "refuse_other_sources",
    "refuse_unknown_comparers",
    "regrade",
    "run_references",
    "unsafe",
    "with_programs",
    "with_references",
]
