"""Finding or making the run directory: continue the run that these settings belong to, or start another."""

from __future__ import annotations

import contextlib
import importlib.metadata
import platform
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cotbench._version import __version__
from cotbench.benchmarks.evalplus import base_cases
from cotbench.core.errors import ConfigurationError, StoreError
from cotbench.core.naming import stem_of
from cotbench.core.problem import Benchmark, Problem
from cotbench.core.spec import RunSpec, differences
from cotbench.engine.pricing import pinned_prices
from cotbench.engine.reuse import replayed
from cotbench.store.layout import RunDirectory, list_runs, named_run
from cotbench.store.manifest import Manifest, ProblemInfo, ProgramsInfo, Session
from cotbench.store.pass_rates import write_pass_rates
from cotbench.store.reader import read_rows

_SIMULATED = ("scripted:", "sim/")
_RECORDED = ("litellm", "datasets", "numpy", "scipy", "xllamacpp")


@dataclass(frozen=True, slots=True)
class Opened:
    """A run ready to be carried out: `spec` is what is wanted now, `problems` the ones it asks for, in order."""

    directory: RunDirectory
    spec: RunSpec
    problems: tuple[Problem, ...]
    manifest: Manifest
    resumed: bool


def find_run(
    spec: RunSpec, results: Path, *, name: str | None, fresh: bool, beside: bool = False
) -> tuple[RunDirectory, bool]:
    """Return the directory for a spec and whether a run is there already that must be continued.

    Without a name, the newest run of the same strategy, model and benchmark whose settings agree is taken. Where there
    are such runs but none agrees, it is an unused directory `beside` them or else an error: a StoreError naming the
    settings. Raises ConfigurationError for a name that cannot be used.
    """
    if name is not None:
        return _named(spec, results, name, fresh=fresh)
    siblings = [] if fresh else _siblings(spec, results)
    if not siblings:
        return _unused(results, _stem(spec)), False
    for run in reversed(siblings):
        if not differences(run.read_spec(), spec):
            return run, True
    if beside:
        return _unused(results, _stem(spec)), False
    raise _other_settings(siblings[-1], spec)


@contextlib.contextmanager
def open_run(
    spec: RunSpec,
    benchmark: Benchmark,
    problems: tuple[Problem, ...],
    prompts: Mapping[str, str],
    results: Path,
    *,
    grader: str,
    isolation: str,
    name: str | None = None,
    fresh: bool = False,
    programs: ProgramsInfo | None = None,
) -> Iterator[Opened]:
    """Hold the run directory for `spec` while the body runs, and write down that a session begins.

    `programs` describes the file that the programs come from, where there is one.

    Raises StoreError if the directory cannot be written, is worked on by another process, is of another version, or
    was made from another dataset, other prompts, another file of programs or other settings, and ConfigurationError
    as `pinned_prices` does.
    """
    directory, resumed = find_run(spec, results, name=name, fresh=fresh)
    session = new_session(isolation)
    infos = {problem.id: problem_info(problem) for problem in problems}
    earlier = directory.read_manifest().prices if resumed else {}
    prices = pinned_prices(spec, earlier) if programs is None else {}
    if not resumed:
        directory.claim()
    with directory.lock():
        if resumed:
            kept = directory.read_manifest()
            refuse_other_sources(directory, benchmark, prompts, grader, programs)
            # What is wanted now comes first, so that a limit counts from there.
            infos = {**infos, **{name: info for name, info in kept.problems.items() if name not in infos}}
            sessions, groundwork = (*kept.sessions, session), kept.groundwork
        else:
            sessions, groundwork = (session,), None
        manifest = Manifest(
            dataset=benchmark.digest,
            prompts=dict(prompts),
            grader=grader,
            problems=infos,
            sessions=sessions,
            versions=_versions(),
            benchmark_size=len(benchmark.problems),
            simulated=_simulated(spec, results),
            programs=programs,
            prices=prices,
            groundwork=groundwork,
        )
        directory.write_manifest(manifest)
        directory.write_spec(spec)
        yield Opened(directory, spec, problems, manifest, resumed)


def new_session(isolation: str) -> Session:
    """Return a session that begins now."""
    return Session(
        started=round(time.time(), 3),
        ended=None,
        version=__version__,
        python=platform.python_version(),
        platform=f"{sys.platform} {platform.machine()}",
        isolation=isolation,
    )


