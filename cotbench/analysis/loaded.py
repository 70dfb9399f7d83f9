"""A run in Python: `cotbench.load` gives its rows as pandas data frames, `cotbench.compare` compares several runs.

The numbers are those of the command line: they come from the same functions with the same seeds.
"""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from cotbench.analysis import Comparison, as_csv, as_markdown
from cotbench.analysis import compare as compare_tables
from cotbench.analysis.data_frames import attempts_frame, calls_frame, problems_frame, units_frame, verdicts_frame
from cotbench.analysis.frames import RunTable, table_of
from cotbench.analysis.summary import Summary, summarise
from cotbench.core.errors import StoreError, near_matches
from cotbench.core.spec import RunSpec
from cotbench.store import Manifest, RunDirectory, list_runs, named_run
from cotbench.store.cache import load_columns
from cotbench.store.columns import RunColumns

if TYPE_CHECKING:
    import pandas as pd

RESULTS = Path("results")


class LoadedRun:
    """One run. Its rows are read when they are first asked for and then kept: load it again to see later ones.

    docs/python.md lists the columns of every frame with their types.
    """

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self.spec: RunSpec = run.read_spec()
        self.manifest: Manifest = run.read_manifest()

    @property
    def name(self) -> str:
        """The run's name: the last part of its path."""
        return self._run.name

    @property
    def path(self) -> Path:
        """The run's directory."""
        return self._run.path

    @cached_property
    def attempts(self) -> pd.DataFrame:
        """One line per attempt, sorted by problem, unit and index: its program and what its verdicts say.

        Programs for problems that the strategy set apart for its groundwork are left out.
        """
        frame = attempts_frame(self.path, self.manifest.grader, self._columns)
        ground = list(self.manifest.ground)
        return frame[~frame["problem"].isin(ground)].reset_index(drop=True) if ground else frame

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """One line per verdict: attempt × public or hidden cases × version of the grader."""
        return verdicts_frame(self._columns)

    @cached_property
    def calls(self) -> pd.DataFrame:
        """One line per model reply: where in the search it was asked for, tokens, money, seconds."""
        return calls_frame(self._columns)

    @cached_property
    def units(self) -> pd.DataFrame:
        """One line for each time that a unit (one search on one problem) ended."""
        return units_frame(self._columns)

    @cached_property
    def problems(self) -> pd.DataFrame:
        """One line per problem: attempts that count, passes, tokens, money."""
        return problems_frame(self.table)

    @cached_property
    def table(self) -> RunTable:
        """The run counted, as every table and figure of the command line starts from it."""
        return table_of(self.path, self.spec, self.manifest, self._columns)

    def summary(self, ks: Sequence[int] | None = None, *, seed: int = 0, confidence: float = 0.95) -> Summary:
        """Return what ends `cotbench run`: pass@k with intervals, cost and notes.

        Raises ConfigurationError for a k below 1 and ValueError for a confidence outside (0, 1).
        """
        return summarise(self.table, ks, seed, confidence)

    def pass_at_k(self, ks: Sequence[int] | None = None, *, seed: int = 0, confidence: float = 0.95) -> pd.DataFrame:
        """Return one line per k, indexed by k, with `estimate`, `low`, `high` (shares of problems) and `method`.

        ks default to 1, 2, 5, 10 … up to the fewest attempts of a problem; one that is undefined is left out. The
        intervals are over problems. Raises as `summary` does.
        """
        import pandas as pd

        rows = self.summary(ks, seed=seed, confidence=confidence).rows
        lines = [(row.k, row.estimate, row.interval.low, row.interval.high, row.interval.method) for row in rows]
        return pd.DataFrame(lines, columns=["k", "estimate", "low", "high", "method"]).set_index("k")

    @cached_property
    def _columns(self) -> RunColumns:
        return load_columns(self._run)

    def __repr__(self) -> str:
        spec = self.spec
        return f"<run {self.name}: {spec.strategy} × {spec.model} × {spec.benchmark}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: pass@k as a table."""
        return f"<p>{html.escape(repr(self)[1:-1])}</p>{self.pass_at_k().to_html()}"


class ComparedRuns:
    """Several runs compared on their common problems; `numbers` holds all that `cotbench compare` says of them."""

    def __init__(self, numbers: Comparison) -> None:
        self.numbers = numbers

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One line per number, as `cotbench compare --csv` prints them."""
        import pandas as pd

        return pd.read_csv(io.StringIO(as_csv(self.numbers)))

    def __repr__(self) -> str:
        return as_markdown(self.numbers)

    def _repr_markdown_(self) -> str:
        """What a notebook shows: the tables and notes of `cotbench compare --markdown`."""
        return as_markdown(self.numbers)


def load(run: str | PathLike[str], *, results: str | PathLike[str] = RESULTS) -> LoadedRun:
    """Return the run at a path, or with a name in the results directory.

    Raises StoreError if there is none, or it cannot be read or is of another version.
    """
    found = named_run(str(run), Path(results))
    if found is None:
        names = [other.name for other in list_runs(Path(results))]
        raise StoreError(f"there is no run {str(run)!r}", hint=near_matches(str(run), names) or "give its path")
    return LoadedRun(found)


def compare(
    *runs: LoadedRun | str | PathLike[str],
    ks: Sequence[int] | None = None,
    seed: int = 0,
    confidence: float = 0.95,
    all_pairs: bool = False,
) -> ComparedRuns:
    """Compare runs, loaded ones or paths and names, on their common problems; the first is the baseline.

    Raises ConfigurationError where there is nothing to compare (fewer than two runs, different data, simulated beside
    real models) and StoreError as `load` does.
    """
    loaded = [run if isinstance(run, LoadedRun) else load(run) for run in runs]
    return ComparedRuns(compare_tables([run.table for run in loaded], ks, seed, confidence, all_pairs=all_pairs))
