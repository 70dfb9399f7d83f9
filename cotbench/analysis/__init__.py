"""From a run directory to numbers: one table per run, its summary, and the comparison of several runs.

Everything here reads; nothing writes to a run directory and nothing asks a model.
"""

from cotbench.analysis.compare import Wanted, compare
from cotbench.analysis.comparison import Comparison
from cotbench.analysis.frames import ProblemRow, RunTable, UnitCounts, attempts_frame, run_table
from cotbench.analysis.long_csv import as_csv
from cotbench.analysis.render import as_latex, as_markdown
from cotbench.analysis.summary import Summary, summarise

__all__ = [
    "Comparison",
    "ProblemRow",
    "RunTable",
    "Summary",
    "UnitCounts",
    "Wanted",
    "as_csv",
    "as_latex",
    "as_markdown",
    "attempts_frame",
    "compare",
    "run_table",
    "summarise",
]
