"""`cotbench select` on a run of the simulated model: real programs in the real sandbox, the truth as the yardstick."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cotbench.cli.app import app as main
from cotbench.cli.select import app
from cotbench.latent import Truth
from tests.conftest import Workspace

MODEL = "sim/latent?seed=3&accept=0.6&rate=0.4"
BENCHMARK = "latent?problems=16"
ATTEMPTS = 8


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    space = Workspace(tmp_path_factory.mktemp("select"))
    done = space.cot(*_run_arguments())
    assert done.returncode == 0, done.stderr
    return space


def choose(space: Workspace, *more: str) -> Result:
    """Run the command in this process; unless the sandbox is good, take what there is."""
    return CliRunner().invoke(app, [str(space.results / "made"), "--allow-unsafe", "--quiet", *more])


def document(space: Workspace, *more: str) -> dict[str, object]:
    done = choose(space, "--json", *more)
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def rates(found: dict[str, object]) -> dict[tuple[str, int], float]:
    rows = found["rows"]
    assert isinstance(rows, list)
    return {(row["selector"], row["k"]): row["rate"] for row in rows}


def test_selectors_come_out_at_the_truth_and_nothing_is_done_twice(made: Workspace) -> None:
    found = rates(document(made, "--k", "1,2,4,8"))
    truth = Truth.of(MODEL, BENCHMARK, temperature=0.8)
    # A rate lies in [0, 1] around each problem's truth: its mean over the problems is known to 0.5 / sqrt(16) at worst.
    error = 0.5 / math.sqrt(16 * ATTEMPTS / 4)
    for k in (1, 2, 4, 8):
        assert abs(found["public", k] - truth.selected(k)) < 2.5 * error
        assert abs(found["oracle", k] - truth.repeated(k)) < 2.5 * error
        assert abs(found["first", k] - truth.repeated(1)) < 2.5 * error
        assert found["first", k] <= found["public", k] <= found["oracle", k]
    assert found["cluster", 1] == pytest.approx(found["public", 1], abs=0.05)
    # Right programs agree, and wrong ones are of many kinds.
    assert found["cluster", 8] > found["public", 8]
    assert found["mbr", 8] > found["public", 8]
    before = _files(made.results / "made")
    again = rates(document(made, "--k", "1,2,4,8"))
    assert again == found
    assert _files(made.results / "made") == before


def test_the_submission_of_each_selector_is_named(made: Workspace) -> None:
    found = document(made, "--n", "2")
    submitted = found["submitted"]
    assert isinstance(submitted, dict)
    assert set(submitted) == {"first", "public", "cluster", "mbr"}
    assert submitted["first"]["latent/1/000"] == ["latent/1/000::0::0", "latent/1/000::0::1"]
    assert all(len(keys) <= 2 for keys in submitted["cluster"].values())


def test_the_table_says_what_it_is_about(made: Workspace) -> None:
    done = choose(made, "--selector", "cluster")
    assert done.exit_code == 0
    for words in ("[simulated]", "16 problems", "1@8", "of the oracle's gain", "mean over 200 draws per problem"):
        assert words in done.stdout


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--selector", "clusters"), "did you mean cluster"),
        (("--k", "9"), "no attempts to draw 9 from"),
        (("--k", "two"), "whole numbers separated by commas"),
        (("--k", "0"), "k must be at least 1"),
    ],
)
def test_wrong_input_is_refused_in_words(made: Workspace, more: tuple[str, ...], words: str) -> None:
    done = choose(made, *more)
    assert done.exception is not None
    assert words in str(done.exception)


def _files(run: Path) -> dict[str, int]:
    return {str(path.relative_to(run)): path.stat().st_size for path in run.rglob("*") if path.is_file()}


def test_models_are_asked_once_and_caps_hold(made: Workspace) -> None:
    """Stopped by a cap and then finished, it comes to what an undisturbed selection comes to."""
    asked = ("--selector", "codet,pairwise", "--k", "8")
    stopped = choose(made, *asked, "--max-calls", "30")
    assert stopped.exit_code == 3
    assert "--max-calls 30 is reached" in stopped.stderr
    assert len(_calls(made)) == 30
    found = document(made, *asked)
    calls = _calls(made)
    assert len(set(calls)) == len(calls)
    assert all(key.split("::")[2].startswith(("codet/", "pairwise/")) for key in calls)
    spent = found["spent"]
    assert isinstance(spent, dict)
    assert spent["calls"] == len(calls)
    rate = rates(found)
    # The model's tests are right nine times of ten, and its judgement is.
    assert rate["codet", 8] > rate["public", 8]
    assert rate["pairwise", 8] > rate["public", 8]
    before = _files(made.results / "made")
    assert rates(document(made, *asked, "--max-calls", "1")) == rate
    assert _files(made.results / "made") == before
    fresh = shutil.copytree(made.results / "made", made.path / "fresh")
    for folder in ("select-calls", "selections", "observations"):
        shutil.rmtree(fresh / folder)
    undisturbed = CliRunner().invoke(app, [str(fresh), "--allow-unsafe", "-q", "--json", *asked])
    assert rates(json.loads(undisturbed.stdout)) == rate


def test_a_cap_per_problem_leaves_a_selector_with_what_it_knows(made: Workspace) -> None:
    found = document(made, "--selector", "codet", "--seed", "7", "--max-calls-per-problem", "2")
    assert found["owed"] == {}
    notes = found["notes"]
    assert isinstance(notes, list)
    assert any("codet: stopped by a cap on" in note for note in notes)


def test_the_run_itself_is_left_alone(made: Workspace) -> None:
    """Calls of selectors are no calls of the run: its table, cost and state are what they were."""
    assert "128 calls" in made.cot(*_run_arguments()).stdout


def test_no_hidden_case_reaches_a_model_or_the_rows(workspace: Workspace) -> None:
    mark = "canary"
    problems = [
        {
            "id": "shout",
            "statement": "Write `shout(text)`: return the text in capitals.",
            "entry": "shout",
            "public": [{"arguments": ["seen"], "expected": "SEEN"}],
            "hidden": [{"arguments": [f"{mark}argument"], "expected": f"{mark}expected"}],
            "reference": f"def shout(text):\n    {mark} = text.upper()\n    return {mark}\n",
        },
        {
            "id": "echo",
            "statement": "Print the line that is read.",
            "entry": "stdin",
            "public": [{"stdin": "seen\n", "expected": "seen\n"}],
            "hidden": [{"stdin": f"{mark}stdin\n", "expected": f"{mark}stdout\n"}],
        },
    ]
    script = r"""
