"""Killed, interrupted, out of disk, out of luck with the model: nothing is lost, nothing is paid twice."""

from __future__ import annotations

import os
import random
import shlex
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conftest import Workspace, stop_group

RUN = "plansearch-script-problems"
KINDS = ("calls", "attempts", "verdicts", "units")


def _wait_for_answers(workspace: Workspace, count: int, process: subprocess.Popen[str]) -> None:
    limit = time.monotonic() + 60
    while len(workspace.answered) < count and process.poll() is None and time.monotonic() < limit:
        time.sleep(0.005)


DEEP = ["--set", "depth=2", "--set", "observations=2", "--set", "critique=true", "--attempts", "6", "--units", "5"]
ONCE = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
OFTEN = (*ONCE, *ONCE, signal.SIGINT, signal.SIGKILL)


@pytest.fixture
def twins(workspace: Workspace) -> list[Workspace]:
    """Two more folders with the same files, worked on side by side to save time."""
    for name in ("one", "two"):
        (workspace.path / name).mkdir()
        shutil.copy(workspace.path / "problems.jsonl", workspace.path / name)
    return [Workspace(workspace.path / name) for name in ("one", "two")]


@pytest.mark.parametrize(
    ("stops", "early"),
    [pytest.param(OFTEN, 2, id="20 stops", marks=pytest.mark.thorough), pytest.param(ONCE, 1, id="8 stops")],
)
def test_stopped_at_random_moments_then_the_same_command(
    workspace: Workspace, twins: list[Workspace], stops: Sequence[signal.Signals], early: int
) -> None:
    arguments = workspace.run_arguments("plansearch", "--concurrency", "4", *DEEP)
    whole = workspace.cot(*arguments)
    assert whole.returncode == 0, whole.stderr
    seed = random.SystemRandom().randrange(10**6)
    total = len(workspace.answered)
    with ThreadPoolExecutor(2) as pool:
        seeds = [(twin, arguments, total, stops, early, random.Random(seed + i)) for i, twin in enumerate(twins)]
        lost = list(pool.map(lambda given: _stop_again_and_again(*given), seeds))
    for twin, missing in zip(twins, lost, strict=True):
        answers, expected = Counter(twin.answered), Counter(workspace.answered)
        assert not expected - answers
        assert (answers - expected).total() == missing <= 2, f"a call was made twice (seed {seed})"
        keys = [row["key"] for row in workspace.rows(RUN, "calls")]
        assert sorted(twin.raw_keys(RUN, "calls")) == keys, f"not one row for each call (seed {seed})"
        for kind in KINDS:
            assert twin.rows(RUN, kind) == workspace.rows(RUN, kind), f"{kind} (seed {seed})"
        rates = [(space.results / RUN / "pass_rates.csv").read_text() for space in (workspace, twin)]
        assert rates[0] == rates[1]


def _stop_again_and_again(
    workspace: Workspace,
    arguments: list[str],
    total: int,
    stops: Sequence[signal.Signals],
    early: int,
    rng: random.Random,
) -> int:
    """Stop a run, each time after more answers, then let it end; return how many answers have no row.

    Before `early` of the stops it is killed once more, perhaps before its first call.
    """
    workspace.write_script(delay=0.02)
    soon = rng.sample(range(len(stops)), early)
    moments = sorted(rng.sample(range(1, total - 12), len(stops)))
    lost = 0
    for number, how in enumerate(rng.sample(stops, len(stops))):
        if number in soon:
            process = workspace.start(*arguments)
            time.sleep(rng.uniform(0, 1))
            stop_group(process, signal.SIGKILL)
            process.communicate()
        answered = len(workspace.answered)
        process = workspace.start(*arguments)
        _wait_for_answers(workspace, max(moments[number], answered + 1), process)
        time.sleep(rng.uniform(0, 0.02))
        os.kill(process.pid, how)
        _, errors = process.communicate(timeout=60)
        before, lost = lost, len(workspace.answered) - len(workspace.raw_keys(RUN, "calls"))
        if how == signal.SIGKILL:
            # Between a reply and its row there is a moment in which nothing can save it.
            assert lost - before in (0, 1)
        else:
            assert (process.returncode, lost) == (130, before), errors
            assert "Continue with: cotbench run --strategy plansearch" in errors
            assert "Traceback" not in errors
            assert (workspace.results / RUN / "pass_rates.csv").exists()
    last = workspace.cot(*arguments)
    assert last.returncode == 0, last.stderr
    return lost


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
    assert "incomplete: 1 unit owed" in first.stderr
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


FULL = """
full() {
    mkdir -p "$2" && mount -t tmpfs -o size="$1" none "$2" || exit 99
    COMMAND
    echo "$? $2" >> codes.txt
    cp -r "$2" aside && umount "$2" && cp -rn aside/. "$2" && rm -r aside
}
full 64k results
full 8k results/RUN/calls
full 8k results/RUN/attempts
full 8k results/RUN/verdicts
"""


def test_a_full_disk_stops_cleanly_whichever_row_meets_it(workspace: Workspace) -> None:
    """Small file systems are mounted where rows go, in a mount namespace of the command's own."""
    space = ["unshare", "--mount", "--map-root-user"]
    probe = [*space, "mount", "-t", "tmpfs", "-o", "size=64k", "none", "results"]
    workspace.results.mkdir()
    if shutil.which("unshare") is None or subprocess.run(probe, cwd=workspace.path, capture_output=True).returncode:
        pytest.skip("this machine does not let a test mount a small file system")
    command = shlex.join(workspace.command(*workspace.run_arguments("plansearch", "--attempts", "60", "--quiet")))
    script = FULL.replace("COMMAND", command).replace("RUN", RUN)
    done = subprocess.run(
        [*space, "sh", "-c", script],
        cwd=workspace.path,
        env=workspace.environment(),
        capture_output=True,
        text=True,
        timeout=240,
    )
    places = ["results", *(f"results/{RUN}/{kind}" for kind in ("calls", "attempts", "verdicts"))]
    assert (workspace.path / "codes.txt").read_text().splitlines() == [f"3 {place}" for place in places], done.stderr
    assert done.stderr.count("no space left") == len(places)
    assert "Traceback" not in done.stderr
    for kind in KINDS:
        for shard in (workspace.results / RUN / kind).glob("*.jsonl"):
            assert shard.read_bytes()[-1:] in (b"", b"\n"), "whole lines only"
    assert workspace.raw_keys(RUN, "calls")
    again = workspace.cot(*workspace.run_arguments("plansearch", "--attempts", "6"))
    assert again.returncode == 0, again.stderr
    assert {row["status"] for row in workspace.rows(RUN, "units")} == {"done"}
