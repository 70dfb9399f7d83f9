"""Finding the runs that a command is about: by path, by name, or the newest ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cotbench.core.errors import ConfigurationError, near_matches
from cotbench.store import RunDirectory, list_runs


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

    Of several runs with the same strategy and model only the newest is taken. Raises ConfigurationError if there
    is no run at all.
    """
    if names:
        return [find(name, results) for name in dict.fromkeys(names)]
    runs = list_runs(results)
    if not runs:
        raise ConfigurationError(f"there are no runs in {results}", hint="make one with: cotbench run")
    chosen: dict[tuple[str, str], RunDirectory] = {}
    benchmark = runs[-1].read_spec().benchmark
    for run in reversed(runs):
        spec = run.read_spec()
        if spec.benchmark == benchmark:
            run.read_manifest()
            chosen.setdefault((spec.strategy, spec.model), run)
    return list(chosen.values())[:newest][::-1]
