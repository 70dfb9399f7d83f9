"""Times and peaks of `cotbench compare` on large runs, with and without their caches, and of pass@k with its bootstrap.

    python -m benchmarks.analysis --work DIR                     # 10^4, 10^5 and 10^6 attempts; 2.5 GB in DIR
    python -m benchmarks.analysis --work DIR --attempts 10000 100000

Each size is five runs over 1,000 problems, written row by row in the format of the store and kept in DIR for the next
time. Every command runs in a process of its own; its processor time is that of all its threads.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.large_runs import write_large_run
from cotbench.stats.bootstrap import percentile_limits, resampled_means
from cotbench.stats.passk import pass_at_k_curves
from cotbench.store import RunDirectory
from cotbench.store.cache import FOLDER

_RUNS = 5
_PROBLEMS = 1_000
_SIZES = (10_000, 100_000, 1_000_000)
_LARGEST = 1_000_000
_MB = 1 << 20
_TARGETS = {"lines": (60.0, None), "cache": (15.0, 1_500.0)}
_PASSK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process took: seconds by the clock, seconds of processor time, largest resident memory in MB."""

    seconds: float
    busy: float
    peak: float


def main() -> None:
    """Write the runs, compare them, print one line for each size and way, and pass@k at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="where the runs are written and kept")
    parser.add_argument("--attempts", type=int, nargs="+", default=list(_SIZES))
    options = parser.parse_args()
    print(f"{'attempts':>9}  {'read from':<9}  {'seconds':>8}  {'CPU s':>7}  {'peak MB':>8}  {'CPU s / million':>15}")
    before: dict[str, tuple[int, Usage]] = {}
    missed = False
    for attempts in sorted(options.attempts):
        runs = _runs(options.work / str(attempts), attempts)
        for way, usage in (("lines", _from_lines(runs)), ("cache", _from_cache(runs))):
            rate = 1e6 * usage.busy / attempts
            grown = _growth(before.get(way), attempts, usage)
            before[way] = (attempts, usage)
            measured = f"{usage.seconds:8.2f}  {usage.busy:7.2f}  {usage.peak:8.1f}  {rate:15.2f}"
            print(f"{attempts:9,}  {way:<9}  {measured}{grown}", flush=True)
            most, peak = _TARGETS[way]
            if attempts == _LARGEST:
                missed |= usage.busy > most or (peak is not None and usage.peak > peak)
    missed |= _pass_at_k() > _PASSK_SECONDS
    sys.exit(1 if missed else 0)


def _runs(folder: Path, attempts: int) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    for number in range(_RUNS):
        path = folder / f"run-{number}"
        part = folder / f"part-{number}"
        if not RunDirectory(path).exists():
            shutil.rmtree(part, ignore_errors=True)
            write_large_run(part, problems=_PROBLEMS, attempts=attempts // _RUNS // _PROBLEMS, seed=number)
            part.rename(path)
        made.append(path)
    return made


def _from_lines(runs: Sequence[Path]) -> Usage:
    """Compare runs without caches; the first comparison of large ones makes the caches, too."""
    for run in runs:
        shutil.rmtree(run / FOLDER, ignore_errors=True)
    return _command("compare", "--json", *map(str, runs))


def _from_cache(runs: Sequence[Path]) -> Usage:
    _command("compact", "--quiet", *map(str, runs))
    return _command("compare", "--json", *map(str, runs))


def _command(*arguments: str) -> Usage:
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "cotbench", *arguments], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"cotbench {arguments[0]} ended with exit code {process.returncode}")
    # Linux counts the resident size in kilobytes.
    return Usage(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / _MB)


def _growth(before: tuple[int, Usage] | None, attempts: int, usage: Usage) -> str:
    if before is None:
        return ""
    return f"   {usage.busy / before[1].busy:.1f} times the CPU for {attempts / before[0]:g} times the attempts"


def _pass_at_k() -> float:
    """Print and return the seconds of processor time for pass@1 … pass@200 of 164 problems with resampled limits."""
    rng = np.random.default_rng(0)
    passed = (rng.random((164, 200)) < rng.beta(0.4, 1.0, size=(164, 1))).sum(axis=1)
    took: list[float] = []
    for _ in range(5):
        began = time.process_time()
        curves = pass_at_k_curves(np.full(164, 200), passed, range(1, 201))
        percentile_limits(resampled_means(curves, draws=1_000), 0.95)
        took.append(time.process_time() - began)
    found = sorted(took)[len(took) // 2]
    print(f"pass@1 … pass@200 of 164 problems with 200 attempts, 1,000 resamples: {found:.3f} CPU s")
    return found


if __name__ == "__main__":
    main()
