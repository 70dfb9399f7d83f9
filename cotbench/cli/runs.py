"""Finding the runs that a command is about: by path, by name, or the newest ones."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import typer

from cotbench.cli.study_runs import runs_of_study
from cotbench.config import Settings, read_settings
from cotbench.core.budget import Caps
from cotbench.core.errors import ConfigurationError, StoreError, near_matches
from cotbench.core.spec import RunSpec, to_plain
from cotbench.engine.reuse import replayed
from cotbench.store import RunDirectory, list_runs, named_run
from cotbench.store.studies import list_studies

_HOW = ("concurrency", "timeout", "api_base", "api_key_env")
"""Settings that say how a model is asked, which a replay is not."""


def same_command() -> str:
    """Return the command line that was given, so that it goes on: without `--fresh`."""
    given = [argument for argument in sys.argv[1:] if argument != "--fresh"]
    return shlex.join(["cotbench", *given])


def find(name: str, results: Path) -> RunDirectory:
    """Return the run at a path or with a name in the results directory.

    Raises ConfigurationError with near matches, StoreError if the run is of another version.
    """
    found = named_run(name, results)
    if found is not None:
        found.read_manifest()
        return found
    hint = near_matches(name, [*(run.name for run in list_runs(results)), *list_studies(results)])
    raise ConfigurationError(f"there is no run {name!r} in {results}", hint=hint or "make one with: cotbench run")


def replayed_settings(model: str | None, results: Path) -> Settings:
    """Return the settings of the run that a model `replay:RUN` replays, as far as they decide what is asked.

    Those of other models are empty. Raises ConfigurationError if there is no such run, StoreError as `find` does.
    """
    name = None if model is None else replayed(model)
    if name is None:
        return Settings()
    spec = find(name, results).read_spec()
    own = to_plain(replace(spec, caps=Caps(), problem_caps=Caps(), prices={}, model="", idea_model=None))
    kept = {setting: own[setting] for setting in own if setting not in ("model", *_HOW)}
    return read_settings(
        {setting: value for setting, value in kept.items() if value is not None}, where=f"spec of the run {name}"
    )


def _named(name: str, results: Path) -> list[str]:
    study = None if named_run(name, results) is not None else runs_of_study(name, results)
    return [name] if study is None else study


def find_several(names: Sequence[str], results: Path, *, newest: int) -> list[RunDirectory]:
    """Return the named runs, those of a study for its name; without names, up to `newest` runs of the newest run's
    benchmark, oldest first.

    Of several runs with the same strategy and model only the newest is taken. A run that cannot be read is skipped
    with a line on stderr. Raises ConfigurationError if there is no run at all, StoreError if none can be read.
    """
    if names:
        expanded = [run for name in names for run in _named(name, results)]
        return [find(name, results) for name in dict.fromkeys(expanded)]
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
