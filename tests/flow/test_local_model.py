"""The whole job on a real language model: the embedded server, real replies, real verdicts."""

from __future__ import annotations

import importlib.util
import signal
import time
from pathlib import Path

import pytest

from cotbench.backends.local.catalogue import find_row
from cotbench.backends.local.fetch import cached_file
from tests.conftest import Workspace, stop_group

MODEL = "local/smollm2-135m"

pytestmark = pytest.mark.local_model


@pytest.fixture(autouse=True)
def model_here() -> None:
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("local_model: the local engine is not installed (pip install 'cotbench[local]')")
    if cached_file(find_row(MODEL)) is None:
        pytest.skip(f"local_model: {MODEL} is not in the cache (cotbench fetch {MODEL})")


def _servers() -> set[int]:
    found = set()
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                line = (process / "cmdline").read_bytes()
            except OSError:
                continue
            if b"serve_child" in line:
                found.add(int(process.name))
    return found


@pytest.mark.parametrize("strategy", ["repeated", pytest.param("ideasearch", marks=pytest.mark.thorough), "plansearch"])
def test_each_strategy_on_a_real_model(workspace: Workspace, strategy: str) -> None:
    before = _servers()
    arguments = ["run", "-s", strategy, "-m", MODEL, "--limit", "1", "--attempts", "1", "--reply-tokens", "64"]
    done = workspace.cot(*arguments)
    assert done.returncode == 0, done.stderr
    run = f"{strategy}-smollm2-135m-starter"
    calls = workspace.rows(run, "calls")
    assert calls
    assert all(call["usage"]["completion"] > 0 for call in calls if call["text"])  # type: ignore[index]
    assert all(call["usd"] == 0 for call in calls)
    verdicts = workspace.rows(run, "verdicts")
    assert {row["suite"] for row in verdicts} == {"public", "hidden"}
    assert not [row for row in verdicts if row["outcome"] == "infra"]
    assert _servers() == before
    again = workspace.cot(*arguments)
    assert "is complete" in again.stderr


def test_the_server_does_not_outlive_a_killed_run(workspace: Workspace) -> None:
    before = _servers()
    process = workspace.start("run", "-s", "repeated", "-m", MODEL, "--attempts", "40")
    try:
        limit = time.monotonic() + 60
        while not _servers() - before and process.poll() is None and time.monotonic() < limit:
            time.sleep(0.05)
        assert _servers() - before
    finally:
        stop_group(process, signal.SIGKILL)
        process.communicate()
    limit = time.monotonic() + 10
    while (left := _servers() - before) and time.monotonic() < limit:
        time.sleep(0.1)
    assert not left
