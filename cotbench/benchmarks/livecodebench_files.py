"""Which files make up a release of LiveCodeBench, and where they are: a folder of the user, the hub's cache, the hub.

Each release of `livecodebench/code_generation_lite` adds one file; it is all files up to its number. The official
loader is a script, which current versions of `datasets` do not run, so the files are read as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from cotbench.benchmarks.hub import Missing, hub_files
from cotbench.benchmarks.livecodebench_rows import ENDINGS
from cotbench.core.errors import BenchmarkError, near_matches

HUB_NAME = "livecodebench/code_generation_lite"
NEWEST = 6
RELEASES = tuple(f"release_v{number}" for number in range(1, NEWEST + 1))
"""The names of the releases; `vN` and `vM_vN`, as LiveCodeBench has them, name the files N, or M to N, alone."""

_LATEST = "release_latest"
_PART = re.compile(r"v([1-9])(?:_v([1-9]))?")


def find_release(path: Path | None, release: str | None) -> tuple[str, tuple[Path, ...]]:
    """Return the name of the release and its files, in order. The name is empty for files that are no release.

    Raises BenchmarkError for a release that does not exist, files that are missing, and a hub that cannot be reached.
    """
    if release == _LATEST:
        release = RELEASES[-1]
    numbers = _numbers(release)
    if path is None:
        return release or RELEASES[-1], _from_hub(numbers or range(1, NEWEST + 1))
    if path.is_dir():
        return _from_folder(path, release, numbers)
    if release is not None:
        raise BenchmarkError(
            f"{path} is not a folder, and a release is several files",
            hint=f"livecodebench:{path}, or livecodebench@{release}:FOLDER",
        )
    return "", (path,)


def file_stem(number: int) -> str:
    """Return how the hub calls a file, without its ending: test, test2, test3 …"""
    return "test" if number == 1 else f"test{number}"


def _numbers(release: str | None) -> range | None:
    if release is None:
        return None
    if release in RELEASES:
        return range(1, RELEASES.index(release) + 2)
    if part := _PART.fullmatch(release):
        first, last = int(part[1]), int(part[2] or part[1])
        if first <= last <= NEWEST:
            return range(first, last + 1)
    raise BenchmarkError(f"LiveCodeBench has no release {release!r}", hint=near_matches(release, RELEASES))


def _from_folder(folder: Path, release: str | None, numbers: range | None) -> tuple[str, tuple[Path, ...]]:
    there = {number: file for number in range(1, NEWEST + 1) if (file := _file_in(folder, number)) is not None}
    missing = [f"{file_stem(number)}.jsonl" for number in numbers or () if number not in there]
    if missing:
        raise BenchmarkError(
            f"{folder} has no {', '.join(missing)}, which {release} needs",
            hint=f"download them from the dataset {HUB_NAME}",
        )
    if not there and (tables := sorted(folder.glob("*.parquet"))):
        # Others have turned a release into tables, which are cut elsewhere.
        return "", tuple(tables)
    if not there:
        raise BenchmarkError(
            f"{folder} has none of LiveCodeBench's files", hint="they are called test.jsonl, test2.jsonl … test6.jsonl"
        )
    chosen = tuple(numbers or there)
    # Files without a gap from the first on are a release, whether it was named or not.
    if release is None and chosen == tuple(range(1, len(chosen) + 1)):
        release = RELEASES[len(chosen) - 1]
    return release or "", tuple(there[number] for number in chosen)


def _file_in(folder: Path, number: int) -> Path | None:
    candidates = (folder / f"{file_stem(number)}{ending}" for ending in ENDINGS)
    return next((file for file in candidates if file.is_file()), None)


def _from_hub(numbers: Iterable[int]) -> tuple[Path, ...]:
    names = [f"{file_stem(number)}.jsonl" for number in numbers]
    try:
        return hub_files(HUB_NAME, names)
    except Missing as error:
        raise BenchmarkError(
            f"LiveCodeBench could not be loaded: {', '.join(names)} of {HUB_NAME}: not in the hub's cache, and {error}",
            hint="download these files elsewhere and name their folder: --benchmark livecodebench:FOLDER",
        ) from error
