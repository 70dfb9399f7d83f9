"""The run directory: spec, manifest, versions, locks, and the derived table."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from cotbench._version import RUN_FORMAT
from cotbench.core.errors import StoreError
from cotbench.core.message import Sampling, Usage
from cotbench.core.spec import RunSpec
from cotbench.store import (
    CallRow,
    Manifest,
    ProblemInfo,
    ProgramsInfo,
    RunDirectory,
    RunWriter,
    Session,
    VerdictRow,
    list_runs,
    read_rows,
)
from cotbench.store.pass_rates import write_pass_rates

SPEC = RunSpec(
    "plansearch", "local/x", "starter", 4, 1, None, 0, Sampling(0.5, 0.9, 77), {"words": 3, "critique": True}
)
MANIFEST = Manifest(
    dataset="d",
    prompts={"a": "b"},
    grader="1",
    problems={"p": ProblemInfo("easy", "2026-01-01", 2, 15), "q": ProblemInfo("hard", "", 0, 20)},
    sessions=(Session(1.0, None, "0.1", "3.11", "linux", "basic"),),
)


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    directory = RunDirectory(tmp_path / "run")
    directory.claim()
    directory.write_manifest(MANIFEST)
    directory.write_spec(SPEC)
    return directory


def test_spec_and_manifest_round_trip(run: RunDirectory) -> None:
    assert run.read_spec() == SPEC
    assert run.read_manifest() == MANIFEST
    assert [found.name for found in list_runs(run.path.parent)] == ["run"]


def test_another_format_is_refused(run: RunDirectory) -> None:
    run.write_manifest(replace(MANIFEST, format=RUN_FORMAT + 1))
    with pytest.raises(StoreError, match=f"run format {RUN_FORMAT + 1}"):
        run.read_manifest()


@pytest.mark.parametrize("name", ["spec.yaml", "manifest.json"])
@pytest.mark.parametrize("content", [None, "", "[1]", "{", "key: value", '{"format": 1}'])
def test_broken_files_are_clear_errors(run: RunDirectory, name: str, content: str | None) -> None:
    path = run.path / name
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(StoreError, match=name.replace(".", r"\.")):
        run.read_spec() if name == "spec.yaml" else run.read_manifest()


def test_one_process_at_a_time(run: RunDirectory) -> None:
    with run.lock(), pytest.raises(StoreError, match="another cotbench process"), run.lock():
        pass
    with run.lock():
        pass


def test_pass_rates(run: RunDirectory) -> None:
    def call(problem: str, draw: int, usd: float | None) -> CallRow:
        return CallRow(problem, 0, "", draw, {}, (), "t", "stop", Usage(10, 5), usd, 1.0, 1.0)

    def verdict(problem: str, index: int, suite: str, outcome: str) -> VerdictRow:
        return VerdictRow(problem, 0, index, suite, outcome, 1, 1, 0.1, "", "1")  # type: ignore[arg-type]

    with RunWriter(run.path) as writer:
        for row in (call("p", 0, 0.25), call("p", 1, 0.5), call("q", 0, None)):
            writer.append(row)
        for index, outcome in enumerate(("passed", "wrong", "no_code", "infra")):
            writer.append(verdict("p", index, "hidden", outcome))
        writer.append(verdict("p", 0, "public", "passed"))
        writer.append(replace(verdict("q", 0, "hidden", "wrong"), integrity="in-process"))
    write_pass_rates(run.path, MANIFEST, read_rows(run.path))
    with (run.path / "pass_rates.csv").open() as file:
        first, second = csv.DictReader(file)
    assert first == {
        "problem": "p",
        "difficulty": "easy",
        "n": "3",
        "passed": "1",
        "pass_rate": "0.333333",
        "public_passed": "1",
        "calls": "2",
        "prompt_tokens": "20",
        "completion_tokens": "10",
        "usd": "0.750000",
        "in_process": "0",
        "simulated": "no",
    }
    assert (second["n"], second["pass_rate"], second["public_passed"], second["usd"]) == ("1", "0.000000", "", "")
    assert second["in_process"] == "1"
    made = replace(MANIFEST, programs=ProgramsInfo("f.jsonl", "digest", "cotbench", 3, 1))
    write_pass_rates(run.path, made, read_rows(run.path))
    with (run.path / "pass_rates.csv").open() as file:
        unknown, _ = csv.DictReader(file)
    assert [unknown[name] for name in ("n", "calls", "prompt_tokens", "completion_tokens", "usd")] == [
        "3",
        "",
        "",
        "",
        "",
    ]


def test_rows_are_plain_json(run: RunDirectory) -> None:
    with RunWriter(run.path, writer="w") as writer:
        writer.append(VerdictRow("p", 0, 3, "hidden", "passed", 1, 1, 0.1, "", "1"))
    raw = json.loads((run.path / "verdicts" / "w.jsonl").read_text())
    assert raw["v"] == 1
    assert raw["key"] == "p::0::3::hidden::1"
