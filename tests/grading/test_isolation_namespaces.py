"""Entering and leaving the private root: the two processes end together, and failures name their step."""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from isolation import ROOT, linux

from cotbench.grading.libraries import PRIVATE_SITE, PRIVATE_WORKS, USERS, installed_libraries, reading_plan
from cotbench.grading.primitives import probe

pytestmark = linux

START = f"""
import json, os, sys, time, types
package = types.ModuleType("inside")
package.__path__ = [{str(ROOT / "cotbench" / "grading" / "inside")!r}]
sys.modules["inside"] = package
from inside import namespaces, sealing
plan = json.loads(sys.argv[1])
"""


@pytest.fixture(scope="module")
def plan() -> dict[str, object]:
    found = probe()
    if not found.private_root.ok:
        pytest.skip(f"no private root here: {found.private_root.found}")
    return reading_plan(level="full", work=Path("/"), site=Path("/"))


def _start(program: str, plan: dict[str, object]) -> subprocess.Popen[str]:
    command = [sys.executable, "-I", "-S", "-B", "-c", START + program, json.dumps(plan)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], 20)
    assert ready
    return process.stdout.readline().strip()


def _silent(process: subprocess.Popen[str]) -> bool:
    """Whether every process that could write to the pipe has ended."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], 20)
    return bool(ready) and process.stdout.read() == ""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_when_the_keeper_ends_all_end(plan: dict[str, object], number: signal.Signals) -> None:
    loop = "namespaces.enter(plan)\nif os.fork():\n    print(os.getpid(), flush=True)\nelse:\n    os.setsid()\ntime.sleep(60)"
    with _start(loop, plan) as process:
        assert _said(process) == "1"
        process.send_signal(number)
        assert _silent(process)
        assert process.wait(20) == -number


def test_when_the_starter_ends_all_end(plan: dict[str, object]) -> None:
    loop = "if os.fork() == 0:\n    namespaces.enter(plan)\n    print('in', flush=True)\ntime.sleep(60)"
    with _start(loop, plan) as process:
        assert _said(process) == "in"
        process.kill()
        assert _silent(process)


def test_the_keeper_ends_as_the_inner_process_does(plan: dict[str, object]) -> None:
    with _start("namespaces.enter(plan)\nos._exit(7)", plan) as process:
        assert process.wait(20) == 7
    crash = "namespaces.enter(plan)\nimport ctypes\nctypes.string_at(0)"
    with _start(crash, plan) as process:
        assert process.wait(20) == 128 + signal.SIGSEGV


def test_a_failure_names_its_step(plan: dict[str, object]) -> None:
    with _start("namespaces.enter(plan)", plan | {"space": 10**30}) as process:
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "mount the work folder: Invalid argument" in errors


def test_sealing_without_what_it_needs_is_an_error(plan: dict[str, object]) -> None:
    with _start("sealing.seal_server('docker', plan)", plan | {"work": "/no/such/folder"}) as process:
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "/no/such/folder" in errors
    with _start("sealing.seal_server('fort', plan)", plan) as process:
        assert "ValueError" in process.communicate(timeout=20)[1]


def test_the_plan_lists_packages_one_by_one(tmp_path: Path) -> None:
    for name in ("numpy", "numpy.libs", "secret_answers"):
        (tmp_path / "packages" / name).mkdir(parents=True)
        (tmp_path / "packages" / name / "__init__.py").touch()
    (tmp_path / "packages" / "six.py").touch()
    (tmp_path / "packages" / "sympy").mkdir()
    found = installed_libraries([str(tmp_path / "nothing"), str(tmp_path / "packages")])
    assert found == {name: str(tmp_path / "packages" / name) for name in ("numpy", "numpy.libs", "six.py")}


def test_the_plan_of_each_level(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    below = reading_plan(level="docker", work=tmp_path / "work", site=tmp_path / "site")
    assert below["work"] == str(tmp_path / "work")
    assert {path.name: str(path.readlink()) for path in (tmp_path / "site").iterdir()} == below["packages"]
    above = reading_plan(level="full", work=tmp_path / "work", site=tmp_path / "other")
    assert above["work"] in PRIVATE_WORKS
    assert above["site_folder"] == PRIVATE_SITE
    assert not (tmp_path / "other").exists()
    assert above["uid"] in USERS and above["uid"] != below["uid"]
    assert json.loads(json.dumps(above)) == above
    trees = [str(tree) for tree in above["trees"]]  # type: ignore[attr-defined]
    assert not [tree for tree in trees if Path(tree).name in ("site-packages", "dist-packages")]
    assert not any(str(Path.home()) == tree or tree == "/" for tree in trees)
