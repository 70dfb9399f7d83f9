"""Watching a run's programs on inputs before their behaviour is spoken of, with a word when it takes time."""

from __future__ import annotations

import time
from dataclasses import dataclass

from rich.console import Console

from cotbench.cli.safety import warn_if_unsafe
from cotbench.core.errors import GradingError
from cotbench.core.ids import text_digest
from cotbench.core.problem import Problem
from cotbench.engine import open_grader, wanted_observations
from cotbench.engine.observations import Wanted, observe_programs
from cotbench.grading import GRADER_VERSION, SandboxGrader
from cotbench.store import RunDirectory, read_rows
from cotbench.store.observations import observation_key, read_observations

_LINE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Sandbox:
    """How the sandbox is opened, if it is."""

    slots: int | None
    isolation: str | None
    allow_unsafe: bool


def watch(
    run: RunDirectory, problems: tuple[Problem, ...], sandbox: Sandbox, screen: Console, *, seed: int, generated: int
) -> None:
    """Run every program of a run on public and generated inputs, unless all were run on them before.

    Raises StoreError if the run cannot be written or is worked on, and GradingError if the sandbox fails.
    """
    wanted = wanted_observations(problems, read_rows(run.path).attempts.values(), seed, generated)
    if _all_watched(run, wanted):
        return
    said = time.monotonic()

    def progress(done: int, owed: int) -> None:
        nonlocal said
        if done == owed or time.monotonic() - said > _LINE_SECONDS:
            said = time.monotonic()
            say(screen, f"{run.name}: {done:,} of {owed:,} programs watched")

    def opened() -> SandboxGrader:
        grader = open_grader(slots=sandbox.slots, isolation=sandbox.isolation, allow_unsafe=sandbox.allow_unsafe)
        warn_if_unsafe(grader.isolation, screen)
        return grader

    with run.lock():
        observed = observe_programs(run.path, wanted, GRADER_VERSION, opened, progress)
    if observed.missing:
        raise GradingError(
            f"{observed.missing:,} programs of {run.name} could not be watched: {observed.reason}",
            hint="give the same command again, or --no-behaviour",
        )


def say(screen: Console, line: str) -> None:
    """Print a line of progress."""
    screen.print(line, markup=False, highlight=False, soft_wrap=True)


def _all_watched(run: RunDirectory, wanted: tuple[Wanted, ...]) -> bool:
    known = read_observations(run.path).keys()
    return all(
        observation_key(work.problem.id, text_digest(code), work.inputs.digest, GRADER_VERSION) in known
        for work in wanted
        if work.inputs.cases
        for code in work.codes
    )
