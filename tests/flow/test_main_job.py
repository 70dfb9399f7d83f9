"""The main job through the real command line: run, continue, extend, compare, plot, show, list."""

from __future__ import annotations

import csv
import json

import pytest

from tests.conftest import Workspace

RUN = "{}-script-problems"


@pytest.mark.parametrize(
    ("strategy", "more", "calls"),
    [
        ("repeated", [], 4),
        ("ideasearch", [], 8),
        ("ideasearch", ["--set", "ideas=list"], 5),
        ("plansearch", [], 9),
    ],
)
def test_each_strategy_gives_real_verdicts(workspace: Workspace, strategy: str, more: list[str], calls: int) -> None:
    done = workspace.cot(*workspace.run_arguments(strategy, *more))
    assert done.returncode == 0, done.stderr
    run = RUN.format(strategy)
    assert len(workspace.rows(run, "calls")) == 3 * calls == len(workspace.answered)
    attempts = workspace.rows(run, "attempts")
    assert len(attempts) == 3 * 4
    verdicts = {(row["problem"], row["index"], row["suite"]): row["outcome"] for row in workspace.rows(run, "verdicts")}
    assert len(verdicts) == 2 * 3 * 4
    for attempt in attempts:
        outcome = verdicts[(attempt["problem"], attempt["index"], "hidden")]
        code = str(attempt["code"])
        if attempt["code"] is None:
            assert outcome == "no_code"
        elif "x ** 2 + 1" in code or "abs(x)" in code or "return x\n" in code:
            assert outcome == "wrong"
        else:
            assert outcome == "passed"
    assert "pass@k" in done.stdout
    assert "cotbench compare" in done.stdout
    with (workspace.results / run / "pass_rates.csv").open() as file:
        rates = {row["problem"]: row for row in csv.DictReader(file)}
    assert rates["negate"]["passed"] == "0"
    for problem, row in rates.items():
        passed = [
            key for key, outcome in verdicts.items() if key[0] == problem and key[2] == "hidden" and outcome == "passed"
        ]
        assert int(row["passed"]) == len(passed)


def test_the_same_command_again_says_that_it_is_complete(workspace: Workspace) -> None:
    arguments = workspace.run_arguments("plansearch")
    first, answered = workspace.cot(*arguments), len(workspace.answered)
    again = workspace.cot(*arguments)
    assert (first.returncode, again.returncode) == (0, 0)
    assert "is complete" in again.stderr
    assert len(workspace.answered) == answered
    assert "pass@k" in again.stdout


def test_a_run_is_extended_for_the_difference_only(workspace: Workspace) -> None:
    run = RUN.format("repeated")
    workspace.cot(*workspace.run_arguments("repeated", "--attempts", "2"))
    assert len(workspace.answered) == 6
    more = workspace.cot(*workspace.run_arguments("repeated", "--attempts", "5"))
    assert more.returncode == 0, more.stderr
    assert len(workspace.answered) == 15
    assert len(workspace.rows(run, "attempts")) == 15
    assert len(workspace.raw_keys(run, "verdicts")) == len(set(workspace.raw_keys(run, "verdicts")))
    fewer = workspace.cot(*workspace.run_arguments("repeated", "--attempts", "3"))
    assert "is complete" in fewer.stderr


def test_more_problems_extend_the_same_run(workspace: Workspace) -> None:
    base = ["run", "-s", "repeated", "-m", "scripted:script.yaml", "-b", "problems.jsonl", "--attempts", "4"]
    workspace.cot(*base, "--limit", "1")
    workspace.cot(*base, "--limit", "2")
    assert len(workspace.answered) == 8
    assert [path.name for path in workspace.results.iterdir()] == [RUN.format("repeated")]


def test_a_changed_setting_is_named_and_fresh_starts_another(workspace: Workspace) -> None:
    workspace.cot(*workspace.run_arguments("plansearch"))
    other = workspace.run_arguments("plansearch", "--temperature", "0.3", "--set", "words=20")
    refused = workspace.cot(*other)
    assert refused.returncode == 2
    assert "temperature: 0.8 → 0.3; option words: 60 → 20" in refused.stderr
    assert "--fresh" in refused.stderr
    fresh = workspace.cot(*other, "--fresh")
    assert fresh.returncode == 0, fresh.stderr
    assert len(list(workspace.results.iterdir())) == 2
    again = workspace.cot(*other)
    assert "is complete" in again.stderr


