"""Studies through the command line, in process: several runs by one command, continued, capped, and compared."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from cotbench.cli.app import app
from cotbench.core.errors import CotbenchError
from cotbench.store import RunDirectory, read_rows
from tests.conftest import Workspace

CONFIGS = Path(__file__).parents[2] / "configs"
STUDY = """
study:
  strategies:
    - repeated
    - {name: wide, strategy: plansearch, options: {observations: 4}}
    - {name: narrow, strategy: plansearch, options: {observations: 2}, attempts: 2}
  models: ["sim/latent?seed=3", "sim/latent?seed=5"]
benchmark: "latent?problems=6"
limit: 2
attempts: 3
"""


@dataclass(frozen=True)
class Done:
    """What a command printed and how it ended; `error` is what it refused with."""

    code: int
    out: str
    err: str
    error: str = ""


def cot(*arguments: str) -> Done:
    """Run a verb in this process."""
    verb, *rest = arguments
    judges = ["--allow-unsafe"] if verb == "run" else []
    done = CliRunner().invoke(app, [verb, *rest, *judges])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        assert isinstance(done.exception, CotbenchError), done.exception
        return Done(2, done.stdout, done.stderr, str(done.exception))
    return Done(done.exit_code, done.stdout, done.stderr)


@dataclass(frozen=True)
class Made:
    """A study that was run once, and its folder."""

    folder: Path
    first: Done
    arguments: tuple[str, ...]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("study")
    (folder / "shapes.yaml").write_text(STUDY)
    arguments = ("run", "--config", str(folder / "shapes.yaml"), "--results", str(folder / "results"))
    return Made(folder, cot(*arguments), arguments)


def calls_of(results: Path) -> int:
    return sum(len(read_rows(path).calls) for path in results.iterdir() if path.is_dir())


def test_every_strategy_is_run_with_every_model_and_compared_within_it(made: Made) -> None:
    assert made.first.code == 0, made.first.err
    recorded = yaml.safe_load((made.folder / "results" / "shapes.study.yaml").read_text())
    assert [(run["label"], run["run"]) for run in recorded["runs"]] == [
        ("repeated", "repeated-latent_seed_3-latent_problems_6"),
        ("wide", "plansearch-latent_seed_3-latent_problems_6"),
        ("narrow", "plansearch-latent_seed_3-latent_problems_6-2"),
        ("repeated", "repeated-latent_seed_5-latent_problems_6"),
        ("wide", "plansearch-latent_seed_5-latent_problems_6"),
        ("narrow", "plansearch-latent_seed_5-latent_problems_6-2"),
    ]
    specs = [RunDirectory(made.folder / "results" / run["run"]).read_spec() for run in recorded["runs"]]
    assert [(spec.attempts, spec.options.get("observations")) for spec in specs[:3]] == [(3, None), (3, 4), (2, 2)]
    assert made.first.out.count("2 common problems") == 2
    assert "wide − repeated" in made.first.out and "narrow − repeated" in made.first.out
    assert "run 6 of 6" in made.first.err and "all done in" in made.first.err


def test_the_same_command_finds_it_complete_and_asks_nothing(made: Made) -> None:
    before = calls_of(made.folder / "results")
    assert before == 2 * (2 * 3 + 2 * (1 + 6) + 2 * (1 + 4))
    again = cot(*made.arguments, "--json")
    assert again.code == 0, again.err
    document = json.loads(again.out)
    assert (document["study"], document["complete"], len(document["runs"])) == ("shapes", True, 6)
    assert [each["model"] for each in document["comparisons"]] == ["sim/latent?seed=3", "sim/latent?seed=5"]
    assert [run["run"] for run in document["comparisons"][0]["comparison"]["runs"]] == ["repeated", "wide", "narrow"]
    assert calls_of(made.folder / "results") == before
    assert cot(*made.arguments, "--dry-run").out.splitlines()[0] == "study shapes: 6 runs, 0 owing 0 units"


def test_a_part_of_it_is_chosen_and_extended_by_flags(made: Made) -> None:
    told = cot(*made.arguments, "--strategy", "wide", "--attempts", "5", "--limit", "3", "--dry-run", "--json")
    document = json.loads(told.out)
    assert [(run["label"], run["units"]) for run in document["runs"]] == [("wide", 3), ("wide", 3)]
    # 5 attempts of 3 problems with one list each, less what is there: 7 calls of each of 2 problems.
    assert document["total"]["low"]["calls"] == 2 * (3 * (1 + 10) - 2 * 7)
    other = cot(*made.arguments, "--model", "sim/latent", "--dry-run", "--json")
    assert {(run["model"], run["run"]) for run in json.loads(other.out)["runs"]} == {("sim/latent", None)}
    unknown = cot(*made.arguments, "--strategy", "wild", "--dry-run")
    assert "the study has no strategy 'wild' (did you mean wide" in unknown.error


def test_compare_and_plot_take_a_study_by_its_name(made: Made) -> None:
    place = ("--results", str(made.folder / "results"))
    compared = cot("compare", "shapes:latent?seed=5", "--json", *place)
    assert compared.code == 0, compared.error
    assert [run["model"] for run in json.loads(compared.out)["runs"]] == ["sim/latent?seed=5"] * 3
    drawn = cot("plot", "shapes", "--out", str(made.folder / "curves.svg"), *place)
    assert drawn.code == 0 and (made.folder / "curves.svg").stat().st_size > 1000
    assert "no run of the study shapes is of 'humaneval'" in cot("compare", "shapes:humaneval", *place).error
    assert "did you mean shapes" in cot("compare", "shape", *place).error


def test_a_cap_holds_for_the_whole_study_and_a_larger_one_goes_on(tmp_path: Path) -> None:
    base = ("run", "-m", "sim/latent", "-b", "latent?problems=6", "--limit", "2", "--attempts", "4", "--quiet")
    arguments = (*base, "--strategy", "repeated,ideasearch,cot", "--results", str(tmp_path))
    capped = cot(*arguments, "--max-calls", "11")
    assert capped.code == 3, capped.err
    assert calls_of(tmp_path) == 11
    assert "ideasearch × sim/latent × latent?problems=6: stopped: --max-calls 11 of the study is reached" in capped.err
    assert "cot × sim/latent × latent?problems=6: not begun: --max-calls 11 of the study is reached" in capped.err
    assert "with a larger cap" in capped.err
    rest = cot(*arguments, "--max-calls", "32")
    assert rest.code == 0, rest.err
    assert calls_of(tmp_path) == 8 + 16 + 8
    assert not list(tmp_path.glob("*.study.yaml")), "what the command line says by itself needs no record"


def test_a_member_that_fails_does_not_end_the_others(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (workspace.path / "study.yaml").write_text(
        "study:\n  strategies: [repeated]\n  models: [openai/gpt-4o-mini, sim/latent]\n"
        "benchmark: latent?problems=6\nlimit: 1\nattempts: 2\n"
    )
    done = cot("run", "--config", str(workspace.path / "study.yaml"), "--results", str(workspace.results), "--quiet")
    assert done.code == 3
    assert "incomplete: 1 of 2 runs:" in done.err
    assert "  repeated × openai/gpt-4o-mini × latent?problems=6: " in done.err and "OPENAI_API_KEY" in done.err
    assert "repeated × sim/latent × latent?problems=6" in done.out
    assert calls_of(workspace.results) == 2


def test_a_killed_study_is_continued_by_the_same_command(workspace: Workspace) -> None:
    workspace.write_script(delay=0.15)
    (workspace.path / "study.yaml").write_text(
        "study: {strategies: [repeated, plansearch]}\nmodel: scripted:script.yaml\nbenchmark: problems.jsonl\n"
        "limit: all\nattempts: 4\nconcurrency: 2\n"
    )
    arguments = ["run", "--config", "study.yaml"]
    killed = workspace.start(*arguments)
    deadline = time.monotonic() + 60
    while len(workspace.answered) < 16 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert 16 <= len(workspace.answered) < 12 + 27, "the second run is under way"
    workspace.write_script()
    done = workspace.cot(*arguments)
    assert done.returncode == 0, done.stderr
    assert "study study: 2 runs, 1 complete" in done.stderr
    assert "plansearch − repeated" in done.stdout
    runs = [workspace.rows(f"{name}-script-problems", "calls") for name in ("repeated", "plansearch")]
    assert [len(rows) for rows in runs] == [12, 27]
    # Only what was in flight when it was killed is asked twice.
    assert len(workspace.answered) <= 12 + 27 + 2


def test_equal_tokens_hold_for_every_member_and_are_compared(tmp_path: Path) -> None:
    (tmp_path / "equal.yaml").write_text(
        "study:\n  strategies: [repeated, ideasearch, plansearch]\n  tokens_per_problem: 3000\n"
        "model: sim/latent\nbenchmark: latent?problems=6\nlimit: 2\nreply_tokens: 300\n"
    )
    arguments = ("run", "--config", str(tmp_path / "equal.yaml"), "--results", str(tmp_path / "results"), "--quiet")
    done = cot(*arguments, "--json")
    assert done.code == 0, done.err
    (group,) = json.loads(done.out)["comparisons"]
    for row in group["within"]:
        # One more call, with a full reply, would not have fitted.
        assert 2000 < row["tokens"] <= 3000
        assert row["attempts"] >= 3, "thoughts leave something for programs"
    smaller = cot(*arguments, "--max-tokens-per-problem", "2000")
    assert "was made with 3,000 tokens per problem, this study gives 2,000" in smaller.error
    told = json.loads(cot(*arguments, "--fresh", "--dry-run", "--json").out)
    for end in ("low", "high"):
        assert told["total"][end]["prompt"] + told["total"][end]["completion"] <= 3 * 2 * 3000


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_shipped_configurations_run_on_the_simulated_model(path: Path, tmp_path: Path) -> None:
    place = ("--results", str(tmp_path), "--model", "sim/latent", "--benchmark", "latent?problems=6", "--limit", "1")
    told = cot("run", "--config", str(path), *place, "--dry-run", "--json")
    assert told.code == 0, told.error
    document = json.loads(told.out)
    assert document["total"]["low"]["calls"] > 0
    few = ("--attempts", "2", "--max-tokens-per-problem", "4000", "--quiet")
    done = cot("run", "--config", str(path), *place, *few)
    assert done.code == 0, done.error + done.err
    runs = len(document.get("runs", [1]))
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == runs


def test_a_dry_run_counts_the_problems_that_the_run_would_take(tmp_path: Path) -> None:
    base = ("run", "-s", "repeated", "-m", "sim/latent", "-b", "latent?problems=6", "--results", str(tmp_path))
    told = cot(*base, "--ids", "latent/1/001,latent/1/004", "--attempts", "3", "--dry-run", "--json")
    document = json.loads(told.out)
    assert (document["problems"], document["units"], document["total"]["low"]["calls"]) == (2, 2, 6)
