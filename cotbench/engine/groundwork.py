"""Carrying out a strategy's groundwork: which problems are set apart for it, doing it once, keeping what was found.

Which problems are set apart follows from the run's seed and the benchmark alone. It does not depend on how many
problems are wanted or on which, so that a run that is extended never comes to a problem that its strategy learned from.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cotbench.core.attempt import Attempt
from cotbench.core.errors import ConfigurationError, GradingError
from cotbench.core.groundwork import Findings, Ground, Groundwork
from cotbench.core.ids import digest
from cotbench.core.problem import Benchmark, Problem
from cotbench.core.protocols import Strategy
from cotbench.core.spec import RunSpec
from cotbench.engine.context import UnitContext, UnitDesk
from cotbench.engine.opening import Opened, problem_info
from cotbench.engine.unit import UnitWork
from cotbench.store.findings import read_findings, write_findings
from cotbench.store.manifest import GroundworkInfo
from cotbench.strategies import groundwork_of

PATH = "ground"
"""The label under which the calls of the groundwork stand in the ledger, as calls of a problem's unit 0."""


@dataclass(frozen=True, slots=True)
class Grounding:
    """A groundwork to be done on some problems, and the strategy that goes on from what it finds."""

    work: Groundwork
    problems: tuple[Problem, ...]
    build: Callable[[Findings], Strategy]


def set_apart(spec: RunSpec, benchmark: Benchmark) -> tuple[Benchmark, tuple[Problem, ...]]:
    """Return the benchmark without the problems that the run's strategy takes for its groundwork, and those problems.

    Raises ConfigurationError if there are too few for that, or if one of them is asked for by name.
    """
    work = groundwork_of(spec.strategy, spec.options)
    if work is None:
        return benchmark, ()
    by_lot = sorted(benchmark.problems, key=lambda problem: (digest(["set apart", spec.seed, problem.id]), problem.id))
    found = {problem.id: problem for problem in by_lot}
    taken = {name: found[name] for name in work.choose([problem.view() for problem in by_lot])}
    for name in spec.ids:
        if name in taken:
            raise ConfigurationError(
                f"{name} is one of the problems that {spec.strategy} sets apart to learn from",
                hint="leave it out; another --seed sets others apart",
            )
    left = tuple(problem for problem in benchmark.problems if problem.id not in taken)
    return replace(benchmark, problems=left), tuple(taken.values())


def announced(opened: Opened, grounding: Grounding) -> Opened:
    """Return the run whose manifest says which problems are set apart, so that rows about them are known from then on.

    Raises StoreError if it cannot be written.
    """
    if opened.manifest.groundwork is not None:
        return opened
    info = GroundworkInfo("", {problem.id: problem_info(problem) for problem in grounding.problems}, {})
    opened = replace(opened, manifest=replace(opened.manifest, groundwork=info))
    opened.directory.write_manifest(opened.manifest)
    return opened


async def grounded(
    opened: Opened,
    grounding: Grounding,
    desk_of: Callable[[Problem], UnitDesk],
    work_of: Callable[[Problem, UnitDesk], UnitWork],
) -> tuple[Opened, Strategy]:
    """Return the strategy after its groundwork, and the run with what that found; it is done unless it was done before.

    Raises what the groundwork does, BudgetReached included, and StoreError if what it found cannot be written or read.
    """
    info = opened.manifest.groundwork
    if info is None:
        raise ValueError("the groundwork of a run that was not announced")
    if not info.digest:
        findings, counters = await _laid(grounding, desk_of, work_of)
        found = write_findings(opened.directory, findings)
        info = replace(info, digest=found, counters=dict(sorted(counters.items())))
        opened = replace(opened, manifest=replace(opened.manifest, groundwork=info))
        opened.directory.write_manifest(opened.manifest)
    return opened, grounding.build(read_findings(opened.directory, info.digest))


async def _laid(
    grounding: Grounding,
    desk_of: Callable[[Problem], UnitDesk],
    work_of: Callable[[Problem, UnitDesk], UnitWork],
) -> tuple[Findings, Counter[str]]:
    desks = [desk_of(problem) for problem in grounding.problems]
    works = [work_of(problem, desk) for problem, desk in zip(grounding.problems, desks, strict=True)]
    judging: list[asyncio.Task[None]] = []

    def ground(problem: Problem, desk: UnitDesk, work: UnitWork) -> Ground:
        def keep(attempt: Attempt) -> None:
            work.keep(attempt)
            judging.append(asyncio.create_task(work.judge(attempt)))

        return Ground(problem.view(), UnitContext(desk, PATH), keep)

    grounds = [ground(*item) for item in zip(grounding.problems, desks, works, strict=True)]
    try:
        findings = await grounding.work.lay(grounds)
        await asyncio.gather(*judging)
    except asyncio.CancelledError:
        for desk in desks:
            desk.abandon()
        raise
    finally:
        await _ended(judging)
        for desk in desks:
            await desk.settle()
    missing = sum(work.owed_verdicts for work in works)
    if missing:
        raise GradingError(f"{missing} verdicts on programs of the groundwork are missing: the sandbox failed")
    return findings, sum((desk.counters for desk in desks), Counter())


async def _ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks, return_exceptions=True)
