"""`cotbench compare` from the command line: formats on stdout, gates in the exit code, refusals with a way out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cotbench.cli.compare import app
from cotbench.core.errors import ConfigurationError
from tests.analysis.builder import spec, write_run

MARKS = {"a": "+---", "b": "++--", "c": "----", "d": "+++-"}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("results")
    write_run(path / "base", MARKS)
    write_run(path / "plan", {**MARKS, "c": "---+"}, run=spec(strategy="plansearch"))
    return path


def invoke(results: Path, *arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["base", "plan", "--results", str(results), *arguments])
    if isinstance(done.exception, ConfigurationError):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def test_everything_on_one_screen(results: Path) -> None:
    more = ["--by", "attempts", "--by-group", "difficulty", "--extrapolate", "40", "--reference", "plansearch2024"]
    code, out, _ = invoke(results, *more, "--submit", "1,2", "--band", "simultaneous")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    for words in (
        "bands for all k",
        "2@k in %",
        "within a budget of attempts per problem",
        "by difficulty",
        "beyond the attempts",
    ):
        assert words in out
    assert "plansearch solves 1 that repeated does not: c" in out
    assert "Pareto front, problems solved against tokens: plansearch" in " ".join(out.split())
    assert "here: plansearch" in out


def test_an_interval_that_is_wide_because_little_differs_is_said_to_be(tmp_path: Path) -> None:
    same = {f"p{number}": "+-" for number in range(24)}
    write_run(tmp_path / "base", same)
    write_run(tmp_path / "plan", {**same, "p0": "--", "p1": "++", "p2": "--"}, run=spec(strategy="plansearch"))
    _, out, _ = invoke(tmp_path)
    words = " ".join(out.split())
    assert "conservative (Agresti-Min): plansearch − repeated at k = 1, 2" in words
    assert "24 problems only" not in words


def test_a_gate_that_is_not_met_ends_in_4_and_leaves_the_document_whole(results: Path) -> None:
    code, out, err = invoke(results, "--json", "--fail-if", "pass@1 < 50%", "--fail-if", "difference@4(plan) < 0")
    assert code == 4
    assert [run["run"] for run in json.loads(out)["runs"]] == ["base", "plan"]
    assert err.splitlines() == [
        "gate not met: pass@1 < 50%: base has 0.375",
        "gate not met: pass@1 < 50%: plan has 0.4375",
    ]
    code, out, err = invoke(
        results, "--fail-if", "pass@3(plansearch) < 0.1", "--by", "attempts", "--fail-if", "solved@3 < 0.1"
    )
    assert (code, err) == (0, "")
    assert "pass@3" in out


def test_labels_of_the_screen_name_runs_in_gates_too(results: Path) -> None:
    for name in ("repeated", "base"):
        code, _, err = invoke(results, "--latex", "--fail-if", f"pass@4({name}) < 0.8")
        assert (code, err) == (4, f"gate not met: pass@4({name}) < 0.8: base has 0.75\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--json", "--latex"], "give one of"),
        (["--at", "5"], "--at needs an axis"),
        (["--by", "tokens", "--at", "many"], "numbers separated by commas"),
        (["--submit", "x"], "whole numbers separated by commas"),
        (["--submit", "0"], "from 1 up"),
        (["--fail-if", "pass < 1"], "is no quantity"),
        (["--extrapolate", "1000"], "rests on the model alone"),
        (["--reference", "nature"], "no reference 'nature'"),
        (["--by-group", "platform"], "have no platform"),
    ],
)
def test_wrong_input_is_refused_with_a_way_out(results: Path, arguments: list[str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        invoke(results, *arguments)
