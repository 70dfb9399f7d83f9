"""Right programs for strategies that begin from them: the benchmark's references, or what passed in another run."""

from __future__ import annotations

from collections.abc import Sequence

from cotbench.core.errors import ConfigurationError
from cotbench.core.material import Material
from cotbench.core.problem import Benchmark, Problem
from cotbench.store.layout import RunDirectory
from cotbench.store.reader import read_rows


def from_references(benchmark: Benchmark, problems: Sequence[Problem]) -> Material:
    """Return the references of the problems that have one. Raises ConfigurationError if none has."""
    found = {problem.id: problem.reference for problem in problems if problem.reference.strip()}
    if not found:
        raise ConfigurationError(
            f"{benchmark.name} has no reference solutions", hint="take passing programs: --set source=run from_run=RUN"
        )
    return Material(found)


def from_run(run: RunDirectory, benchmark: Benchmark, problems: Sequence[Problem]) -> Material:
    """Return, for each problem, the program of the first attempt (by unit and index) that passed its hidden cases.

    Raises ConfigurationError if the run is of other data or no program passed, StoreError if it cannot be read.
    """
    manifest = run.read_manifest()
    if manifest.dataset != benchmark.digest:
        raise ConfigurationError(
            f"{run.path} was not made on this version of {benchmark.name}", hint="its programs are for other problems"
        )
    rows = read_rows(run.path)
    verdicts = rows.verdicts_on("hidden", manifest.grader)
    wanted = {problem.id for problem in problems}
    found: dict[str, str] = {}
    for row in sorted(rows.attempts.values(), key=lambda row: (row.unit, row.index)):
        verdict = verdicts.get(row.key)
        if row.problem in wanted and row.code is not None and verdict is not None and verdict.outcome == "passed":
            found.setdefault(row.problem, row.code)
    if not found:
        raise ConfigurationError(f"no program of {run.path} passed the hidden cases of these problems")
    return Material(found)
