"""Benchmarks of installed packages: entry points of the group `cotbench.benchmarks`.

An entry point names a function that returns a Benchmark, without arguments or, where a user gives a file (`NAME:PATH`),
with a Path.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from cotbench.core.errors import BenchmarkError
from cotbench.core.problem import Benchmark

GROUP = "cotbench.benchmarks"


def plugins() -> dict[str, EntryPoint]:
    """Return the entry points by name, of which none is imported; of two with one name the first counts."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        found.setdefault(point.name, point)
    return found


def origin_of(point: EntryPoint) -> str:
    """Return the package that an entry point is from, with its version."""
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.value


def load_plugin(point: EntryPoint, file: str | None) -> Benchmark:
    """Return the benchmark of an entry point, from a file if one is named.

    Raises BenchmarkError naming the package if it cannot be imported, fails, or gives something else.
    """
    who = f"the benchmark {point.name} of {origin_of(point)}"
    try:
        load: Callable[..., object] = point.load()
        benchmark = load() if file is None else load(Path(file).expanduser())
    except BenchmarkError:
        raise
    except Exception as error:
        # Whatever foreign code raises, the fault is not ours and the user cannot read our traceback for it.
        raise BenchmarkError(
            f"{who} failed: {type(error).__name__}: {error}", hint="ask its author, or uninstall it"
        ) from error
    if not isinstance(benchmark, Benchmark):
        raise BenchmarkError(f"{who} gave {type(benchmark).__name__}, not a Benchmark", hint="ask its author")
    return benchmark
