"""From a run directory to numbers: one table per run, its summary, and the comparison of several runs.

Everything here reads and nothing asks a model; the one thing that is written is the cache of a large run.
"""

from cotbench.analysis.compare import Wanted, compare
from cotbench.analysis.comparison import Comparison
from cotbench.analysis.frames import ProblemRow, RunTable, UnitCounts, run_table
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
    "compare",
    "run_table",
    "summarise",
]
