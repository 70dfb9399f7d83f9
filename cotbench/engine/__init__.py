"""The only orchestration: owed units, the ledger, retries, grading, and what happens when things go wrong."""

from cotbench.engine.bucket import Rates
from cotbench.engine.estimate import Estimate, Expected, Range, estimate_run
from cotbench.engine.execute import Outcome, Tools, execute, owed_units
from cotbench.engine.filed import Grading, GradingOutcome, grade_programs, graded_spec, is_complete, with_programs
from cotbench.engine.groundwork import Grounding, set_apart
from cotbench.engine.inputs import GENERATED, Inputs, watched_inputs
from cotbench.engine.ledger import Shared
from cotbench.engine.observations import Observed, Wanted, observe_programs, wanted_observations
from cotbench.engine.observer import Observer, Silent, Spectator, Unseen
from cotbench.engine.opening import Opened, find_run, open_run, refuse_other_sources
from cotbench.engine.pricing import models_of, pinned_prices, unpriced
from cotbench.engine.references import with_references
from cotbench.engine.regrading import Change, Regraded, regrade
from cotbench.engine.reuse import replay_backends, replayed, shared_calls
from cotbench.engine.sandbox import DANGER, open_grader, refuse_unknown_comparers, unsafe
from cotbench.engine.soundness import refuse_broken_tests, run_references
from cotbench.engine.supplying import from_references, from_run

__all__ = [
    "DANGER",
    "GENERATED",
    "Change",
    "Estimate",
    "Expected",
    "Grading",
    "GradingOutcome",
    "Grounding",
    "Inputs",
    "Observed",
    "Observer",
    "Opened",
    "Outcome",
    "Range",
    "Rates",
    "Regraded",
    "Shared",
    "Silent",
    "Spectator",
    "Tools",
    "Unseen",
    "Wanted",
    "estimate_run",
    "execute",
    "find_run",
    "from_references",
    "from_run",
    "grade_programs",
    "graded_spec",
    "is_complete",
    "models_of",
    "observe_programs",
    "open_grader",
    "open_run",
    "owed_units",
    "pinned_prices",
    "refuse_broken_tests",
    "refuse_other_sources",
    "refuse_unknown_comparers",
    "regrade",
    "replay_backends",
    "replayed",
    "run_references",
    "set_apart",
    "shared_calls",
    "unpriced",
    "unsafe",
    "wanted_observations",
    "watched_inputs",
    "with_programs",
    "with_references",
]
