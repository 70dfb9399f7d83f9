"""What may be compared: refusals where numbers would mean nothing, notes where they need a caution."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cotbench.analysis.coverage import on_problems
from cotbench.analysis.frames import RunTable
from cotbench.analysis.notes import counted, names, run_notes
from cotbench.core.errors import ConfigurationError
from cotbench.core.naming import stem_of
from cotbench.stats.intervals import FEW_PROBLEMS


def check_comparable(tables: Sequence[RunTable]) -> None:
    """Raise ConfigurationError unless the runs are two or more, on the same data, and all simulated or all real."""
    if len(tables) < 2:
        raise ConfigurationError(
            f"nothing to compare: two runs are needed, {counted(len(tables), 'run')} given",
            hint="`cotbench list runs` shows them; `cotbench run --strategy …` makes another",
        )
    if len({table.path.resolve() for table in tables}) < len(tables):
        raise ConfigurationError("the same run is given twice", hint="name each run once")
    first = tables[0]
    for other in tables[1:]:
        if stem_of(other.spec.benchmark) != stem_of(first.spec.benchmark):
            raise ConfigurationError(
                f"{first.name} ran on {first.spec.benchmark}, {other.name} on {other.spec.benchmark}",
                hint="only runs on the same benchmark can be compared",
            )
        if other.manifest.dataset != first.manifest.dataset:
            raise ConfigurationError(
                f"{first.name} and {other.name} ran on different data of {first.spec.benchmark} "
                f"({first.manifest.dataset[:12]}, {other.manifest.dataset[:12]})",
                hint="run one of them again, with --fresh, on the data of today",
            )
        if other.manifest.simulated != first.manifest.simulated:
            simulated = other if other.manifest.simulated else first
            raise ConfigurationError(
                f"{simulated.name} comes from a simulated model and is never compared with real ones",
                hint="compare simulated runs with each other",
            )


def common_problems(tables: Sequence[RunTable], run_names: Sequence[str]) -> tuple[str, ...]:
    """Return the problems that count in every run, in the first run's order. Raises ConfigurationError if none."""
    shared = [{row.problem for row in table.evaluated} for table in tables]
    common = tuple(row.problem for row in tables[0].evaluated if all(row.problem in these for these in shared))
    if common:
        return common
    empty = [name for name, these in zip(run_names, shared, strict=True) if not these]
    if empty:
        raise ConfigurationError(
            f"{', '.join(empty)}: no problem has an attempt with a verdict", hint="finish the run, then compare"
        )
    raise ConfigurationError(
        f"the runs have no problem in common: {', '.join(run_names)}",
        hint="give both the same --limit, or finish the incomplete one",
    )


def comparison_notes(tables: Sequence[RunTable], run_names: Sequence[str], problems: Sequence[str]) -> list[str]:
    """Return the cautions that belong under a comparison, those of the single runs after those of all."""
    notes: list[str] = []
    evaluated = {row.problem for table in tables for row in table.evaluated}
    missing = sorted(evaluated - set(problems))
    if missing:
        notes.append(
            f"compared on the {counted(len(problems), 'problem')} that all runs have; "
            f"{counted(len(missing), 'problem')} left out: {names(missing)}"
        )
    if len(problems) < FEW_PROBLEMS:
        notes.append(
            f"{counted(len(problems), 'problem')} only: intervals are conservative (Wilson, Agresti-Min) and "
            "small differences cannot be found"
        )
    differing: list[tuple[str, Callable[[RunTable], object]]] = [
        ("benchmark", lambda table: table.spec.benchmark),
        ("window", lambda table: str(table.spec.window) or "all problems"),
        ("model", lambda table: table.spec.model),
        ("idea model", lambda table: table.spec.idea_model or table.spec.model),
        ("temperature", lambda table: _if_known(table, table.spec.sampling.temperature)),
        ("top_p", lambda table: _if_known(table, table.spec.sampling.top_p)),
        ("reply_tokens", lambda table: _if_known(table, table.spec.sampling.max_tokens)),
        ("extra parameters", lambda table: _if_known(table, table.spec.sampling.extra or "none")),
        ("seed", lambda table: _if_known(table, table.spec.seed)),
        ("grader", lambda table: table.manifest.grader),
        ("isolation", lambda table: ", ".join(table.isolation)),
    ]
    for word, read in differing:
        found = [read(table) for table in tables]
        if len(set(found)) > 1 and not (word == "idea model" and all(t.spec.idea_model is None for t in tables)):
            each = ", ".join(f"{name}: {value}" for name, value in zip(run_names, found, strict=True))
            notes.append(f"the runs differ in {word} ({each})")
    attempts = [[row.n for row in on_problems(table, problems)] for table in tables]
    if len({count for counts in attempts for count in counts}) > 1:
        each = ", ".join(
            f"{name}: {min(counts)}" + (f"–{max(counts)}" if max(counts) > min(counts) else "")
            for name, counts in zip(run_names, attempts, strict=True)
        )
        notes.append(
            f"attempts per problem differ ({each}): problems won and lost favour the run with more, pass@k does not"
        )
    for name, table in zip(run_names, tables, strict=True):
        notes.extend(f"{name}: {note}" for note in run_notes(table))
    return notes


def _if_known(table: RunTable, value: object) -> object:
    return "unknown" if table.manifest.programs is not None else value
