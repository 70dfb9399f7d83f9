"""Search strategies: one small module per algorithm, its prompts beside it as template files.

A strategy is an async generator over Attempts. It sees a ProblemView and a Context, nothing else.
"""

from cotbench.strategies.choosing import (
    check_attempts,
    donor_run,
    groundwork_of,
    installed_names,
    open_strategy,
    planned_calls,
    planned_groundwork,
    prompt_digests,
    resolve_options,
    run_defaults,
    strategy_entry,
)
from cotbench.strategies.entry import RunDefaults, StrategyEntry
from cotbench.strategies.registry import strategy_entries

__all__ = [
    "RunDefaults",
    "StrategyEntry",
    "check_attempts",
    "donor_run",
    "groundwork_of",
    "installed_names",
    "open_strategy",
    "planned_calls",
    "planned_groundwork",
    "prompt_digests",
    "resolve_options",
    "run_defaults",
    "strategy_entries",
    "strategy_entry",
]
