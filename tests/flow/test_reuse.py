"""Replies that were paid for once: replayed as a model of their own, or taken over into another run."""

from __future__ import annotations

import json

from tests.conftest import Workspace

RUN = "plansearch-script-problems"


def test_a_run_is_replayed_and_taken_over_without_asking_again(workspace: Workspace) -> None:
    arguments = workspace.run_arguments("plansearch", "--attempts", "2", "--seed", "3", "--set", "observations=4")
    workspace.cot(*arguments)
    assert len(workspace.answered) == 3 * (1 + 2 * 2)

    # Nothing but the run and its benchmark is named: all that decides what is asked comes from the run.
    replay = ["run", "--model", f"replay:{RUN}", "--benchmark", "problems.jsonl"]
    done = workspace.cot(*replay, "--name", "again", "--max-calls", "1", "--json")
    assert done.returncode == 0, done.stderr
    assert len(workspace.answered) == 15
    first, again = workspace.rows(RUN, "calls"), workspace.rows("again", "calls")
    assert [{**row, "source": RUN} for row in first] == [
        {**row, "fields": {**row["fields"], "model": "scripted:script.yaml"}}  # type: ignore[dict-item]
        for row in again
    ]
    for kind in ("attempts", "verdicts"):
        assert workspace.rows(RUN, kind) == workspace.rows("again", kind)
    summary = json.loads(done.stdout)
    assert summary["simulated"], "as the run it replays"
    assert (summary["spent"]["calls"], summary["reused"], summary["cost"]["calls"]) == (0, 15, 15)
    colder = workspace.cot(*replay, "--name", "colder", "--temperature", "0.1")
    assert colder.returncode == 3
    assert f"double::0::root/observe#0 was made with another temperature in the run {RUN}" in colder.stderr

    more = workspace.cot(*arguments, "--attempts", "3", "--fresh", "--reuse", RUN, "--max-calls", "6")
    assert more.returncode == 0, more.stderr
    assert len(workspace.answered) == 3 * (1 + 2 * 3)
    assert f"15 of 21 calls were taken over from {RUN} and not paid for again" in more.stdout
    assert "spent 6 of 6 calls" in more.stdout
    sources = [str(row["source"]) for row in workspace.rows(f"{RUN}-2", "calls")]
    assert sorted(sources) == [""] * 6 + [RUN] * 15
