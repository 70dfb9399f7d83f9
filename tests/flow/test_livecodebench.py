"""LiveCodeBench's schema through the real command line: loaded, asked, judged, continued and refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from benchmarks.live_problems import live_problem, write_rows
from tests.conftest import Workspace, joined

# A function and a program in each encoding.
NUMBERS = (0, 3, 5, 6)
THOUGHTS = [
    {
        "match": 'of the form ."observations"',
        "reply": '{"observations": ["it may be empty", "there may be one", "there may be many", "order matters"]}',
    },
    {"match": "How would you solve it", "replies": ["With a loop.", "With one expression.", "Backwards."]},
]


@pytest.fixture
def contest(workspace: Workspace) -> Workspace:
    """A workspace with a folder of one LiveCodeBench file, and a model that is right and wrong in turn."""
    made = [live_problem(number, cases=4) for number in NUMBERS]
    (workspace.path / "live").mkdir()
    write_rows(workspace.path / "live" / "test.jsonl", (item.row for item in made))
    answers = [
        {
            "match": item.row["question_content"].strip()[:24],
            "replies": [f"```python\n{item.right}```", f"Like this:\n\n```python\n{item.wrong}```\nDone."],
        }
        for item in made
    ]
    (workspace.path / "script.yaml").write_text(yaml.safe_dump({"rules": THOUGHTS + answers}))
    return workspace


def arguments(strategy: str) -> list[str]:
    base = ["run", "--strategy", strategy, "--model", "scripted:script.yaml", "--limit", "all", "--attempts", "2"]
    return [*base, "--benchmark", "livecodebench@release_v1:live", "--name", "live"]


@pytest.mark.parametrize("strategy", ["repeated", "ideasearch", "plansearch"])
def test_each_strategy_runs_and_is_judged(contest: Workspace, strategy: str) -> None:
    done = contest.cot(*arguments(strategy))
    assert done.returncode == 0, done.stderr
    programs = {item.right.strip() for item in map(live_problem, NUMBERS)}
    right = {
        (row["problem"], row["index"]): str(row["code"]).strip() in programs for row in contest.rows("live", "attempts")
    }
    assert len(right) == 2 * len(NUMBERS)
    outcomes = {
        (row["problem"], row["index"]): row["outcome"]
        for row in contest.rows("live", "verdicts")
        if row["suite"] == "hidden"
    }
    assert outcomes == {key: "passed" if value else "wrong" for key, value in right.items()}
    assert {True, False} == set(right.values())
    assert "pass@k" in done.stdout


def test_a_run_goes_on_only_with_the_same_files(contest: Workspace) -> None:
    assert contest.cot(*arguments("repeated")).returncode == 0
    file = contest.path / "live" / "test.jsonl"
    file.write_bytes(file.read_bytes() + b"\n")
    other = contest.cot(*arguments("repeated"))
    assert other.returncode == 2
    assert "another version of livecodebench@release_v1: dataset digest" in joined(other.stderr)


def test_private_cases_that_cannot_be_read_stop_a_run_before_it_costs_anything(contest: Workspace) -> None:
    row = live_problem(1).row | {"private_test_cases": "gASVBQAAAAAAAABdlC4="}
    write_rows(contest.path / "live" / "test.jsonl", [row])
    done = contest.cot(*arguments("repeated"))
    assert done.returncode == 2
    assert "line 1: private_test_cases: not a zlib stream" in joined(done.stderr)
    assert contest.answered == []


def test_the_hub_out_of_reach_is_one_line(contest: Workspace, tmp_path: Path) -> None:
    places = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hub")}
    done = contest.cot("run", "--benchmark", "livecodebench@release_v2", "--model", "scripted:script.yaml", **places)
    assert done.returncode == 2
    said = joined(done.stderr)
    for part in (
        "test.jsonl, test2.jsonl of livecodebench/code_generation_lite",
        "HF_HUB_OFFLINE",
        "livecodebench:FOLDER",
    ):
        assert part in said
    assert "Traceback" not in said
