"""Finding the runs that a command is about: by path, by name, or the newest ones."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from cotbench.core.errors import ConfigurationError, StoreError, near_matches
from cotbench.core.spec import RunSpec
from cotbench.store import RunDirectory, list_runs


def same_command() -> str:
    """Return the command line that was given, so that it goes on: without `--fresh`."""
    given = [argument for argument in sys.argv[1:] if argument != "--fresh"]
    return shlex.join(["cotbench", *given])


def find(name: str, results: Path) -> RunDirectory:
    """Return the run at a path or with a name in the results directory.

    Raises ConfigurationError with near matches, StoreError if the run is of another version.
    """
    for candidate in (RunDirectory(Path(name)), RunDirectory(results / name)):
        if candidate.exists():
            candidate.read_manifest()
            return candidate
    hint = near_matches(name, [run.name for run in list_runs(results)])
    raise ConfigurationError(f"there is no run {name!r} in {results}", hint=hint or "make one with: cotbench run")


def find_several(names: Sequence[str], results: Path, *, newest: int) -> list[RunDirectory]:
    """Return the named runs; without names, up to `newest` runs of the newest run's benchmark, oldest first.

    Of several runs with the same strategy and model only the newest is taken. A run that cannot be read is skipped
    with a line on stderr. Raises ConfigurationError if there is no run at all, StoreError if none can be read.
    """
    if names:
        return [find(name, results) for name in dict.fromkeys(names)]
    runs = list_runs(results)
    if not runs:
        raise ConfigurationError(f"there are no runs in {results}", hint="make one with: cotbench run")
    readable: list[tuple[RunDirectory, RunSpec]] = []
    faults: list[tuple[RunDirectory, StoreError]] = []
    for run in reversed(runs):
        try:
            run.read_manifest()
            readable.append((run, run.read_spec()))
        except StoreError as error:
            faults.append((run, error))
    if not readable:
        raise faults[0][1]
    for run, fault in faults:
        typer.echo(f"skipped {run.path}: {fault.message}", err=True)
    chosen: dict[tuple[str, str], RunDirectory] = {}
    benchmark = readable[0][1].benchmark
    for run, spec in readable:
        if spec.benchmark == benchmark:
            chosen.setdefault((spec.strategy, spec.model), run)
    return list(chosen.values())[:newest][::-1]
