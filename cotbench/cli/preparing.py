"""What stands before a run: its benchmark, the problems chosen, the directory it belongs to and what is owed there."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.console import Console

from cotbench.benchmarks.registry import load_benchmark
from cotbench.cli.requesting import Request
from cotbench.cli.runs import find
from cotbench.cli.selection import Selection
from cotbench.core.budget import Price
from cotbench.core.problem import Benchmark, Problem
from cotbench.core.spec import RunSpec
from cotbench.engine import (
    Shared,
    find_run,
    owed_units,
    pinned_prices,
    refuse_other_sources,
    set_apart,
    shared_calls,
)
from cotbench.grading import GRADER_VERSION
from cotbench.store import RunDirectory, RunRows, read_rows
from cotbench.strategies import prompt_digests

_PATIENCE = 2.0
"""Seconds after which something that takes long is announced."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run before its session. `rows` is None for one that is not there yet; `owed` units are wanted and not done.

    `ground` are the problems that the strategy keeps for its groundwork, none of which are among the `problems`.
    """

    request: Request
    benchmark: Benchmark
    problems: tuple[Problem, ...]
    directory: RunDirectory
    rows: RunRows | None
    prices: Mapping[str, Price]
    shared: tuple[Shared, ...]
    owed: int
    ground: tuple[Problem, ...] = ()

    @property
    def spec(self) -> RunSpec:
        """What is asked for."""
        return self.request.spec

    @property
    def resumed(self) -> bool:
        """Whether the run was begun before."""
        return self.rows is not None


def load(name: str, screen: Console) -> Benchmark:
    """Load a benchmark, and say so where it takes long. Raises BenchmarkError."""
    with _patient(f"loading {name} …", screen):
        return load_benchmark(name)


def prepare(request: Request, benchmark: Benchmark) -> Prepared:
    """Find out what a request is about. Asks nothing and writes nothing.

    Raises ConfigurationError, BenchmarkError and StoreError where the run itself would.
    """
    spec = request.spec
    rest, ground = set_apart(spec, benchmark)
    problems = chosen(spec).of(rest, spec.seed)
    directory, resumed = find_run(spec, request.results, name=request.name, fresh=request.fresh, beside=request.beside)
    shared = shared_calls([find(run, request.results) for run in request.reuse])
    rows: RunRows | None = None
    if resumed:
        refuse_other_sources(directory, benchmark, prompt_digests(spec.strategy), GRADER_VERSION)
        rows = read_rows(directory.path, programs=False)
    # A cap that cannot hold is refused before anything is started.
    prices = pinned_prices(spec, directory.read_manifest().prices if resumed else {})
    owed = len(problems) * spec.units if rows is None else len(owed_units(spec, problems, rows))
    return Prepared(request, benchmark, problems, directory, rows, prices, shared, owed, ground)


def chosen(spec: RunSpec) -> Selection:
    """Return which problems a run asks for."""
    return Selection(spec.window, spec.ids, spec.limit)


@contextlib.contextmanager
def _patient(line: str, screen: Console) -> Iterator[None]:
    """Print a line if the body takes longer than a moment."""
    timer = threading.Timer(_PATIENCE, screen.print, (line,), {"markup": False, "highlight": False, "soft_wrap": True})
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
