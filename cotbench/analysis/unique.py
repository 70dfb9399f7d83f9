"""Problems that only one of several runs solves: what a strategy can do that the others cannot."""

from __future__ import annotations

from collections.abc import Sequence

from cotbench.analysis.compatible import check_comparable, common_problems
from cotbench.analysis.coverage import on_problems
from cotbench.analysis.frames import RunTable
from cotbench.analysis.labels import run_names
from cotbench.analysis.sheet import Sheet, columns


def only_one_solves(run_tables: Sequence[RunTable]) -> dict[str, tuple[str, ...]]:
    """Return, by run, the problems that this run solves at least once and no other does, of those that all share.

    Raises ConfigurationError if the runs cannot be compared (see `compare`).
    """
    check_comparable(run_tables)
    names = run_names(run_tables)
    problems = common_problems(run_tables, names)
    rows = [on_problems(table, problems) for table in run_tables]
    found: dict[str, list[str]] = {name: [] for name in names}
    for place, problem in enumerate(problems):
        solvers = [name for name, mine in zip(names, rows, strict=True) if mine[place].passed > 0]
        if len(solvers) == 1:
            found[solvers[0]].append(problem)
    return {name: tuple(problems) for name, problems in found.items()}


def unique_sheet(run_tables: Sequence[RunTable]) -> Sheet:
    """Return those problems as a sheet, with how often the run that solves one passes. Raises as `only_one_solves`."""
    found = only_one_solves(run_tables)
    names = run_names(run_tables)
    common = common_problems(run_tables, names)
    rows = []
    for name, table in zip(names, run_tables, strict=True):
        for row in on_problems(table, found[name]):
            rows.append((name, row.problem, row.difficulty, row.passed, row.n, row.passed / row.n))
    attempts = {row.n for table in run_tables for row in on_problems(table, common)}
    caution = ["attempts per problem differ: the run with more has the better chance"] if len(attempts) > 1 else []
    none = [f"{name}: none" for name in names if not found[name]]
    return Sheet(
        name="only_one_solves",
        title=f"Problems that only one of {len(names)} runs solves, of the {len(common):,} that all have",
        columns=columns(run="word", problem="word", difficulty="word", passed="count", attempts="count", rate="share"),
        rows=tuple(rows),
        notes=(*none, *caution),
    )
