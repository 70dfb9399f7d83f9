"""Finding or making the run directory: continue the run that these settings belong to, or start another."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cotbench._version import __version__
from cotbench.core.errors import StoreError
from cotbench.core.problem import Benchmark, Problem
from cotbench.core.spec import RunSpec, differences
from cotbench.store.layout import RunDirectory, list_runs
from cotbench.store.manifest import Manifest, ProblemInfo, Session

_RECORDED = ("litellm", "datasets", "numpy", "scipy", "xllamacpp")


@dataclass(frozen=True, slots=True)
class Opened:
    """A run ready to be carried out: `spec` is what is wanted now, `problems` the ones it asks for, in order."""

    directory: RunDirectory
    spec: RunSpec
    problems: tuple[Problem, ...]
    manifest: Manifest
    resumed: bool


def find_run(spec: RunSpec, results: Path, *, name: str | None, fresh: bool) -> tuple[RunDirectory, bool]:
    """Return the directory for a spec and whether a run is there already that must be continued.

    Without a name, the newest run of the same strategy, model and benchmark whose settings agree is taken.
    Raises StoreError naming the settings if there are such runs but none agrees.
    """
    stem = name or _stem(spec)
    siblings = [run for run in list_runs(results) if re.fullmatch(re.escape(stem) + r"(-\d+)?", run.name)]
    if name is not None:
        siblings = [run for run in siblings if run.name == name]
    if fresh or not siblings:
        return _unused(results, stem), False
    changed: list[str] = []
    for run in reversed(siblings):
        run.read_manifest()
        changed = differences(run.read_spec(), spec)
        if not changed:
            return run, True
    newest = siblings[-1]
    changed = differences(newest.read_spec(), spec)
    raise StoreError(
        f"{newest.path} was made with other settings: {'; '.join(changed)}",
        hint="give the same settings to continue it, or start another run with --fresh",
    )


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
) -> Opened:
    """Open the run directory for `spec` and write down that a session begins.

    Raises StoreError if the directory cannot be written, is of another version, or was made from another
    dataset, other prompts or other settings.
    """
    directory, resumed = find_run(spec, results, name=name, fresh=fresh)
    infos = {problem.id: _info(problem) for problem in problems}
    session = Session(
        started=round(time.time(), 3),
        ended=None,
        version=__version__,
        python=platform.python_version(),
        platform=f"{sys.platform} {platform.machine()}",
        isolation=isolation,
    )
    if not resumed:
        manifest = Manifest(
            dataset=benchmark.digest,
            prompts=dict(prompts),
            grader=grader,
            problems=infos,
            sessions=(session,),
            versions=_versions(),
            benchmark_size=len(benchmark.problems),
        )
        directory.create(spec, manifest)
        return Opened(directory, spec, problems, manifest, resumed)
    kept_spec, kept = directory.read_spec(), directory.read_manifest()
    _refuse_other_sources(directory, kept, benchmark, prompts)
    manifest = replace(
        kept,
        problems={**kept.problems, **infos},
        sessions=(*kept.sessions, session),
        versions=_versions(),
        benchmark_size=len(benchmark.problems),
    )
    directory.write_manifest(manifest)
    directory.write_spec(_extended(kept_spec, spec))
    return Opened(directory, spec, problems, manifest, resumed)


def end_session(opened: Opened) -> Manifest:
    """Write down that the session ended; return the manifest as it stands now."""
    *earlier, last = opened.manifest.sessions
    manifest = replace(opened.manifest, sessions=(*earlier, replace(last, ended=round(time.time(), 3))))
    opened.directory.write_manifest(manifest)
    return manifest


def _refuse_other_sources(
    directory: RunDirectory, kept: Manifest, benchmark: Benchmark, prompts: Mapping[str, str]
) -> None:
    if kept.dataset != benchmark.digest:
        raise StoreError(
            f"{directory.path} was made from another version of {benchmark.name}: "
            f"dataset digest {kept.dataset[:12]} → {benchmark.digest[:12]}",
            hint="start another run with --fresh",
        )
    changed = sorted(key for key in {*kept.prompts, *prompts} if kept.prompts.get(key) != prompts.get(key))
    if changed:
        raise StoreError(
            f"{directory.path} was made with other prompts: {', '.join(changed)} changed",
            hint="start another run with --fresh",
        )


def _extended(kept: RunSpec, wanted: RunSpec) -> RunSpec:
    """Return the wanted spec with the larger of both amounts; None is everything there is."""

    def larger(first: int | None, second: int | None) -> int | None:
        return None if first is None or second is None else max(first, second)

    return replace(
        wanted,
        attempts=larger(kept.attempts, wanted.attempts),
        units=max(kept.units, wanted.units),
        limit=larger(kept.limit, wanted.limit),
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
    last = name.rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    for ending in (".gguf", ".yaml", ".jsonl.gz", ".jsonl"):
        last = last.removesuffix(ending)
    return re.sub(r"[^A-Za-z0-9.+_-]+", "_", last).strip("_.-") or "unnamed"


def _info(problem: Problem) -> ProblemInfo:
    return ProblemInfo(problem.difficulty, problem.date, len(problem.public), len(problem.hidden))


def _versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for package in _RECORDED:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
