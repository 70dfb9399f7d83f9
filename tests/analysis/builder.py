"""Write small run directories through the real store, from a line of marks per problem and unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cotbench.core.message import Sampling, Usage
from cotbench.core.spec import OptionValue, RunSpec
from cotbench.core.verdict import Outcome
from cotbench.store import (
    AttemptRow,
    CallRow,
    Manifest,
    ProblemInfo,
    RunDirectory,
    RunWriter,
    Session,
    UnitRow,
    VerdictRow,
)

MARKS: Mapping[str, Outcome] = {"+": "passed", "-": "wrong", "e": "error", "t": "timeout", "0": "no_code"}
"""One mark per attempt; `?` is a program without a verdict, `!` an `infra` verdict, `_` no code and no verdict."""

USAGE = Usage(prompt=100, completion=50)

SPEC = RunSpec(
    strategy="repeated",
    model="provider/tiny",
    benchmark="starter",
    attempts=None,
    units=1,
    limit=None,
    seed=0,
    sampling=Sampling(),
)


def spec(**changes: object) -> RunSpec:
    """Return the usual spec with some fields changed."""
    options: Mapping[str, OptionValue] = {}
    return replace(SPEC, options=options, **changes)  # type: ignore[arg-type]


def manifest(problems: Sequence[str], **changes: object) -> Manifest:
    """Return a manifest of one session of 60 seconds."""
    session = Session(1000.0, 1060.0, "0.1", "3.11", "linux", "full")
    plain = Manifest(
        dataset="d" * 64,
        prompts={},
        grader="1",
        problems={name: ProblemInfo("easy", "", 1, 3) for name in problems},
        sessions=(session,),
        benchmark_size=len(problems),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def write_run(
    path: Path,
    marks: Mapping[str, str],
    *,
    run: RunSpec = SPEC,
    made_with: Manifest | None = None,
    usage: Usage = USAGE,
    usd: float | None = 0.001,
    done: bool = True,
) -> RunDirectory:
    """Write a run with one unit per problem: one call, attempt and hidden verdict per mark, then a done unit row.

    A problem that is in `made_with` and not in `marks` was never begun. `done` False leaves the unit rows out.
    """
    directory = RunDirectory(path)
    directory.claim()
    directory.write_manifest(made_with or manifest(list(marks)))
    directory.write_spec(run)
    with RunWriter(path, writer="w") as writer:
        for problem, line in marks.items():
            for index, mark in enumerate(line):
                writer.append(call(problem, index, usage=usage, usd=usd))
                writer.append(attempt(problem, index, code=None if mark in "0_" else f"print({index})\n"))
                if mark in "?_":
                    continue
                writer.append(verdict(problem, index, "infra" if mark == "!" else MARKS[mark]))
            if done:
                writer.append(UnitRow(problem, 0, "done", run.attempts, len(line), {"drawn": len(line)}, at=1050.0))
    return directory


def call(
    problem: str, draw: int, *, usage: Usage, usd: float | None = 0.0, finish: str = "stop", at: float = 1001.0
) -> CallRow:
    """Return a call row."""
    return CallRow(problem, 0, "", draw, {}, (), "text", finish, usage, usd, 1.0, at)  # type: ignore[arg-type]


def attempt(problem: str, index: int, *, unit: int = 0, code: str | None = "pass\n") -> AttemptRow:
    """Return an attempt row."""
    return AttemptRow(problem, unit, index, code, (), ())


def verdict(
    problem: str, index: int, outcome: Outcome, *, unit: int = 0, suite: str = "hidden", grader: str = "1"
) -> VerdictRow:
    """Return a verdict row."""
    return VerdictRow(problem, unit, index, suite, outcome, 0, 3, 0.1, "", grader)  # type: ignore[arg-type]
