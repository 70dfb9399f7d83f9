"""`cotbench regrade`: another version of the grader, the same version, other data, interruption."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.conftest import Workspace
from tests.flow.test_grade import FLIPPING, RIGHT, SLOW, WRONG, write

RUN = "repeated-script-problems"


def age(workspace: Workspace, run: str, changed: dict[tuple[str, int, str], str]) -> None:
    """Make a run look as if an older version of the grader, which saw some things otherwise, had judged it."""
    folder = workspace.results / run
    for shard in (folder / "verdicts").glob("*.jsonl"):
        rows = [json.loads(line) for line in shard.read_text().splitlines()]
        for row in rows:
            row["grader"] = "old"
            row["key"] = row["key"].rpartition("::")[0] + "::old"
            row["outcome"] = changed.get((row["problem"], row["index"], row["suite"]), row["outcome"])
        shard.write_text("".join(json.dumps(row) + "\n" for row in rows))
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "grader": "old"}))


def manifest(workspace: Workspace, run: str) -> dict[str, object]:
    document = json.loads((workspace.results / run / "manifest.json").read_text())
    assert isinstance(document, dict)
    return document


def test_another_version_of_the_grader(workspace: Workspace) -> None:
    arguments = workspace.run_arguments("repeated")
    workspace.cot(*arguments)
    version = manifest(workspace, RUN)["grader"]
    truth = workspace.rows(RUN, "verdicts")
    rates = (workspace.results / RUN / "pass_rates.csv").read_text()
    age(workspace, RUN, {("double", 2, "hidden"): "passed", ("negate", 0, "public"): "error"})
    refused = workspace.cot(*arguments)
    assert refused.returncode == 2
    assert f"cotbench regrade results/{RUN}" in refused.stderr
    done = workspace.cot("regrade", RUN)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "double attempt 2, hidden cases: passed → wrong",
        "negate attempt 0, public cases: error → wrong",
        f"results/{RUN}: 2 of 24 verdicts changed, 1 of them between passed and not passed (grader version old → {version})",
    ]
    assert manifest(workspace, RUN)["grader"] == version
    rows = workspace.rows(RUN, "verdicts")
    assert [row for row in rows if row["grader"] == version] == truth
    assert len(rows) == 48, "the old verdicts are still there"
    assert (workspace.results / RUN / "pass_rates.csv").read_text() == rates
    shown = workspace.cot("show", RUN, "double")
    assert "passed" in shown.stdout
    assert json.loads(workspace.cot(*arguments, "--json").stdout)["cost"]["attempts"] == 12
    more = workspace.cot(*workspace.run_arguments("repeated", "--attempts", "5"))
    assert more.returncode == 0, more.stderr
    assert len(workspace.answered) == 15


def test_the_same_version_overwrites_nothing_and_reports_flips(workspace: Workspace) -> None:
    codes = [RIGHT["double"], *(FLIPPING + f"# {place}\n" for place in range(8)), WRONG["double"]]
    workspace.cot(*write(workspace, [{"problem": "double", "code": code} for code in codes]))
    run = "graded-made-problems"
    before = workspace.raw_keys(run, "verdicts"), workspace.rows(run, "verdicts")
    flips: set[int] = set()
    for _ in range(3):
        done = workspace.cot("regrade", run, "--json")
        document = json.loads(done.stdout)
        assert document["grader"]["old"] == document["grader"]["new"]
        assert document["compared"] == 20
        assert done.returncode == (4 if document["changed_passed_or_not"] else 0), done.stderr
        flips |= {change["index"] for change in document["changes"]}
    assert flips
    assert flips <= set(range(1, 9))
    assert (workspace.raw_keys(run, "verdicts"), workspace.rows(run, "verdicts")) == before
    assert len(manifest(workspace, run)["sessions"]) == 4  # type: ignore[arg-type]


def test_interrupted_then_the_same_command(workspace: Workspace) -> None:
    rows = [{"problem": name, "code": SLOW + code[name]} for name in RIGHT for code in (RIGHT, WRONG)]
    workspace.cot(*write(workspace, rows))
    run = "graded-made-problems"
    version = manifest(workspace, run)["grader"]
    age(workspace, run, {("double", 0, "public"): "timeout", ("negate", 1, "hidden"): "passed"})
    process = workspace.start("regrade", run, "--slots", "1")
    limit = time.monotonic() + 60
    while len(workspace.raw_keys(run, "verdicts")) < 15 and process.poll() is None and time.monotonic() < limit:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Continue with: cotbench regrade" in errors
    assert manifest(workspace, run)["grader"] == "old", "the old verdicts count until all are new"
    kept = len(workspace.raw_keys(run, "verdicts")) - 12
    again = workspace.cot("regrade", run)
    assert again.returncode == 0, again.stderr
    assert f"{12 - kept} verdicts to reach, {kept} kept" in again.stderr
    assert "2 of 12 verdicts changed, 2 of them between passed and not passed" in again.stdout
    keys = workspace.raw_keys(run, "verdicts")
    assert len(keys) == len(set(keys)) == 24
    assert manifest(workspace, run)["grader"] == version


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["absent"], "no run 'absent'"),
        ([RUN, "--isolation", "basic"], "programs could reach your files"),
    ],
)
def test_refusals(workspace: Workspace, more: list[str], message: str) -> None:
    workspace.cot(*workspace.run_arguments("repeated", "--attempts", "1"))
    before = {path: path.read_bytes() for path in Path(workspace.results / RUN).rglob("*") if path.is_file()}
    done = workspace.cot("regrade", *more)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert before == {path: path.read_bytes() for path in Path(workspace.results / RUN).rglob("*") if path.is_file()}


def test_other_data_is_refused(workspace: Workspace) -> None:
    workspace.cot(*workspace.run_arguments("repeated", "--attempts", "1"))
    path = workspace.path / "problems.jsonl"
    path.write_text(path.read_text().replace('"expected": -6', '"expected": -7'))
    done = workspace.cot("regrade", RUN)
    assert done.returncode == 2
    assert "dataset digest" in done.stderr
