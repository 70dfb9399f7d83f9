"""An arena for every level of isolation that this machine has; at the end of a level nothing may be left of it."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from arena import Arena, marked_processes, wait_for
from attack import SECRET
from attacks import ALL

from cotbench.core.errors import CotbenchError
from cotbench.grading import SandboxGrader
from cotbench.grading.levels import LEVELS, Level


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave every act at every level, and every cheat, which is no level's matter, at every second one.

    Of cheats against a test program, which differ little from those against a call, a quarter at each level. It saves time.
    What confines little is left to test_attacks_unconfined.py, which comes back here in a place that is safe.
    """
    private = "COTBENCH_PRIVATE_PLACE" in os.environ
    places = {name: place for place, name in enumerate(ALL)}
    dropped = []
    for item in items:
        values = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        if "arena" in values and (values["arena"] in ("none", "basic")) != private:
            dropped.append(item)
        elif {"arena", "name"} <= set(values):
            attack, number = ALL[values["name"]], LEVELS.index(values["arena"])
            step = 4 if attack.form == "check" else 2
            if attack.contained_from == "none" and (places[attack.name] + number) % step:
                dropped.append(item)
    config.hook.pytest_deselected(items=dropped)
    gone = set(dropped)
    items[:] = [item for item in items if item not in gone]


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
            grader = stack.enter_context(SandboxGrader(slots=1, isolation=level))
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
