"""The runs of a study where runs are named: `STUDY`, or `STUDY:WORD` for those of one benchmark or model."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cotbench.core.errors import ConfigurationError, near_matches
from cotbench.store.studies import list_studies, read_study


def runs_of_study(name: str, results: Path) -> list[str] | None:
    """Return the names of a study's runs, None if no study is meant.

    Raises ConfigurationError for a word that no run of the study has, and where runs of several benchmarks are left,
    which nothing can put side by side.
    """
    stem, word = name, ""
    runs = read_study(name, results)
    if runs is None:
        stem = max((study for study in list_studies(results) if name.startswith(f"{study}:")), key=len, default="")
        word = name[len(stem) + 1 :]
        runs = read_study(stem, results) if stem else None
    if runs is None:
        return None
    # A word may be the name of a benchmark and the end of a model's: the benchmark is meant then.
    chosen = [run for run in runs if not word or word in _words(run.benchmark)]
    chosen = chosen or [run for run in runs if word in _words(run.model)]
    if not chosen:
        known = dict.fromkeys(word for run in runs for word in (run.benchmark, run.model))
        raise ConfigurationError(f"no run of the study {stem} is of {word!r}", hint=near_matches(word, known))
    benchmarks = list(dict.fromkeys(run.benchmark for run in chosen))
    if len(benchmarks) > 1:
        raise ConfigurationError(
            f"{name} has runs on {len(benchmarks)} benchmarks", hint=f"choose one: {_choices(stem, benchmarks)}"
        )
    return [run.run for run in chosen]


def _words(name: str) -> tuple[str, str]:
    return name, name.rstrip("/").rsplit("/", 1)[-1]


def _choices(stem: str, benchmarks: Iterable[str]) -> str:
    return " or ".join(f"{stem}:{benchmark}" for benchmark in benchmarks)
