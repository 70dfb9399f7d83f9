"""What is really judged over several sessions of a run: nothing twice, and again what the sandbox failed on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cotbench.backends.registry import open_backend
from cotbench.benchmarks.registry import load_benchmark
from cotbench.core.message import Sampling
from cotbench.core.problem import Benchmark
from cotbench.core.spec import RunSpec
from cotbench.core.window import EVERYTHING
from cotbench.engine import (
    Grading,
    GradingOutcome,
    Outcome,
    Tools,
    Unseen,
    execute,
    grade_programs,
    graded_spec,
    open_run,
    with_programs,
)
from cotbench.grading import SandboxGrader
from cotbench.store import RunDirectory, read_rows
from cotbench.store.programs import look_through
from cotbench.strategies import open_strategy
from tests.conftest import Workspace
from tests.engine.counting import Counting

RIGHT, WRONG = "def double(x):\n    return 2 * x\n", "def double(x):\n    return x\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxGrader]:
    with SandboxGrader(slots=2) as grader:
        yield grader


@pytest.fixture
def benchmark(workspace: Workspace) -> Benchmark:
    return load_benchmark(str(workspace.path / "problems.jsonl"))


def graded(workspace: Workspace, benchmark: Benchmark, grader: Counting, **how: object) -> GradingOutcome:
    path = workspace.path / "made.jsonl"
    codes = [RIGHT, WRONG] * 4
    path.write_text("".join(json.dumps({"problem": "double", "code": code}) + "\n" for code in codes))
    file = look_through(path, None, {problem.id: problem for problem in benchmark.problems})
    problems = with_programs(file, benchmark.problems)
    spec = graded_spec(file, "problems.jsonl", None, 1, EVERYTHING, ())
    with open_run(
        spec, benchmark, problems, {}, workspace.results, grader="1", isolation="basic", programs=file.info
    ) as opened:
        return grade_programs(opened, file, Grading(grader, "1", **how), Unseen())  # type: ignore[arg-type]


def verdicts(workspace: Workspace, run: str = "graded-made-problems") -> list[Path]:
    return sorted((workspace.results / run / "verdicts").glob("*.jsonl"))


def test_a_second_session_knows_the_programs_of_the_first(
    workspace: Workspace, benchmark: Benchmark, sandbox: SandboxGrader
) -> None:
    first = Counting(sandbox)
    assert graded(workspace, benchmark, first) == GradingOutcome(16, 0)
    assert len(first.judged) == 2 * 2, "two programs on two suites"
    # As after a kill: the last verdicts and the unit's row never came to disk.
    (shard,) = verdicts(workspace)
    shard.write_bytes(b"".join(shard.read_bytes().splitlines(keepends=True)[:-3]) + b'{"torn":')
    for unit in (workspace.results / "graded-made-problems" / "units").glob("*.jsonl"):
        unit.unlink()
    second = Counting(sandbox)
    assert graded(workspace, benchmark, second) == GradingOutcome(16, 0)
    assert second.judged == []
    rows = read_rows(workspace.results / "graded-made-problems")
    assert len(rows.verdicts) == 16
    assert [row.status for row in rows.units.values()] == ["done"]


def test_without_the_cache_each_attempt_is_judged(
    workspace: Workspace, benchmark: Benchmark, sandbox: SandboxGrader
) -> None:
    grader = Counting(sandbox)
    graded(workspace, benchmark, grader, cache=False)
    assert len(grader.judged) == 16


def test_what_the_sandbox_failed_on_is_owed(workspace: Workspace, benchmark: Benchmark, sandbox: SandboxGrader) -> None:
    failing = Counting(sandbox, broken=WRONG)
    assert graded(workspace, benchmark, failing) == GradingOutcome(16, 8, "the sandbox went away")
    run = RunDirectory(workspace.results / "graded-made-problems")
    rows = read_rows(run.path)
    assert [(row.status, row.error) for row in rows.units.values()] == [
        ("failed", "8 verdicts missing: the sandbox went away")
    ]
    assert {row.outcome for row in rows.verdicts.values()} == {"passed"}
    whole = Counting(sandbox)
    assert graded(workspace, benchmark, whole) == GradingOutcome(16, 0)
    assert whole.judged == [WRONG, WRONG], "public and hidden"
    assert len(run.read_manifest().sessions) == 2


def test_a_run_that_is_extended_judges_new_programs_only(
    workspace: Workspace, benchmark: Benchmark, sandbox: SandboxGrader
) -> None:
    """The script has three programs for `double`: however many attempts there are, no more are judged."""

    script = workspace.path / "script.yaml"
    script.write_text(script.read_text().replace('"Write `double"', '"Write `double"\n    by: draw'))

    def carried_out(attempts: int, *, cache: bool = True) -> Counting:
        grader = Counting(sandbox)
        spec = RunSpec("repeated", "scripted:script.yaml", "problems.jsonl", attempts, 1, 1, 0, Sampling())
        backend = open_backend(f"scripted:{script}", slots=1)

        async def session() -> Outcome:
            await backend.start()
            with open_run(
                spec, benchmark, benchmark.problems[:1], {}, workspace.results, grader="1", isolation="basic"
            ) as opened:
                strategy = open_strategy("repeated", {})
                tools = Tools(strategy, {"code": backend, "idea": backend}, grader, "1", 4, verdict_cache=cache)
                return await execute(opened, tools)

        assert asyncio.run(session()).complete
        return grader

    first, second = carried_out(2), carried_out(9)
    codes = {row.code for row in read_rows(next(workspace.results.iterdir())).attempts.values()}
    assert len(codes) == 3
    assert (len(first.judged), len(second.judged)) == (4, 2), "on public and hidden cases"
    assert set(first.judged + second.judged) == codes
    assert len(carried_out(12, cache=False).judged) == 2 * 3, "the three new attempts, each on both suites"