def close_session(opened: Opened) -> None:
    """Write down that the session ended, and the table that is derived from its rows. Raises StoreError."""
    *earlier, last = opened.manifest.sessions
    manifest = replace(opened.manifest, sessions=(*earlier, replace(last, ended=round(time.time(), 3))))
    opened.directory.write_manifest(manifest)
    write_pass_rates(opened.directory.path, manifest, read_rows(opened.directory.path, programs=False))


def refuse_other_sources(
    directory: RunDirectory,
    benchmark: Benchmark,
    prompts: Mapping[str, str],
    grader: str,
    programs: ProgramsInfo | None = None,
) -> None:
    """Raise StoreError if a run was made from another dataset, other prompts or programs, or by another grader."""
    kept = directory.read_manifest()
    hint = "start another run with --fresh"
    fault = ""
    if kept.dataset != benchmark.digest:
        digests = f"dataset digest {kept.dataset[:12]} → {benchmark.digest[:12]}"
        fault = f"was made from another version of {benchmark.name}: {digests}"
    elif kept.grader != grader:
        fault = f"was judged by grader version {kept.grader}; this is version {grader}"
        hint = f"judge it again with `cotbench regrade {directory.path}`, or {hint}"
    elif programs is not None and kept.programs is not None and kept.programs.digest != programs.digest:
        digests = f"digest {kept.programs.digest[:12]} → {programs.digest[:12]}"
        fault = f"was made from another version of {programs.name}: {digests}"
    else:
        changed = sorted(key for key in {*kept.prompts, *prompts} if kept.prompts.get(key) != prompts.get(key))
        if changed:
            fault = f"was made with other prompts: {', '.join(changed)} changed"
    if fault:
        raise StoreError(f"{directory.path} {fault}", hint=hint)


def _named(spec: RunSpec, results: Path, name: str, *, fresh: bool) -> tuple[RunDirectory, bool]:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", name):
        raise ConfigurationError(f"--name {name!r} is not a name for a run", hint="letters, digits and ._+-")
    run = RunDirectory(results / name)
    if not run.path.exists():
        return run, False
    if fresh:
        raise StoreError(f"{run.path} exists already", hint="--fresh needs another --name, or none")
    run.read_manifest()
    if differences(run.read_spec(), spec):
        raise _other_settings(run, spec)
    return run, True


def _siblings(spec: RunSpec, results: Path) -> list[RunDirectory]:
    """Return the runs of the same strategy, model and benchmark, the one worked on last at the end."""
    found: list[RunDirectory] = []
    for run in list_runs(results):
        try:
            kept = run.read_spec()
        except StoreError:
            continue
        if (kept.strategy, kept.model, kept.benchmark) == (spec.strategy, spec.model, spec.benchmark):
            run.read_manifest()
            found.append(run)
    return found


def _other_settings(run: RunDirectory, spec: RunSpec) -> StoreError:
    return StoreError(
        f"{run.path} was made with other settings: {'; '.join(differences(run.read_spec(), spec))}",
        hint="give the same settings to continue it, or start another run with --fresh",
    )


def _unused(results: Path, stem: str) -> RunDirectory:
    path, number = results / stem, 1
    while path.exists():
        number += 1
        path = results / f"{stem}-{number}"
    return RunDirectory(path)


def _stem(spec: RunSpec) -> str:
    return "-".join(_slug(part) for part in (spec.strategy, spec.model, spec.benchmark))


def _slug(name: str) -> str:
    stem = stem_of(name)
    last = stem.rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    for ending in (".gguf", ".yaml", ".jsonl.gz", ".jsonl"):
        last = last.removesuffix(ending)
    last += name[len(stem) :]
    return re.sub(r"[^A-Za-z0-9.+_-]+", "_", last).strip("_.-") or "unnamed"


def _simulated(spec: RunSpec, results: Path) -> bool:
    """Whether the replies come from no language model; those of another run are what they were there."""
    name = replayed(spec.model)
    source = None if name is None else named_run(name, results)
    if source is not None:
        return source.read_manifest().simulated
    return any((name or "").startswith(_SIMULATED) for name in (spec.model, spec.idea_model))


def problem_info(problem: Problem) -> ProblemInfo:
    """Return what the manifest keeps of a problem."""
    cases = len(problem.public), len(problem.hidden)
    return ProblemInfo(problem.difficulty, problem.date, *cases, base_cases(problem), problem.source)


def _versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for package in _RECORDED:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
