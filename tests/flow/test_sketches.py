"""Sketches of another run's passing programs, and presets that say something about the run, from the command line."""

from __future__ import annotations

import json

import pytest

from cotbench.cli.specify import ATTEMPTS, complete
from cotbench.config import Settings
from cotbench.core.message import Sampling
from tests.conftest import Workspace, joined


def text_rows(workspace: Workspace, run: str) -> list[dict[str, object]]:
    shards = (workspace.results / run / "texts").glob("*.jsonl")
    return [json.loads(line) for shard in shards for line in shard.read_text().splitlines()]


def test_sketches_are_made_of_the_first_passing_program_of_a_run(workspace: Workspace) -> None:
    arguments = workspace.run_arguments("repeated", "--name", "donor", "--quiet")
    assert workspace.cot(*arguments).returncode == 0
    verdicts = workspace.rows("donor", "verdicts")
    passed = {
        (row["problem"], row["index"]) for row in verdicts if (row["suite"], row["outcome"]) == ("hidden", "passed")
    }
    right: dict[object, str] = {}
    for row in workspace.rows("donor", "attempts"):
        if (row["problem"], row["index"]) in passed:
            right.setdefault(row["problem"], str(row["code"]))
    assert right and "negate" not in right
    given = ["--set", "source=run", "--set", "from_run=donor", "--set", "words=10,40", "--set", "programs=2"]
    done = workspace.cot(*workspace.run_arguments("backtranslate", *given, "--name", "b", "--quiet"))
    assert done.returncode == 0, done.stderr
    texts = {row["digest"]: str(row["text"]) for row in text_rows(workspace, "b")}
    sketched = {
        row["problem"]: texts[row["messages"][0][1]]  # type: ignore[index]
        for row in workspace.rows("b", "calls")
        if str(row["path"]).endswith("sketch")
    }
    assert sketched.keys() == right.keys()
    assert all(right[problem].rstrip() in sketched[problem] for problem in right)
    attempts = workspace.rows("b", "attempts")
    assert len(attempts) == 4 * len(right)
    assert {attempt["lineage"][0]["label"] for attempt in attempts} == {"words10", "words40"}
    assert f"no right program to describe × {3 - len(right)}" in joined(done.stdout)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["source=run", "from_run=nothing"], "there is no run 'nothing'"),
        ([], "problems has no reference solutions"),
    ],
)
def test_without_right_programs_there_is_no_run(workspace: Workspace, given: list[str], message: str) -> None:
    sets = [word for pair in given for word in ("--set", pair)]
    done = workspace.cot(*workspace.run_arguments("backtranslate", *sets))
    assert done.returncode == 2
    assert message in joined(done.stderr)
    assert not workspace.results.exists() or not list(workspace.results.iterdir())


def test_presets_say_how_a_run_draws_and_flags_go_over_them() -> None:
    greedy = complete(Settings(strategy="repeated", preset="greedy"))
    assert (greedy.attempts, greedy.sampling.temperature) == (1, 0.0)
    more = complete(Settings(strategy="repeated", preset="greedy", attempts=4, temperature=0.3))
    assert (more.attempts, more.sampling.temperature) == (4, 0.3)
    for strategy, preset in [("repeated", "paper"), ("ideasearch", "paper"), ("plansearch", "no_idea")]:
        spec = complete(Settings(strategy=strategy, preset=preset))
        assert (spec.attempts, spec.sampling.temperature, spec.sampling.top_p) == (ATTEMPTS, 0.9, 0.95)
    for strategy in ("conditioned", "backtranslate"):
        assert complete(Settings(strategy=strategy)).attempts is None
        assert complete(Settings(strategy=strategy, preset="paper", attempts=5)).attempts == 5
    usual = complete(Settings(strategy="plansearch")).sampling
    assert (usual.temperature, usual.top_p) == (Sampling().temperature, Sampling().top_p)


def test_several_greedy_attempts_are_warned_of(workspace: Workspace) -> None:
    arguments = [*workspace.run_arguments("repeated"), "--limit", "1", "--preset", "greedy"]
    done = workspace.cot(*arguments, "--attempts", "2")
    assert done.returncode == 0
    assert "at temperature 0 all attempts of a problem are the same draw" in joined(done.stderr)
