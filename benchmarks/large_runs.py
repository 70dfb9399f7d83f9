"""Large run directories of made-up results, in the format of the store, written as fast as rows become lines.

Every attempt has one call, a program of a dozen lines, a verdict on the public cases and one on the hidden ones, as
repeated sampling leaves them. Which attempts pass is drawn per problem from a Beta distribution that has most of its
weight at hard problems.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cotbench.core.attempt import Step
from cotbench.core.ids import call_key, text_digest
from cotbench.core.message import Sampling, Usage
from cotbench.core.spec import RunSpec
from cotbench.core.verdict import Outcome, Suite
from cotbench.store import (
    AttemptRow,
    CallRow,
    Manifest,
    ProblemInfo,
    RunDirectory,
    Session,
    UnitRow,
    VerdictRow,
)
from cotbench.store.rows import Row
from cotbench.store.writer import line_of

_GRADER = "3"
_MODEL = "provider/model"
_STARTED = 1_750_000_000.0
_BUFFER = 4 << 20
_FAILURES: tuple[Outcome, ...] = ("wrong", "wrong", "wrong", "error", "timeout")


def write_large_run(path: Path, *, problems: int, attempts: int, seed: int) -> RunDirectory:
    """Write a run of so many problems with so many attempts each. Raises StoreError if the directory exists."""
    rng = np.random.default_rng(seed)
    names = [f"made/{number:05d}" for number in range(problems)]
    run = RunDirectory(path)
    run.claim()
    run.write_spec(
        RunSpec(
            strategy=f"repeated-{seed}",
            model=_MODEL,
            benchmark="made",
            attempts=attempts,
            units=1,
            limit=None,
            seed=seed,
            sampling=Sampling(),
        )
    )
    run.write_manifest(
        Manifest(
            dataset="0" * 64,
            prompts={},
            grader=_GRADER,
            problems={
                name: ProblemInfo(("easy", "medium", "hard")[place % 3], "", 2, 20) for place, name in enumerate(names)
            },
            sessions=(Session(_STARTED, _STARTED + 3600.0, "0.1.0", "3.11.7", "linux", "full"),),
            benchmark_size=problems,
        )
    )
    rates = rng.beta(0.4, 1.0, size=problems)
    shards = {kind.folder(): _Shard(path / kind.folder()) for kind in (CallRow, AttemptRow, VerdictRow, UnitRow)}
    for name, rate in zip(names, rates, strict=True):
        for row in _unit_rows(name, float(rate), attempts, rng):
            shards[row.folder()].add(line_of(row))
    for shard in shards.values():
        shard.close()
    return run


class _Shard:
    """A shard that is written in large pieces."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._file = (folder / "made.jsonl").open("wb", buffering=_BUFFER)

    def add(self, line: bytes) -> None:
        self._file.write(line)

    def close(self) -> None:
        self._file.close()


def _unit_rows(problem: str, rate: float, attempts: int, rng: np.random.Generator) -> Iterator[Row]:
    passed = (rng.random(attempts) < rate).tolist()
    lucky = (rng.random(attempts) < 0.2).tolist()
    failures = rng.integers(len(_FAILURES), size=attempts).tolist()
    tokens = rng.integers(80, 600, size=attempts).tolist()
    seconds = rng.random(attempts).tolist()
    prompt = text_digest(problem)
    fields = {
        "model": _MODEL,
        "messages": prompt,
        "temperature": "0.8",
        "top_p": "0.95",
        "max_tokens": "1024",
        "schema": "",
        "stop": "",
    }
    for index in range(attempts):
        code = _program(problem, index)
        key = call_key(problem, 0, "root", index)
        usage = Usage(prompt=350, completion=tokens[index])
        at = _STARTED + index
        reply = f"```python\n{code}```"
        yield CallRow(
            problem, 0, "root", index, fields, (("user", prompt),), reply, "stop", usage, 1e-6 * usage.total, 1.5, at
        )
        yield AttemptRow(problem, 0, index, code, (Step("code", reply, key),), (key,))
        accepted = passed[index] or lucky[index]
        yield _verdict(problem, index, "public", "passed" if accepted else "wrong", seconds[index])
        yield _verdict(
            problem, index, "hidden", "passed" if passed[index] else _FAILURES[failures[index]], seconds[index]
        )
    yield UnitRow(problem, 0, "done", attempts, attempts, {}, at=_STARTED + attempts)


def _verdict(problem: str, index: int, suite: Suite, outcome: Outcome, seconds: float) -> VerdictRow:
    total = 2 if suite == "public" else 20
    passed, detail = (total, "") if outcome == "passed" else (1, "case 2: wrong output")
    return VerdictRow(problem, 0, index, suite, outcome, passed, total, round(seconds, 4), detail, _GRADER)


def _program(problem: str, index: int) -> str:
    return (
        f"def solve(numbers: list[int]) -> int:\n"
        f'    """{problem}: the answer, found in way {index}."""\n'
        f"    best = {index}\n"
        f"    seen: dict[int, int] = {{}}\n"
        f"    for place, number in enumerate(numbers):\n"
        f"        if number in seen and place - seen[number] > best:\n"
        f"            best = place - seen[number]\n"
        f"        seen.setdefault(number, place)\n"
        f"    return best if best > {index % 7} else -1\n"
    )
