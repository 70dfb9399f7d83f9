"""What a strategy of your own needs: `from cotbench.api import …`. docs/strategies.md has an example.

A strategy is an `async def` with `yield` that takes a ProblemView, a Context and, if it has options, a dataclass of
them; run it with `cotbench run --strategy path/to/file.py:name`. These names stay; other modules may change.
"""

from cotbench.core.attempt import Attempt, Step
from cotbench.core.message import Message, Reply, Schema, assistant, user
from cotbench.core.problem import CallCase, CheckCase, Entry, ProblemView, StdinCase
from cotbench.core.program import extract_program
from cotbench.core.protocols import Budget, Context
from cotbench.core.trial import CaseResult, Trial
from cotbench.core.verdict import Verdict
from cotbench.strategies.concurrent import in_order, side_by_side
from cotbench.strategies.listing import TextList, ask_list, parse_list
from cotbench.strategies.options import option
from cotbench.strategies.prompting import fill
from cotbench.strategies.repeated import needed_attempts
from cotbench.strategies.writing import thought, written

__all__ = [
    "Attempt",
    "Budget",
    "CallCase",
    "CaseResult",
    "CheckCase",
    "Context",
    "Entry",
    "Message",
    "ProblemView",
    "Reply",
    "Schema",
    "StdinCase",
    "Step",
    "TextList",
    "Trial",
    "Verdict",
    "ask_list",
    "assistant",
    "extract_program",
    "fill",
    "in_order",
    "needed_attempts",
    "option",
    "parse_list",
    "side_by_side",
    "thought",
    "user",
    "written",
]
