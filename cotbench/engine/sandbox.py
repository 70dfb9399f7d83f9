"""The sandbox that a command judges in: opened at the wanted level, refused where programs are not kept in."""

from __future__ import annotations

from cotbench.core.errors import BenchmarkError, ConfigurationError, GradingError
from cotbench.core.problem import Benchmark, StdinCase
from cotbench.core.stored import kinds_of
from cotbench.grading import SandboxGrader, check_sandbox
from cotbench.grading.comparers import Form, comparer
from cotbench.grading.inside.confine import hide_memory
from cotbench.grading.levels import LEVELS, SAFE_FROM

DANGER = "programs could reach your files, and at level none your network"


def open_grader(*, slots: int | None = None, isolation: str | None = None, allow_unsafe: bool = False) -> SandboxGrader:
    """Return a grader that works, at the best level there is or at the one that is wanted (by name or number).

    Raises ConfigurationError for a level that does not exist or is more than there is, and for one that does not keep
    programs in unless that is allowed; GradingError if the sandbox does not work.
    """
    grader = SandboxGrader(slots=slots, isolation=isolation)
    try:
        if unsafe(grader.isolation) and not allow_unsafe:
            raise ConfigurationError(
                f"the sandbox is at level {grader.isolation}: {DANGER}",
                hint="`cotbench doctor` says what is missing; use Linux 5.13 or newer, or a container, or take the "
                "risk with --allow-unsafe",
            )
        if unsafe(grader.isolation):
            # This process holds the answers, and perhaps keys, and programs can look around there.
            hide_memory()
        check_sandbox(grader)
    except BaseException:
        grader.close()
        raise
    return grader


def unsafe(level: str) -> bool:
    """Whether programs at this level can reach what is the user's. A level that is not known counts as unsafe."""
    return level not in LEVELS[LEVELS.index(SAFE_FROM) :]


def refuse_unknown_comparers(benchmark: Benchmark) -> None:
    """Refuse comparers that do not exist or do not fit, before anything is spent. Raises BenchmarkError."""
    for problem in benchmark.problems:
        kinds = kinds_of(problem.public) | kinds_of(problem.hidden)
        try:
            forms: tuple[tuple[Form, bool], ...] = (("text", StdinCase in kinds), ("value", bool(kinds - {StdinCase})))
            for form in [form for form, occurs in forms if occurs]:
                comparer(problem.comparer, form, tolerance=problem.tolerance, oracle=problem.oracle)
        except GradingError as error:
            raise BenchmarkError(f"{benchmark.name}: problem {problem.id}: {error.message}", hint=error.hint) from error
