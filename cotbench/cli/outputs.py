"""Filling in expected outputs that a benchmark's data leave out, with a word about it when it takes time."""

from __future__ import annotations

from rich.console import Console

from cotbench.core.problem import Benchmark, Problem
from cotbench.core.protocols import Grader
from cotbench.engine import with_references
from cotbench.wheels.cache import cache_directory

_FIRST_WORD = 20


def with_outputs(
    benchmark: Benchmark, problems: tuple[Problem, ...], grader: Grader, screen: Console
) -> tuple[Problem, ...]:
    """Return the problems with every expected output known; references run once and what they return is kept.

    Blocks. Raises BenchmarkError if a reference fails, GradingError if the sandbox does.
    """

    def progress(done: int, owed: int) -> None:
        if owed >= _FIRST_WORD and (done % max(1, owed // 4) == 0):
            screen.print(
                f"expected outputs of {benchmark.name}: {done} of {owed} problems",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )

    return with_references(benchmark, problems, grader, cache_directory() / "references", progress)
