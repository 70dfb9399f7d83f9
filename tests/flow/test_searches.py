"""Searches that look at public cases, through the command line in this process: resumed, and drawn as a tree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cotbench.cli.app import app

MODEL = "sim/latent?seed=3&accept=0.3&judge=0.8"
BENCHMARK = "latent?problems=2"


def cot(folder: Path, *arguments: str) -> str:
    done = CliRunner().invoke(app, [*arguments, "--results", str(folder)], env={"COLUMNS": "160"})
    assert done.exit_code == 0, done.output
    return done.output


def kept(run: Path, kind: str) -> list[dict[str, object]]:
    """Return rows without what another time decides."""
    lines = [line for shard in run.glob(f"{kind}/*.jsonl") for line in shard.read_text().splitlines()]
    rows = [json.loads(line) for line in lines]
    for row in rows:
        for result in (row, *row.get("results", ())):
            result.pop("seconds", None)
        row.pop("at", None)
    return sorted(rows, key=lambda row: str(row["key"]))


@pytest.mark.parametrize(
    ("strategy", "options"), [("tree", ["--set", "policy=uct"]), ("refine", ["--set", "feedback=generated"])]
)
def test_a_run_in_pieces_is_the_run_made_at_once(tmp_path: Path, strategy: str, options: list[str]) -> None:
    run = ["run", "-s", strategy, *options, "-m", MODEL, "-b", BENCHMARK, "--limit", "all", "--quiet"]
    cot(tmp_path, *run, "--name", "whole", "--attempts", "9")
    cot(tmp_path, *run, "--name", "pieces", "--attempts", "4", "--concurrency", "1")
    cot(tmp_path, *run, "--name", "pieces", "--attempts", "9")
    for kind in ("calls", "attempts", "verdicts", "trials"):
        whole = kept(tmp_path / "whole", kind)
        assert whole and kept(tmp_path / "pieces", kind) == whole, kind
    shown = cot(tmp_path, "show", "whole", "latent/1/000")
    assert shown.count("program ") == 9
    programs = [row for row in kept(tmp_path / "whole", "attempts") if row["problem"] == "latent/1/000"]
    # A repair hangs on the feedback that it was made with, and that on its program.
    told = {json.dumps(step) for row in programs for step in row["lineage"] if step["kind"] == "feedback"}  # type: ignore[attr-defined]
    assert shown.count("feedback It fails") == len(told)
    assert not shown.count("code ```")