def test_a_stored_spec_repeats_the_run(workspace: Workspace) -> None:
    workspace.cot(*workspace.run_arguments("plansearch", "--set", "observations=3", "--attempts", "3"))
    spec = f"results/{RUN.format('plansearch')}/spec.yaml"
    again = workspace.cot("run", "--config", spec)
    assert "is complete" in again.stderr, again.stderr
    fresh = workspace.cot("run", "--config", spec, "--fresh")
    assert fresh.returncode == 0, fresh.stderr
    first, second = RUN.format("plansearch"), RUN.format("plansearch") + "-2"
    for kind in ("calls", "attempts", "verdicts", "units"):
        assert workspace.rows(first, kind) == workspace.rows(second, kind)


def test_changed_problems_are_refused(workspace: Workspace) -> None:
    arguments = workspace.run_arguments("repeated")
    workspace.cot(*arguments, "--attempts", "1")
    path = workspace.path / "problems.jsonl"
    path.write_text(path.read_text().replace('"expected": -6', '"expected": -7'))
    refused = workspace.cot(*arguments, "--attempts", "2")
    assert refused.returncode == 2
    assert "dataset digest" in refused.stderr


def test_compare_plot_show_and_list_take_the_newest_runs(workspace: Workspace) -> None:
    for strategy in ("plansearch", "repeated"):
        workspace.cot(*workspace.run_arguments(strategy))
    compared = workspace.cot("compare", "--json")
    assert compared.returncode == 0, compared.stderr
    document = json.loads(compared.stdout)
    assert {run["strategy"] for run in document["runs"]} == {"plansearch", "repeated"}
    for form in ("--csv", "--markdown"):
        text = workspace.cot("compare", form)
        assert text.returncode == 0, text.stderr
        assert "plansearch" in text.stdout
    table = workspace.cot("compare")
    assert table.returncode == 0, table.stderr
    assert "repeated" in table.stdout
    for name, begins in (("passk.png", b"\x89PNG"), ("curves.svg", b"<?xml"), ("curves.pdf", b"%PDF")):
        drawn = workspace.cot("plot", "--out", name)
        assert drawn.returncode == 0, drawn.stderr
        assert (workspace.path / name).read_bytes().startswith(begins)
    shown = workspace.cot("show", RUN.format("plansearch"), "dou")
    assert shown.returncode == 0, shown.stderr
    for word in ("observation", "idea", "program 3", "hidden", "public"):
        assert word in shown.stdout
    assert "double" in workspace.cot("show", RUN.format("plansearch")).stdout
    runs = json.loads(workspace.cot("list", "runs", "--json").stdout)
    assert [run["units_done"] for run in runs] == [3, 3]


def test_json_is_one_document_on_standard_output(workspace: Workspace) -> None:
    done = workspace.cot(*workspace.run_arguments("repeated", "--json"))
    document = json.loads(done.stdout)
    assert document["complete"] is True
    assert document["problems"] == 3
    for kind in ("strategies", "models", "benchmarks"):
        assert json.loads(workspace.cot("list", kind, "--json").stdout)
    assert json.loads(workspace.cot("doctor", "--json").stdout)["checks"]


def test_quiet_prints_only_the_table(workspace: Workspace) -> None:
    done = workspace.cot(*workspace.run_arguments("repeated", "--quiet"))
    assert done.stderr == ""
    assert "pass@k" in done.stdout


def test_units_are_independent_repetitions(workspace: Workspace) -> None:
    done = workspace.cot(*workspace.run_arguments("plansearch", "--units", "2", "--attempts", "2"))
    assert done.returncode == 0, done.stderr
    attempts = workspace.rows(RUN.format("plansearch"), "attempts")
    assert sorted({(row["problem"], row["unit"]) for row in attempts}) == [
        (name, unit) for name in ("double", "negate", "square") for unit in (0, 1)
    ]
