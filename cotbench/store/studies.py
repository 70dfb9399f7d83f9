"""Which runs belong to a study: a small file beside them, so that a study can be named where runs are."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from cotbench.core.errors import StoreError

ENDING = ".study.yaml"


@dataclass(frozen=True, slots=True)
class StudyRun:
    """A run of a study: what the study calls it, and the name of its directory."""

    label: str
    run: str
    model: str
    benchmark: str


def study_path(name: str, results: Path) -> Path:
    """Return where a study is written down."""
    return results / f"{name}{ENDING}"


def write_study(name: str, runs: Sequence[StudyRun], results: Path) -> None:
    """Write down the runs of a study in place of what was there. Raises StoreError if that is not possible."""
    path = study_path(name, results)
    plain = {"study": name, "runs": [{field: getattr(run, field) for field in _FIELDS} for run in runs]}
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_text(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error


def read_study(name: str, results: Path) -> tuple[StudyRun, ...] | None:
    """Return the runs of a study, None if there is no study of that name. Raises StoreError if it cannot be read."""
    path = study_path(name, results)
    try:
        plain = yaml.safe_load(path.read_text(encoding="utf-8"))
        return tuple(_run(item) for item in plain["runs"])
    except FileNotFoundError:
        return None
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise StoreError(f"cannot read the study {path}: {error}", hint="run it again, which writes it anew") from error


def list_studies(results: Path) -> list[str]:
    """Return the names of the studies in a results directory."""
    return sorted(path.name.removesuffix(ENDING) for path in results.glob(f"[!.]*{ENDING}"))


_FIELDS = ("label", "run", "model", "benchmark")


def _run(plain: object) -> StudyRun:
    if not isinstance(plain, Mapping):
        raise TypeError("runs: a list of mappings was expected")
    return StudyRun(*(str(plain[field]) for field in _FIELDS))
