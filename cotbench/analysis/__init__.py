"""From a run directory to numbers: one table per run, its summary, and the comparison of several runs.

Everything here reads and nothing asks a model; the one thing that is written is the cache of a large run.
"""

from cotbench.analysis.compare import Comparison, compare
from cotbench.analysis.frames import ProblemRow, RunTable, UnitCounts, run_table
from cotbench.analysis.render import as_csv, as_markdown
from cotbench.analysis.summary import Summary, summarise

__all__ = [
    "Comparison",
    "ProblemRow",
    "RunTable",
    "Summary",
    "UnitCounts",
    "as_csv",
    "as_markdown",
    "compare",
    "run_table",
    "summarise",
]
