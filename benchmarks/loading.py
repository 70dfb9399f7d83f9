"""Times and peaks of loading LiveCodeBench files of our own problems.

    python -m benchmarks.loading                    # 1,000 and 10,000 problems; needs 4 GB in --folder
    python -m benchmarks.loading --problems 100

A quarter of the hidden bytes of each set sits in a few inputs of 5 MB. Every step runs in a process of its own: load
(what every command does), count (what a run does before it begins, for the problems it takes: every hidden case is
decoded once) and eager (load, then hold all hidden cases, for comparison).
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.live_problems import live_problem, write_rows
from cotbench.benchmarks.livecodebench import load

_MB = 1 << 20
_LARGE = 5 * _MB
_LARGE_EVERY = 100
_DISTINCT = 1_000
_CASES = 20
_SIZE = 10_000


def main() -> None:
    """Write the sets, take the steps, print one line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--folder", type=Path, help="where the files are written and removed again")
    options = parser.parse_args()
    print(f"{'problems':>8}  {'step':<6}  {'file MB':>8}  {'seconds':>8}  {'CPU s':>7}  {'grown MB':>8}")
    for count in options.problems:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            path = _written(Path(folder), count)
            size = path.stat().st_size / _MB
            # To hold everything takes 6 GB for 10,000 problems.
            for step in ("load", "count", "eager") if count <= _DISTINCT else ("load", "count"):
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    seconds, busy, grown = pool.apply(_measured, (step, path))
                print(f"{count:8}  {step:<6}  {size:8.1f}  {seconds:8.2f}  {busy:7.2f}  {grown:8.1f}", flush=True)


def _written(folder: Path, count: int) -> Path:
    """Write a set. Beyond the first thousand the problems come again under other names, because making them is slow."""
    first = write_rows(folder / "first.jsonl", _rows(min(count, _DISTINCT)))
    path = folder / "own.jsonl"
    with path.open("wb") as file:
        for number in range(-(-count // _DISTINCT)):
            with first.open("rb") as lines:
                for line in itertools.islice(lines, count - number * _DISTINCT):
                    file.write(line.replace(b'"question_id": "', b'"question_id": "%d-' % number))
    first.unlink()
    return path


def _rows(count: int) -> Iterator[dict[str, str]]:
    for number in range(count):
        large = number % _LARGE_EVERY == 0
        yield live_problem(number, cases=2 if large else _CASES, size=_LARGE if large else _SIZE).row


def _measured(step: str, path: Path) -> tuple[float, float, float]:
    """Take a step; return its seconds, its processor time, and by how many MB the process's peak grew."""
    before = _peak_mb()
    began, busy = time.perf_counter(), time.process_time()
    problems = load(path).problems
    if step == "count":
        sum(len(problem.hidden) for problem in problems)
    elif step == "eager":
        held = [tuple(problem.hidden) for problem in problems]
        assert len(held) == len(problems)
    return time.perf_counter() - began, time.process_time() - busy, _peak_mb() - before


def _peak_mb() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MB


if __name__ == "__main__":
    main()
