"""An arena for every level of isolation that this machine has; at the end of a level nothing may be left of it."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from arena import Arena
from attack import SECRET
from attacks import ALL
from crowd import Judged, fits, judge_all
from traces import marked_processes, wait_for

from cotbench.core.errors import CotbenchError
from cotbench.grading import SandboxGrader
from cotbench.grading.levels import LEVELS, Level

_SLOTS = 2


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the levels that confine little to test_attacks_unconfined.py, which comes back here in a place that is safe."""
    private = "COTBENCH_PRIVATE_PLACE" in os.environ
    dropped = [
        item
        for item in items
        if (_parameter(item, "arena") in ("none", "basic")) != private and _parameter(item, "arena")
    ]
    config.hook.pytest_deselected(items=dropped)
    gone = set(dropped)
    items[:] = [item for item in items if item not in gone]


def _parameter(item: pytest.Item, name: str) -> str:
    return (
        str(item.callspec.params.get(name, ""))
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        else ""
    )


@pytest.fixture(scope="module", params=LEVELS)
def arena(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    level: Level = request.param
    if sys.platform != "linux":
        pytest.skip("the attacks look at themselves through /proc")
    folder, sandboxes = tmp_path_factory.mktemp("arena"), tmp_path_factory.mktemp("sandboxes")
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        patch.setattr(tempfile, "tempdir", str(sandboxes))
        patch.setenv("ADVERSARY_API_KEY", SECRET)
        patch.setattr(sys, "path", [*sys.path, str(folder / "site-packages")])
        before = _children()
        try:
            grader = stack.enter_context(SandboxGrader(slots=_SLOTS, isolation=level))
            isolation = grader.isolation
        except CotbenchError as error:
            pytest.skip(f"level {level} is not available here: {error}")
        if isolation != level:
            pytest.skip(f"asked for level {level}, the grader gives {isolation}")
        arena = Arena(grader, level, folder, sandboxes)
        stack.callback(arena.close)
        yield arena
        grader.close()
        arena.close()
        assert list(sandboxes.iterdir()) == []
        assert marked_processes() == []
        assert wait_for(lambda: _children() <= before), "processes of the grader are left"


@pytest.fixture(scope="module")
def crowd(arena: Arena, request: pytest.FixtureRequest) -> dict[str, Judged]:
    """What came of the attacks of this level that could be judged beside each other, by name."""
    items = [item for item in request.session.items if _parameter(item, "arena") == arena.level]
    names = filter(None, (_parameter(item, "name") for item in items))
    return judge_all(arena, [name for name in names if fits(ALL[name], arena.level)])


def _children() -> set[int]:
    """The living children of this process, and theirs."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            words = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
            parents.setdefault(int(words[1]), []).append(int(entry.name))
    found, waiting = set(), [os.getpid()]
    while waiting:
        below = parents.get(waiting.pop(), [])
        found.update(below)
        waiting.extend(below)
    return found
