"""A model that misbehaves at every fifth request: the results are those of one that does not, each reply paid once."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from cotbench.backends import LitellmBackend
from cotbench.benchmarks.registry import load_benchmark
from cotbench.core.message import Request, Sampling, user
from cotbench.core.spec import RunSpec
from cotbench.engine import Outcome, Tools, execute, open_run
from cotbench.engine.retry import RetryPolicy
from cotbench.grading import SandboxGrader
from cotbench.store import read_rows
from cotbench.store.reader import RunRows
from cotbench.strategies import open_strategy
from tests.conftest import Workspace, joined
from tests.faulty_server import DROPPED, FAULTS, FaultyServer, Spoken, number

SHARE = 0.2
QUICK = RetryPolicy(first=0.02, longest=0.1)
RUN = "repeated-m-tiny"


def about(prompt: str) -> str:
    """Return the number of the problem that a prompt is about."""
    found = re.search(r"plus_(\d+)", prompt)
    return found[1] if found else ""


def answer(k: str) -> Spoken:
    """Return what the model says: a right program mostly, and every other kind of reply now and then."""
    if not k:
        return Spoken("I am ready.")
    program = f"```python\ndef plus_{k}(x):\n    return x + {k}\n```"
    return {
        0: Spoken(program.replace(" + ", " - ")),
        1: Spoken(program[: len(program) // 2], "length"),
        2: Spoken("", "content_filter"),
        3: Spoken(""),
        4: Spoken("I would add them."),
    }.get(number(k) % 20, Spoken(program))


def write_problems(folder: Path, count: int) -> Path:
    """Write a benchmark of tiny problems: add 1, add 2 …"""
    path = folder / "tiny.jsonl"
    problems = [
        {
            "id": f"plus_{k}",
            "statement": f"Write `plus_{k}(x)`: return x plus {k}.",
            "entry": f"plus_{k}",
            "hidden": [{"arguments": [x], "expected": x + k} for x in (0, 5)],
        }
        for k in range(1, count + 1)
    ]
    path.write_text("".join(json.dumps(problem) + "\n" for problem in problems))
    return path


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxGrader]:
    with SandboxGrader(slots=2) as grader:
        yield grader


def carry_out(folder: Path, server: FaultyServer, sandbox: SandboxGrader, *, problems: int, draws: int) -> RunRows:
    benchmark = load_benchmark(str(write_problems(folder, problems)))
    spec = RunSpec("repeated", "openai/m", "tiny.jsonl", draws, 1, None, 0, Sampling(max_tokens=200))
    patient = LitellmBackend("openai/m", api_base=server.base)
    backend = LitellmBackend("openai/m", api_base=server.base, timeout=3.0, max_draws=draws)

    async def session() -> Outcome:
        await patient.start()
        await backend.start()
        try:
            # The library loads the rest of itself during its first call, which must not count against the timeout.
            await patient.complete(Request((user("Are you ready?"),), Sampling()), 1)
            server.paid.clear()
            with open_run(
                spec, benchmark, benchmark.problems, {}, folder / "results", grader="1", isolation="basic"
            ) as opened:
                strategy = open_strategy("repeated", {})
                models = {"code": backend, "idea": backend}
                return await execute(opened, Tools(strategy, models, sandbox, "1", 16, retry=QUICK))
        finally:
            await backend.aclose()
            await patient.aclose()

    outcome = asyncio.run(session())
    assert outcome.complete, outcome.failed
    return read_rows(folder / "results" / RUN)


def results(rows: RunRows) -> tuple[object, ...]:
    """Return what must not depend on luck: the calls with their replies, the programs, and how each was judged."""
    return (
        {key: (row.fields, row.messages, row.text, row.finish) for key, row in rows.calls.items()},
        {key: (row.code, row.lineage, row.calls) for key, row in rows.attempts.items()},
        {key: row.outcome for key, row in rows.verdicts.items()},
        {key: (row.status, row.wanted, row.produced) for key, row in rows.units.items()},
    )


@pytest.mark.parametrize(
    ("problems", "draws", "seed"),
    [
        pytest.param(200, 1, 15, id="single", marks=pytest.mark.thorough),
        pytest.param(50, 4, 2, id="four at once"),
    ],
)
def test_a_run_of_200_replies_ends_as_without_faults(
    tmp_path: Path, sandbox: SandboxGrader, problems: int, draws: int, seed: int
) -> None:
    found: list[RunRows] = []
    for share in (0.0, SHARE):
        folder = tmp_path / str(share)
        folder.mkdir()
        with FaultyServer(about, answer, share=share, seed=seed, stall=10.0) as server:
            rows = carry_out(folder, server, sandbox, problems=problems, draws=draws)
            assert sum(server.paid.values()) == len(rows.calls) == problems * draws
            assert set(server.paid.values()) == {draws}, "each prompt is paid for as often as there are draws of it"
        found.append(rows)
    faultless, faulty = found
    assert results(faulty) == results(faultless)
    met = server.met.total() / len(server.seen)
    assert 0.15 < met < 0.25
    assert set(server.met) == set(FAULTS) if draws == 1 else DROPPED in server.met
    finishes = Counter(row.finish for row in faulty.calls.values())
    assert set(finishes) == {"stop", "length", "refusal", "empty"}
    retried = sum(count for row in faulty.units.values() for event, count in row.counters.items() if "retried" in event)
    harmless = server.met["slow headers"] + server.met[DROPPED]
    assert retried == server.met.total() - harmless


def test_the_command_line_gets_through_and_says_what_happened(workspace: Workspace) -> None:
    write_problems(workspace.path, 30)
    faults = tuple(fault for fault in FAULTS if fault != "stall")
    with FaultyServer(about, answer, share=SHARE, seed=15, faults=faults) as server:
        model = ["--model", "openai/m", "--api-base", server.base, "--timeout", "60", "--concurrency", "4"]
        rates = ["--rpm", "100000", "--tpm", "100000000"]
        problems = ["--benchmark", "tiny.jsonl", "--limit", "all", "--attempts", "1"]
        done = workspace.cot("run", "--strategy", "repeated", *model, *rates, *problems)
    assert done.returncode == 0, done.stderr
    calls = workspace.rows(RUN, "calls")
    assert len(calls) == len(workspace.raw_keys(RUN, "calls")) == server.paid.total() == 30
    right = {row["problem"] for row in workspace.rows(RUN, "verdicts") if row["outcome"] == "passed"}
    assert right == {f"plus_{k}" for k in server.paid if f"return x + {k}\n" in answer(k).text}
    assert not [row for row in calls if "not now" in str(row["text"]) or "html" in str(row["text"])]
    notes = joined(done.stdout)
    refused = sum(server.met[fault] for fault in ("429", "429 with Retry-After"))
    assert refused
    assert server.met["503"]
    assert f"rate × {refused}" in notes
    assert f"overload × {server.met['503']}" in notes
    assert "openai/m refuses requests: 2 of 4 replies at a time, the next in" in done.stderr
    assert re.search(r" · [123] of 4 at a time", done.stderr)
    assert "openai/m: back to 4 replies at a time" in done.stderr
    assert "Traceback" not in done.stderr
    kept = yaml.safe_load((workspace.results / RUN / "spec.yaml").read_text())
    assert (kept["rpm"], kept["tpm"], kept["timeout"]) == (100000, 100000000, 60.0)