rules:
  - match: 'of the form ."inputs"'
    reply: '{"inputs": ["\"a b\"", "\"\""]}'
  - match: 'of the form ."tests"'
    reply: '{"tests": [{"input": "a b\n", "output": "a b"}]}'
  - match: "Write 5 checks"
    reply: "assert shout('a b') == 'A B'"
  - match: "A or B"
    reply: "A"
"""
    programs = {
        "echo": ["print(input())", "print(input().strip())", "print('seen')"],
        "shout": [
            f"def shout(text):\n    return {value}" for value in ("text.upper()", "text.upper().strip()", "'SEEN'")
        ],
    }
    lines = [json.dumps({"problem": name, "code": code}) + "\n" for name, codes in programs.items() for code in codes]
    (workspace.path / "programs.jsonl").write_text("".join(lines))
    (workspace.path / "problems.jsonl").write_text("".join(json.dumps(problem) + "\n" for problem in problems))
    (workspace.path / "script.yaml").write_text(script)
    made = workspace.cot("grade", "programs.jsonl", "--benchmark", "problems.jsonl", "--name", "made", "-q")
    assert made.returncode == 0, made.stderr
    asking = ["--model", "scripted:script.yaml", "--selector", "cluster,mbr,codet,pairwise"]
    done = workspace.cot("select", "made", *asking, "--json", "--allow-unsafe")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["spent"]["calls"] > 8
    written = "".join(
        path.read_text()
        for folder in ("select-calls", "selections", "observations")
        for path in (workspace.results / "made" / folder).rglob("*.json*")
    )
    assert "seen" in written and "a b" in written
    assert mark not in written


def test_without_public_cases_tests_decide_and_behaviour_cannot(tmp_path: Path) -> None:
    """Two of four programs are right on each problem: tests of the model tell them apart, and nothing else can."""
    problems = [
        {"id": "inc", "statement": "Write `inc(x)`: one more.", "entry": "inc"}
        | {"hidden": [{"arguments": [number], "expected": number + 1} for number in (1, 5)]},
        {"id": "next", "statement": "Print the next number after the one that is read.", "entry": "stdin"}
        | {"hidden": [{"stdin": "1\n", "expected": "2\n"}]},
    ]
    programs = {
        "one more": "```python\ndef inc(x):\n    return x + {more}\n```",
        "next number": "```python\nprint(int(input()) + {more})\n```",
    }
    rules = [
        {"match": 'of the form ."tests"', "reply": '{"tests": [{"input": "3\\n", "output": "4"}]}'},
        {"match": "Write 5 checks", "reply": "assert inc(3) == 4"},
        *(
            {"match": match, "replies": [text.format(more=more) for more in (2, 1, 3, 1)], "by": "draw"}
            for match, text in programs.items()
        ),
    ]
    (tmp_path / "bare.jsonl").write_text("".join(json.dumps(problem) + "\n" for problem in problems))
    (tmp_path / "script.yaml").write_text(json.dumps({"rules": rules}))
    model = ["--model", f"scripted:{tmp_path / 'script.yaml'}"]
    place = ["--results", str(tmp_path), "--allow-unsafe", "--quiet"]
    source = ["--benchmark", str(tmp_path / "bare.jsonl"), "--limit", "all", "--attempts", "4", "--name", "bare"]
    made = CliRunner().invoke(main, ["run", "-s", "repeated", *model, *source, *place])
    assert made.exit_code == 0, made.output
    chosen = ["select", "bare", *place, "--selector", "cluster,codet,pairwise", "--k", "2,4"]
    done = CliRunner().invoke(main, [*chosen, "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    rate = rates(found)
    # Of four, two by two: a wrong pair is one of six, and the two wrong ones differ, but not on the test of the model.
    assert [rate[name, 4] for name in ("first", "codet", "oracle")] == [0.5, 1, 1]
    assert [rate[name, 2] for name in ("codet", "oracle")] == [pytest.approx(5 / 6, abs=1e-9)] * 2
    assert rate["cluster", 4] == rate["pairwise", 4] and abs(rate["cluster", 4] - 0.5) < 0.15, "order decides"
    assert found["spent"]["calls"] == 2 * 4, "nothing to tell apart, so no pair meets"
    (blind,) = [note for note in found["notes"] if "without public inputs" in note]
    assert blind.endswith("so order decides for cluster, pairwise")


def _run_arguments() -> list[str]:
    base = ["run", "-s", "repeated", "-m", MODEL, "-b", BENCHMARK, "--limit", "all", "--attempts", str(ATTEMPTS)]
    return [*base, "--name", "made", "-q"]


def _calls(space: Workspace) -> list[str]:
    shards = (space.results / "made" / "select-calls").glob("*/calls/*.jsonl")
    return [json.loads(line)["key"] for shard in shards for line in shard.read_text().splitlines()]
