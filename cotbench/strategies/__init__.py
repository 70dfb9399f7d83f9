"""Search strategies: one small module per algorithm, its prompts beside it as template files.

A strategy is an async generator over Attempts. It sees a ProblemView and a Context, nothing else.
"""

from cotbench.strategies.registry import (
    StrategyEntry,
    check_attempts,
    open_strategy,
    planned_calls,
    prompt_digests,
    resolve_options,
    strategy_entries,
    strategy_entry,
)

__all__ = [
    "StrategyEntry",
    "check_attempts",
    "open_strategy",
    "planned_calls",
    "prompt_digests",
    "resolve_options",
    "strategy_entries",
    "strategy_entry",
]
