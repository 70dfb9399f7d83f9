"""What other programs may rely on: reading runs, and writing a strategy of your own. Other modules may change.

`load` and `compare` read runs (docs/python.md) and are found in `cotbench` itself, too. The rest is for strategies
(docs/strategies.md has an example): `from cotbench.api import …`. A strategy is an `async def` with `yield` that takes
a ProblemView, a Context and, if it has options, a dataclass of them; run it with
`cotbench run --strategy path/to/file.py:name`.
"""

from cotbench.analysis.loaded import ComparedRuns, LoadedRun, compare, load
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
    "ComparedRuns",
    "Context",
    "Entry",
    "LoadedRun",
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
    "compare",
    "extract_program",
    "fill",
    "in_order",
    "load",
    "needed_attempts",
    "option",
    "parse_list",
    "side_by_side",
    "thought",
    "user",
    "written",
]
