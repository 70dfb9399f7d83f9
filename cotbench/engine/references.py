"""Expected outputs of benchmarks that come without them: run each problem's reference once, and keep what it returned.

What was found out is kept on disk, one file per problem, so that an interrupted start loses nothing and two runs at a
time do not harm each other. A file is named after all that its content depends on.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import sys
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from cotbench.core.errors import BenchmarkError, GradingError
from cotbench.core.ids import digest
from cotbench.core.problem import UNKNOWN, Benchmark, CallCase, Case, Problem, Value
from cotbench.core.protocols import Grader
from cotbench.core.stored import StoredCases
from cotbench.core.verdict import Job, Limits
from cotbench.grading import GRADER_VERSION
from cotbench.grading.comparers import Comparer, comparer
from cotbench.grading.inside.encoding import Malformed, TooLarge, decode, encode

TIME_FACTOR = 4.0
"""A case may take so many times as long as the reference's slowest: EvalPlus's `DEFAULT_GT_TIME_LIMIT_FACTOR`."""

LIMITS = Limits(seconds=60.0, memory=4 << 30, output=1 << 30)
"""What a reference may use: it is slow or large only if the benchmark is."""

Progress: TypeAlias = Callable[[int, int], None]
"""(problems done, problems whose expected outputs were not known)."""

_Known: TypeAlias = tuple[list[Value], float]


def with_references(
    benchmark: Benchmark,
    problems: Sequence[Problem],
    grader: Grader,
    cache: Path,
    progress: Progress | None = None,
) -> tuple[Problem, ...]:
    """Return the problems, in their order, with every expected output that was UNKNOWN filled in.

    Their time limit becomes `TIME_FACTOR` times the reference's slowest case if that is longer. `cache` is a folder
    that need not exist; where it cannot be written, references are run again the next time. Blocks; the references
    run as many at a time as the grader has slots. `progress` is called from several threads, one at a time.
    Raises BenchmarkError naming the problem if a reference is missing, fails, or returns what the problem's comparer
    does not accept; GradingError if the sandbox cannot be used.
    """
    owed = [problem for problem in problems if _unknown(problem)]
    if not owed:
        return tuple(problems)
    count = 0
    lock = threading.Lock()

    def settle(problem: Problem) -> Problem:
        nonlocal count
        settled = _settled(benchmark, problem, grader, cache)
        with lock:
            count += 1
            if progress is not None:
                progress(count, len(owed))
        return settled

    with ThreadPoolExecutor(grader.slots, thread_name_prefix="reference") as threads:
        try:
            found = {problem.id: problem for problem in threads.map(settle, owed)}
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise
    return tuple(found.get(problem.id, problem) for problem in problems)


def _unknown(problem: Problem) -> list[CallCase]:
    # Stored cases have their outputs, and reading them takes long.
    hidden = () if isinstance(problem.hidden, StoredCases) else problem.hidden
    return [case for case in (*problem.public, *hidden) if isinstance(case, CallCase) and case.expected is UNKNOWN]


def _settled(benchmark: Benchmark, problem: Problem, grader: Grader, cache: Path) -> Problem:
    cases = _unknown(problem)
    file = cache / f"{_key(benchmark, problem, cases)}.jsonl.gz"
    known = _read(file, len(cases))
    if known is None:
        known = _observe(benchmark, problem, cases, grader)
        _write(file, known)
    outputs, slowest = known
    left = iter(outputs)
    return replace(
        problem,
        public=tuple(_filled(problem.public, left)),
        hidden=tuple(_filled(problem.hidden, left)),
        time_limit=max(problem.time_limit, TIME_FACTOR * slowest),
    )


def _filled(cases: Iterable[Case], outputs: Iterator[Value]) -> Iterator[Case]:
    for case in cases:
        if isinstance(case, CallCase) and case.expected is UNKNOWN:
            yield CallCase(case.arguments, next(outputs))
        else:
            yield case


def _observe(benchmark: Benchmark, problem: Problem, cases: Sequence[CallCase], grader: Grader) -> _Known:
    if not problem.reference:
        raise BenchmarkError(f"{benchmark.name}: {problem.id} has neither expected outputs nor a reference")
    job = Job(
        code=problem.reference,
        entry=problem.entry,
        cases=tuple(cases),
        comparer=problem.comparer,
        limits=LIMITS,
        prelude=problem.prelude,
        tolerance=problem.tolerance,
        oracle=problem.oracle,
    )
    seen = grader.observe(job)
    if seen.outcome == "infra":
        raise GradingError(f"the sandbox failed at the reference of {problem.id}: {seen.detail}")
    if seen.outcome != "passed" or len(seen.outputs) != len(cases):
        where = f"case {len(seen.outputs) + 1} of {len(cases)}: {seen.outcome}: {seen.detail}"
        raise BenchmarkError(f"{benchmark.name}: the reference of {problem.id} fails at {where}")
    outputs = list(seen.outputs)
    equal = comparer(problem.comparer, "value", tolerance=problem.tolerance, oracle=problem.oracle)
    _refuse_unfit(benchmark, problem, equal, cases, outputs)
    return outputs, seen.slowest


def _refuse_unfit(
    benchmark: Benchmark, problem: Problem, equal: Comparer, cases: Sequence[CallCase], outputs: Sequence[Value]
) -> None:
    # What the comparer does not accept from the reference (an object, NaN) no program could pass.
    for number, (case, output) in enumerate(zip(cases, outputs, strict=True), start=1):
        if not equal(case.arguments, output, output):
            where = f"case {number} of {len(cases)}"
            raise BenchmarkError(
                f"{benchmark.name}: what the reference of {problem.id} returns at {where} cannot be compared"
            )


def _key(benchmark: Benchmark, problem: Problem, cases: Sequence[CallCase]) -> str:
    # The digest of the data does not cover how a loader turns it into arguments; their text does.
    return digest(
        [
            benchmark.digest,
            problem.id,
            "{}.{}".format(*sys.version_info[:2]),
            GRADER_VERSION,
            problem.prelude,
            problem.reference,
            [repr(case.arguments) for case in cases],
        ]
    )


def _read(file: Path, count: int) -> _Known | None:
    """Return what a cache file holds. None if there is none, or it is damaged."""
    try:
        with gzip.open(file, "rt", encoding="ascii") as lines:
            slowest = json.loads(next(lines))["slowest"]
            outputs = [decode(json.loads(line)) for line in lines]
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, StopIteration, RecursionError, Malformed):
        return None
    return (outputs, float(slowest)) if len(outputs) == count and isinstance(slowest, (int, float)) else None


def _write(file: Path, known: _Known) -> None:
    outputs, slowest = known
    with contextlib.suppress(OSError, TooLarge):
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent) as folder:
            fresh = Path(folder) / file.name
            with gzip.open(fresh, "wt", compresslevel=1, encoding="ascii") as lines:
                lines.write(json.dumps({"slowest": slowest}) + "\n")
                for output in outputs:
                    lines.write(json.dumps(encode(output, LIMITS.output), separators=(",", ":")) + "\n")
            # Another process may be doing the same; a rename leaves a whole file whoever comes last.
            fresh.replace(file)
