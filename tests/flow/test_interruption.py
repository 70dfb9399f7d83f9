"""Killed, interrupted, out of disk, out of luck with the model: nothing is lost, nothing is paid twice."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import Workspace, stop_group

RUN = "plansearch-script-problems"
KINDS = ("calls", "attempts", "verdicts", "units")


def _wait_for_answers(workspace: Workspace, count: int, process: subprocess.Popen[str]) -> None:
    limit = time.monotonic() + 60
    while len(workspace.answered) < count and process.poll() is None and time.monotonic() < limit:
        time.sleep(0.005)


DEEP = ["--set", "depth=2", "--set", "observations=2", "--set", "critique=true", "--attempts", "9"]


@pytest.mark.parametrize("more", [[], DEEP], ids=["default", "deep"])
def test_kill_9_at_random_moments_then_the_same_command(workspace: Workspace, more: list[str]) -> None:
    arguments = workspace.run_arguments("plansearch", "--concurrency", "3", *more)
    whole = workspace.cot(*arguments, "--results", "whole")
    assert whole.returncode == 0, whole.stderr
    expected_answers = sorted(workspace.answered)
    (workspace.path / "whole").rename(workspace.path / "results")
    expected = {kind: workspace.rows(RUN, kind) for kind in KINDS}
    rates = (workspace.results / RUN / "pass_rates.csv").read_text()
    shutil.rmtree(workspace.results)
    (workspace.path / "answered.txt").unlink()

    workspace.write_script(delay=0.05)
    seed = random.SystemRandom().randrange(10**6)
    moments = random.Random(seed)
    for answers in sorted(moments.sample(range(1, len(expected_answers) - 1), 3)):
        process = workspace.start(*arguments)
        _wait_for_answers(workspace, answers, process)
        time.sleep(moments.uniform(0, 0.05))
        stop_group(process, signal.SIGKILL)
        process.communicate()
    last = workspace.cot(*arguments)
    assert last.returncode == 0, last.stderr
    assert sorted(workspace.answered) == expected_answers, f"a call was made twice or never (seed {seed})"
    assert sorted(workspace.raw_keys(RUN, "calls")) == [row["key"] for row in expected["calls"]]
    for kind in KINDS:
        assert workspace.rows(RUN, kind) == expected[kind], f"{kind} (seed {seed})"
    assert (workspace.results / RUN / "pass_rates.csv").read_text() == rates


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_cleanly_and_says_how_to_continue(workspace: Workspace, how: signal.Signals) -> None:
    workspace.write_script(delay=0.1)
    arguments = workspace.run_arguments("plansearch", "--concurrency", "2")
    process = workspace.start(*arguments)
    _wait_for_answers(workspace, 4, process)
    os.kill(process.pid, how)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Continue with: cotbench run --strategy plansearch" in errors
    assert "Traceback" not in errors
    answered = len(workspace.answered)
    assert len(workspace.raw_keys(RUN, "calls")) == answered
    assert (workspace.results / RUN / "pass_rates.csv").exists()
    assert workspace.cot("show", RUN).returncode == 0
    again = workspace.cot(*arguments)
    assert again.returncode == 0, again.stderr
    assert len(workspace.answered) == 27


def test_no_process_outlives_a_killed_run(workspace: Workspace) -> None:
    workspace.write_script(delay=0.2)
    process = workspace.start(*workspace.run_arguments("repeated"))
    _wait_for_answers(workspace, 5, process)
    stop_group(process, signal.SIGKILL)
    process.communicate()
    limit = time.monotonic() + 10
    while (left := _processes_mentioning(str(workspace.path))) and time.monotonic() < limit:
        time.sleep(0.1)
    assert not left


def _processes_mentioning(text: str) -> list[int]:
    found: list[int] = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                here = str((process / "cwd").readlink())
            except OSError:
                continue
            if here.startswith(text):
                found.append(int(process.name))
    return found


def test_a_failing_model_fails_the_unit_not_the_run(workspace: Workspace) -> None:
    script = workspace.path / "script.yaml"
    good = script.read_text()
    fault = '  - match: "Write `square"\n    fault: request\n    reply: never\n'
    script.write_text(good.replace("rules:\n", "rules:\n" + fault))
    arguments = workspace.run_arguments("repeated")
    first = workspace.cot(*arguments)
    assert first.returncode == 3
    assert "1 units are owed" in first.stderr
    assert "square: failed, owed again" in first.stderr
    status = {row["problem"]: row["status"] for row in workspace.rows("repeated-script-problems", "units")}
    assert status == {"double": "done", "negate": "done", "square": "failed"}
    script.write_text(good)
    second = workspace.cot(*arguments)
    assert second.returncode == 0, second.stderr
    assert len(workspace.answered) == 12


def test_a_refused_call_is_an_outcome_and_costs_only_its_attempt(workspace: Workspace) -> None:
    script = workspace.path / "script.yaml"
    rules = '  - match: "one formula"\n    fault: content\n    reply: never\n'
    script.write_text(script.read_text().replace("rules:\n", "rules:\n" + rules))
    done = workspace.cot(*workspace.run_arguments("plansearch", "--attempts", "7"))
    assert done.returncode == 0, done.stderr
    calls = workspace.rows(RUN, "calls")
    refused = [row for row in calls if row["finish"] == "refusal"]
    assert refused
    without = [row for row in workspace.rows(RUN, "attempts") if row["code"] is None and row["problem"] == "double"]
    assert len(workspace.rows(RUN, "attempts")) == 21
    assert all(any(key in {row["key"] for row in refused} for key in row["calls"]) for row in without)  # type: ignore[attr-defined]
    assert "refused or filtered" in done.stdout


def test_a_passing_fault_is_tried_again(workspace: Workspace) -> None:
    script = workspace.path / "script.yaml"
    fault = '  - match: "Write `square"\n    fault: rate\n    times: 2\n    reply: "```python\\ndef square(x):\\n    return x * x\\n```"\n'
    script.write_text(script.read_text().replace("rules:\n", "rules:\n" + fault))
    done = workspace.cot(*workspace.run_arguments("repeated"))
    assert done.returncode == 0, done.stderr
    assert "trying again" in done.stderr
    counters = {row["problem"]: row["counters"] for row in workspace.rows("repeated-script-problems", "units")}
    assert counters["square"] == {"retried after rate": 2}


def test_a_useless_model_ends_the_run(workspace: Workspace) -> None:
    (workspace.path / "script.yaml").write_text("rules:\n  - match: .\n    fault: authentication\n    reply: never\n")
    for strategy in ("repeated", "plansearch"):
        done = workspace.cot(*workspace.run_arguments(strategy, "--attempts", "12"))
        assert done.returncode == 3
        assert "error:" in done.stderr
        assert "Traceback" not in done.stderr
        assert "never retrieved" not in done.stderr


@pytest.fixture
def small_disk(workspace: Workspace) -> str:
    """Mount a file system of 64 kB over the results folder, in a mount namespace of the command's own."""
    probe = ["unshare", "--mount", "--map-root-user", "mount", "-t", "tmpfs", "-o", "size=64k", "none", "results"]
    workspace.results.mkdir()
    if shutil.which("unshare") is None or subprocess.run(probe, cwd=workspace.path, capture_output=True).returncode:
        pytest.skip("this machine does not let a test mount a small file system")
    return "mount -t tmpfs -o size=64k none results && {} ; code=$?; cp -r results kept; exit $code"


def test_a_full_disk_stops_cleanly(workspace: Workspace, small_disk: str) -> None:
    arguments = workspace.command(*workspace.run_arguments("plansearch", "--attempts", "300"))
    script = small_disk.format(" ".join(f"'{word}'" for word in arguments))
    done = subprocess.run(
        ["unshare", "--mount", "--map-root-user", "sh", "-c", script],
        cwd=workspace.path,
        env=workspace.environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 3, done.stderr
    assert "no space left" in done.stderr
    assert "Traceback" not in done.stderr
    kept = Workspace(workspace.path / "kept")
    assert len(list((workspace.path / "kept" / RUN / "calls").glob("*.jsonl"))) == 1
    (workspace.path / "kept").rename(workspace.path / "again")
    shutil.rmtree(workspace.results)
    (workspace.path / "again").rename(workspace.results)
    del kept
    rows = workspace.raw_keys(RUN, "calls")
    assert rows, "whole lines only"
    again = workspace.cot(*workspace.run_arguments("plansearch", "--attempts", "6"))
    assert again.returncode == 0, again.stderr
