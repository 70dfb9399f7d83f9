"""Wrong input is met with one clear line and the right exit code, before any work."""

from __future__ import annotations

import json
import shlex

import pytest

from cotbench._version import RUN_FORMAT
from tests.conftest import Workspace


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--strategy", "plansaerch"], "did you mean plansearch"),
        (["run", "--benchmark", "humanevl"], "did you mean humaneval"),
        (["run", "--benchmark", "nowhere.jsonl"], "nowhere.jsonl"),
        (["run", "--model", "local/qwen2.5-coder-0.5"], "did you mean"),
        (["run", "--model", "local/absent.gguf"], "absent.gguf"),
        (["run", "--model", "scripted:absent.yaml"], "absent.yaml"),
        (["run", "--attempts", "0"], "attempts must be"),
        (["run", "--attempts", "-3"], "attempts must be"),
        (["run", "--limit", "some"], "limit must be"),
        (["run", "--attempts", "--5"], "attempts must be a whole number"),
        (["run", "--attempts", "9" * 30], "attempts must be a whole number"),
        (["run", "--attempts", "9" * 5000], "attempts must be a whole number"),
        (["run", "--limit", "1_0"], "limit must be a whole number"),
        (["run", "--limit", "²"], "limit must be a whole number"),
        (["run", "--api-base", "http://me:hunter2@host/v1"], "must not hold a user name or password"),
        (["run", "--attempts", "all", "--strategy", "repeated"], "no natural end"),
        (["run", "--set", "observations"], "key=value"),
        (["run", "--set", "obsevations=3"], "did you mean observations"),
        (["run", "--preset", "papre"], "did you mean paper"),
        (["run", "--config", "absent.yaml"], "does not exist"),
        (["run", "--config", "bad.yaml"], "line 2"),
        (["run", "--temperature", "hot"], "temperature"),
        (["run", "--model", "replay:absent"], "no run 'absent'"),
        (["run", "--nonsense"], "--nonsense"),
        (["compare", "absent"], "no run 'absent'"),
        (["compare"], "there are no runs"),
        (["plot"], "there are no runs"),
        (["show", "absent"], "no run 'absent'"),
        (["fetch", "local/qwen"], "known: qwen2.5-coder-0.5b"),
        (["list", "everything"], "everything"),
        (["nonsense"], "nonsense"),
    ],
)
def test_one_clear_line(workspace: Workspace, arguments: list[str], message: str) -> None:
    (workspace.path / "bad.yaml").write_text("strategy: plansearch\n  model: local\n")
    if arguments[0] == "run" and "--model" not in arguments:
        arguments = [*arguments, "--model", "scripted:script.yaml"]
    if arguments[0] == "run" and "--benchmark" not in arguments:
        arguments = [*arguments, "--benchmark", "problems.jsonl"]
    done = workspace.cot(*arguments)
    assert done.returncode == 2, done.stderr
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr
    assert done.stdout == ""
    assert not workspace.answered
    runs = list(workspace.results.glob("*")) if workspace.results.exists() else []
    assert not runs, "no empty run is left behind"


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("openai/gpt-4o-mini", "OPENAI_API_KEY"),
        ("anthropic/claude-3-5-sonnet-20240620", "ANTHROPIC_API_KEY"),
        ("opneai/gpt-4o", "provider"),
    ],
)
def test_models_that_cannot_be_asked(workspace: Workspace, model: str, message: str) -> None:
    done = workspace.cot("run", "--model", model, "--benchmark", "problems.jsonl")
    assert done.returncode == 2, done.stderr
    errors = done.stderr.strip().splitlines()
    assert message in errors[-1]
    assert len(errors) == 1, done.stderr


def test_unwritable_results(workspace: Workspace) -> None:
    (workspace.path / "file").write_text("")
    done = workspace.cot(*workspace.run_arguments("repeated", "--results", "file/below"))
    assert done.returncode == 2
    assert "cannot write to the results directory" in done.stderr
    assert not workspace.answered


def test_a_run_of_another_version(workspace: Workspace) -> None:
    arguments = workspace.run_arguments("repeated", "--attempts", "1")
    workspace.cot(*arguments)
    path = workspace.results / "repeated-script-problems" / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, "format": RUN_FORMAT + 1}))
    for command in (arguments, ["compare"], ["plot"], ["show", "repeated-script-problems"]):
        done = workspace.cot(*command)
        assert done.returncode == 2, (command, done.stderr)
        assert f"run format {RUN_FORMAT + 1}" in done.stderr


def test_an_unreadable_run_does_not_hide_the_others(workspace: Workspace) -> None:
    for strategy in ("repeated", "ideasearch", "plansearch"):
        workspace.cot(*workspace.run_arguments(strategy, "--attempts", "1"))
    workspace.cot(*workspace.run_arguments("repeated", "--attempts", "1", "--fresh"))
    broken = workspace.results / "plansearch-script-problems" / "spec.yaml"
    broken.write_text("strategy: [")
    newer = workspace.results / "repeated-script-problems-2" / "manifest.json"
    newer.write_text(json.dumps({**json.loads(newer.read_text()), "format": RUN_FORMAT + 1}))
    for command in (["compare"], ["plot"]):
        done = workspace.cot(*command)
        assert done.returncode == 0, (command, done.stderr)
        skipped = done.stderr.strip().splitlines()
        assert len(skipped) == 2
        assert any(line.startswith("skipped results/plansearch-script-problems: ") for line in skipped)
        assert any(f"run format {RUN_FORMAT + 1}" in line for line in skipped)


def test_one_run_is_not_enough_to_compare(workspace: Workspace) -> None:
    workspace.cot(*workspace.run_arguments("repeated", "--attempts", "1", "--results", "mine"))
    done = workspace.cot("compare", "--results", "mine")
    assert done.returncode == 2
    assert "two runs are needed to compare, and there is only repeated-script-problems" in done.stderr
    command = done.stderr.partition("make another with: ")[2].strip().removesuffix(")")
    assert command.startswith("cotbench run --strategy plansearch --model scripted:script.yaml")
    again = workspace.cot(*shlex.split(command)[1:])
    assert again.returncode == 0, again.stderr
    assert workspace.cot("compare", "--results", "mine").returncode == 0


def test_two_processes_on_one_run(workspace: Workspace) -> None:
    workspace.write_script(delay=0.5)
    arguments = workspace.run_arguments("repeated", "--concurrency", "1")
    first = workspace.start(*arguments)
    while not workspace.answered and first.poll() is None:
        pass
    second = workspace.cot(*arguments)
    first.terminate()
    first.communicate(timeout=60)
    assert second.returncode == 2
    assert "another cotbench process" in second.stderr


def test_an_unknown_figure_format(workspace: Workspace) -> None:
    workspace.cot(*workspace.run_arguments("repeated", "--attempts", "1"))
    done = workspace.cot("plot", "--out", "figure.bmp")
    assert done.returncode == 2
    assert ".bmp" in done.stderr
