"""Choosing problems on the command line: windows, ids, lists and slices, and how a run keeps them."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.conftest import PROBLEMS, Workspace

DATES = {"double": "2024-01-10", "square": "2024-06-01T12:00:00", "negate": ""}
RUN = ["run", "--strategy", "repeated", "--model", "scripted:script.yaml", "--benchmark"]


@pytest.fixture
def dated(workspace: Workspace) -> Workspace:
    rows = [{**row, "date": DATES[str(row["id"])], "platform": "atcoder"} for row in PROBLEMS]
    (workspace.path / "problems.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return workspace


def test_the_window_is_part_of_the_run_and_ids_are_not(dated: Workspace) -> None:
    window = ["--from", "2024-01-01", "--to", "2024-06-01", "--difficulty", "easy", "--platform", "AtCoder"]
    whole = [*RUN, "problems.jsonl", "--attempts", "2"]
    done = dated.cot(*whole, *window, "--ids", "double", "--json")
    assert done.returncode == 0, done.stderr
    words = "2024-01-01 to 2024-06-01, difficulty easy, platform atcoder"
    assert f"window: {words}; 1 of 3 problems have no date and are left out" in done.stderr
    kept = {"from_date": "2024-01-01", "to_date": "2024-06-01", "difficulty": ["easy"], "platform": ["atcoder"]}
    summary = json.loads(done.stdout)
    assert (summary["problems"], summary["window"]) == (1, kept)
    spec = yaml.safe_load((dated.results / "repeated-script-problems" / "spec.yaml").read_text())
    assert {name: spec[name] for name in kept} == kept
    assert spec["ids"] == ["double"]

    more = dated.cot(*whole, *window)
    assert more.returncode == 0, more.stderr
    assert "continuing results/repeated-script-problems" in more.stderr
    assert f"({words}) [simulated], 2 of 2 problems" in more.stdout
    assert "--from 2024-01-01 --to 2024-06-01 --difficulty easy --platform atcoder" in more.stdout
    assert len(dated.answered) == 4, "what was there is not asked for again"

    again = dated.cot("run", "--config", "results/repeated-script-problems/spec.yaml")
    assert "is complete" in again.stderr, again.stderr
    other = dated.cot(*whole, *window[2:])
    assert other.returncode == 2
    assert "other settings: from_date: 2024-01-01 → None" in other.stderr


def test_lists_and_slices_say_how_many(dated: Workspace) -> None:
    (dated.path / "wanted.txt").write_text("# the easy ones\nsquare\n\ndouble\n")
    listed = dated.cot(*RUN, "problems.jsonl[-3:]", "--problems", "wanted.txt", "--attempts", "1", "--json")
    assert listed.returncode == 0, listed.stderr
    assert json.loads(listed.stdout)["problems"] == 2
    assert (dated.results / "repeated-script-problems_-3").is_dir()


def test_grading_takes_the_same_flags(dated: Workspace) -> None:
    rows = [{"problem": name, "code": f"def {name}(x):\n    return 2 * x\n"} for name in DATES]
    (dated.path / "made.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = dated.cot("grade", "made.jsonl", "--benchmark", "problems.jsonl", "--to", "2024-03-01", "--json")
    assert done.returncode == 0, done.stderr
    assert "window: up to 2024-03-01" in done.stderr
    summary = json.loads(done.stdout)
    assert (summary["problems"], summary["window"]["to_date"]) == (1, "2024-03-01")
