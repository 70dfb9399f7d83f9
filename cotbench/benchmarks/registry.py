"""The benchmarks by name. A loader's module is imported only when its benchmark is asked for."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cotbench.benchmarks.plugins import load_plugin, origin_of, plugins
from cotbench.core.errors import BenchmarkError, near_matches
from cotbench.core.naming import split_slice, stem_of
from cotbench.core.problem import Benchmark, Problem
from cotbench.latent.parameters import BENCHMARK as GENERATED
from cotbench.latent.parameters import BenchmarkParameters, benchmark_name, benchmark_parameters

if TYPE_CHECKING:
    from cotbench.benchmarks.jsonl import Faulty


@dataclass(frozen=True, slots=True)
class BenchmarkListing:
    """A line of `cotbench list benchmarks`. `problems` is None where the number depends on the file."""

    name: str
    problems: int | None
    about: str
    origin: str


@dataclass(frozen=True, slots=True)
class _Loader:
    """`reference` is "module:function"; it takes a path if `takes_file`, parameters if `generated`, else nothing.

    With `releases`, it takes the name of one too, which follows the benchmark's after an `@`.
    """

    reference: str
    about: str
    origin: str
    problems: int | None = None
    takes_file: bool = False
    generated: bool = False
    releases: bool = False


_LOADERS: dict[str, _Loader] = {
    "starter": _Loader(
        "cotbench.benchmarks.starter:load",
        "functions and stdin programs from trivial to expert, written for this project",
        "built in",
    ),
    "humaneval": _Loader(
        "cotbench.benchmarks.humaneval:load",
        "short functions from a docstring (Chen et al. 2021); 5 have no public cases: 38, 41, 50, 83, 116",
        "fetched on first use, or humaneval:PATH for a file",
        problems=164,
        takes_file=True,
    ),
    "humaneval+": _Loader(
        "cotbench.benchmarks.evalplus:load_humaneval_plus",
        "HumanEval with about 80 times as many cases (Liu et al. 2023); the same 5 have no public cases",
        "from the hub, or humaneval+:PATH for HumanEvalPlus.jsonl.gz",
        problems=164,
        takes_file=True,
    ),
    "mbpp+": _Loader(
        "cotbench.benchmarks.evalplus:load_mbpp_plus",
        "short functions from one sentence, with about 35 times MBPP's cases (Liu et al. 2023)",
        "from the hub, or mbpp+:PATH for MbppPlus.jsonl.gz",
        problems=378,
        takes_file=True,
    ),
    "mbpp": _Loader(
        "cotbench.benchmarks.mbpp:load",
        "short functions from one sentence and three asserts, the test split (Austin et al. 2021)",
        "from the hub (mbpp@sanitized: the sanitized version), or mbpp:PATH for a file",
        problems=500,
        takes_file=True,
        releases=True,
    ),
    "livecodebench": _Loader(
        "cotbench.benchmarks.livecodebench:load",
        "dated contest problems, functions and stdin programs (Jain et al. 2024)",
        "from the hub (livecodebench@release_v1 … @release_v6), or livecodebench:PATH for a file or a folder",
        problems=1055,
        takes_file=True,
        releases=True,
    ),
    GENERATED: _Loader(
        "cotbench.benchmarks.latent:load",
        "generated problems for the simulated model sim/latent; latent?problems=60&seed=2 gives others",
        "generated",
        problems=BenchmarkParameters().problems,
        generated=True,
    ),
}
_SOURCES = "cotbench.benchmarks.sources"
_SLICED = "cotbench.benchmarks.subset:sliced"
_FILE_ENDINGS = (".jsonl", ".jsonl.gz", ".json", ".parquet")


def load_benchmark(name: str) -> Benchmark:
    """Return the benchmark of that name: built in (`humaneval`, `humaneval:PATH` …), of an installed package, the path
    of a file or folder, or a dataset of the hub (`org/name`, `org/name:split`); a slice `[0:20]` may follow.

    What is read by its path or from the hub may be of any format that is known by its content.
    Raises BenchmarkError for an unknown name, a missing file, or data that cannot be fetched or understood.
    """
    whole, part = split_slice(name)
    if part is not None:
        return _function(_SLICED)(load_benchmark(whole), part, name)
    if is_generated(name):
        return _function(_LOADERS[GENERATED].reference)(benchmark_parameters(name))
    if not name.strip():
        raise BenchmarkError("the name of the benchmark is empty", hint=near_matches("", _LOADERS))
    named, colon, file = name.partition(":")
    known, at, release = named.partition("@")
    if known in _LOADERS and (colon or at or not _looks_like_a_file(name)):
        return _load_named(known, file if colon else None, release if at else None)
    installed = plugins()
    if named in installed:
        return load_plugin(installed[named], file if colon else None)
    if _looks_like_a_file(name):
        return _load_source(name)
    raise BenchmarkError(
        f"no benchmark is called {name}",
        hint=f"{near_matches(name, [*_LOADERS, *installed])}; a file of your own: PATH.jsonl",
    )


def canonical_benchmark(name: str) -> str:
    """Return the name under which a benchmark is stored: generated ones without parameters at their default.

    Raises ConfigurationError for a parameter that does not exist or does not fit.
    """
    stem = stem_of(name)
    return benchmark_name(benchmark_parameters(stem)) + name[len(stem) :] if is_generated(stem) else name


def is_generated(name: str) -> bool:
    """Return whether a name is that of generated problems, with or without parameters."""
    return name == GENERATED or name.startswith(f"{GENERATED}?")


def read_entries(name: str) -> Iterator[tuple[str, Problem | Faulty]]:
    """Give every problem of a benchmark with where it stands; in a user's own file also what cannot be read, and why.

    Raises BenchmarkError if the benchmark cannot be read at all.
    """
    path = Path(name).expanduser()
    if name not in _LOADERS and path.exists() and (path.is_dir() or name.endswith(_FILE_ENDINGS)):
        own = importlib.import_module(_SOURCES).own_entries(path)
        if own is not None:
            yield from own
            return
    for problem in load_benchmark(name).problems:
        yield "", problem


def describe_benchmarks() -> tuple[BenchmarkListing, ...]:
    """Return every benchmark by name, with what it is, how many problems it has and where they come from."""
    counts = {"starter": _starter_count()}
    listed = [
        BenchmarkListing(name, counts.get(name, loader.problems), loader.about, loader.origin)
        for name, loader in _LOADERS.items()
    ]
    listed += [
        BenchmarkListing(name, None, "of an installed package", origin_of(point))
        for name, point in plugins().items()
        if name not in _LOADERS
    ]
    listed += [
        BenchmarkListing("PATH.jsonl", None, "your own problems, one JSON object per line", "your file"),
        BenchmarkListing("PATH", None, "a file or folder, in your own or in any format above", "your data"),
        BenchmarkListing("ORG/NAME[:SPLIT]", None, "a dataset, in your own or in any format above", "from the hub"),
        BenchmarkListing(
            "NAME[0:20]", None, "a slice of any of these: also [::10], [-5:]", "choose by date and so on: --from …"
        ),
    ]
    return tuple(listed)


def _load_named(name: str, file: str | None, release: str | None) -> Benchmark:
    loader = _LOADERS[name]
    load = _function(loader.reference)
    if release is not None:
        if not loader.releases:
            raise BenchmarkError(f"the benchmark {name} has no releases", hint=f"use plain {name}")
        load = functools.partial(load, release=release)
    if file is None:
        return load()
    if not loader.takes_file:
        raise BenchmarkError(f"the benchmark {name} is not read from a file", hint=f"use plain {name}")
    if not file:
        raise BenchmarkError(f"{name}: names no file", hint=f"{name} or {name}:PATH")
    return load(Path(file).expanduser())


def _load_source(name: str) -> Benchmark:
    """Return the benchmark at a path or of the hub. Raises BenchmarkError."""
    path = Path(name).expanduser()
    sources = importlib.import_module(_SOURCES)
    if path.is_file() and not path.name.endswith(_FILE_ENDINGS):
        raise BenchmarkError(f"{name} is not a benchmark file", hint=f"its name must end in {', '.join(_FILE_ENDINGS)}")
    loaded: Benchmark
    if path.exists():
        loaded = sources.load_path(path, _loader_of)
    elif sources.is_hub_name(name):
        loaded = sources.load_hub(name, _loader_of)
    else:
        raise BenchmarkError(f"there is no benchmark file {name}", hint="a file of JSON lines, one problem each")
    return loaded


def _loader_of(known: str) -> Callable[[Path], Benchmark]:
    """Return the loader of a format that rows were found to have. Raises BenchmarkError if there is none."""
    if known not in _LOADERS:
        raise BenchmarkError(f"files in the format of {known} cannot be read")
    return _function(_LOADERS[known].reference)


def _function(reference: str) -> Callable[..., Benchmark]:
    module, _, attribute = reference.partition(":")
    return cast("Callable[..., Benchmark]", getattr(importlib.import_module(module), attribute))


def _looks_like_a_file(name: str) -> bool:
    if name in _LOADERS:
        return False
    return name.endswith(_FILE_ENDINGS) or "/" in name or "\\" in name or Path(name).expanduser().exists()


def _starter_count() -> int:
    # Counted, not loaded: reading the problems would cost more than the whole listing.
    folder = resources.files(__package__).joinpath("starter")
    return sum(1 for item in folder.iterdir() if item.name.endswith(".yaml"))
