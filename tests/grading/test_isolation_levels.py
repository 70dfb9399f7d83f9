"""Which level a machine has, and which one is taken: from what was found, made up here, and from this machine."""

from __future__ import annotations

import dataclasses
import itertools
import json
import subprocess
import sys
import time

import pytest
from isolation import linux

from cotbench.core.errors import ConfigurationError
from cotbench.grading.levels import ADVICE, LEVELS, NEEDS, best_level, choose_level, missing
from cotbench.grading.libraries import _private_work
from cotbench.grading.primitives import Finding, Primitives, probe

NAMES = [field.name for field in dataclasses.fields(Primitives)]


def _found(*lacking: str) -> Primitives:
    return Primitives(**{name: Finding(name not in lacking, f"says {name}") for name in NAMES})


@pytest.mark.parametrize(
    ("lacking", "level"),
    [
        ((), "full"),
        (("namespaces",), "full"),
        (("namespaces", "user_namespace", "private_root"), "docker"),
        (("private_root",), "docker"),
        (("landlock",), "basic"),
        (("private_root", "landlock"), "basic"),
        (("seccomp",), "none"),
        (("capabilities",), "none"),
        (tuple(NAMES), "none"),
        (("pidfd", "memfd", "schedstat", "subreaper", "limits"), "full"),
    ],
)
def test_the_best_level(lacking: tuple[str, ...], level: str) -> None:
    assert best_level(_found(*lacking)) == level
    assert choose_level(None, _found(*lacking))[0] == level


def test_no_level_gives_less_than_the_one_below() -> None:
    for lower, higher in itertools.pairwise(LEVELS):
        assert set(NEEDS[lower]) < set(NEEDS[higher])


@pytest.mark.parametrize(
    ("asked", "level"), [*((name, name) for name in LEVELS), *((str(n), name) for n, name in enumerate(LEVELS))]
)
def test_levels_are_asked_for_by_name_or_number(asked: str, level: str) -> None:
    assert choose_level(asked, _found())[0] == level


@pytest.mark.parametrize("asked", ["4", "-1", "", "Full", "³", "ful", "1.0"])
def test_an_unknown_word_is_refused(asked: str) -> None:
    with pytest.raises(ConfigurationError, match=r"none \(0\), basic \(1\), docker \(2\), full \(3\)"):
        choose_level(asked, _found())


def test_more_than_there_is_is_refused_with_the_reason() -> None:
    with pytest.raises(ConfigurationError) as caught:
        choose_level("3", _found("private_root", "landlock"))
    assert "landlock: says landlock" in caught.value.message
    assert ADVICE["landlock"] in caught.value.hint
    assert "the best level here is basic" in caught.value.hint
    with pytest.raises(ConfigurationError, match="says private_root"):
        choose_level("full", _found("private_root"))


def test_less_than_there_is_can_be_asked_for() -> None:
    assert choose_level("none", _found())[0] == "none"
    assert missing("docker", _found("private_root")) == []


def test_there_is_advice_for_everything() -> None:
    assert set(ADVICE) == set(NAMES)


@linux
def test_probing_is_quick_and_changes_nothing_here() -> None:
    probe()
    best = 9.0
    for _ in range(3):
        start = time.monotonic()
        found = probe()
        best = min(best, time.monotonic() - start)
    assert best < 2.0
    assert found.limits.ok
    assert found.named()["seccomp"] == found.seccomp


@linux
def test_doctor_shows_every_part_and_the_level() -> None:
    command = [sys.executable, "-m", "cotbench", "doctor", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    checks = {check["what"]: check for check in json.loads(done.stdout)["checks"]}
    found = probe()
    for name, finding in found.named().items():
        check = checks[f"isolation: {name.replace('_', ' ')}"]
        assert (check["state"], bool(check["advice"])) == (("ok", False) if finding.ok else ("missing", True))
    assert f"is {best_level(found)} " in checks["isolation level"]["found"]


def test_the_folder_that_can_be_written_hides_nothing_that_is_shown() -> None:
    assert _private_work({"trees": ["/usr/lib"], "files": [], "links": {}}) == "/tmp"
    assert _private_work({"trees": ["/tmp/venv/lib"], "files": [], "links": {}}) == "/var/tmp"
    assert _private_work({"trees": [], "files": ["/tmp/python"], "links": {"/var/tmp/lib": "/lib"}}) == "/scratch"
