"""What confined programs can do and cannot: real processes under the real filters, domains and namespaces."""

from __future__ import annotations

import functools
import importlib.util
import sys
from typing import Any

import pytest
from isolation import NOBODY, as_root, confined, linux, python_for_all
from isolation_cases import ENDS, PACKAGES, REFUSED, UNREADABLE, WORKS

from cotbench.grading.libraries import PRIVATE_WORKS

pytestmark = linux

SAFE = ("docker", "full")
CLOSED = ("EACCES", "ENOENT", "EROFS", "EXDEV", "EPERM")
INSTALLED = {name: code for name, code in PACKAGES.items() if importlib.util.find_spec(name)}


@functools.cache
def _results(level: str) -> dict[str, Any]:
    extra = {**UNREADABLE, **INSTALLED} if level in SAFE else {}
    return confined({**REFUSED, **WORKS, **extra}, level=level)


@pytest.fixture(params=["basic", *SAFE])
def results(request: pytest.FixtureRequest) -> dict[str, Any]:
    return _results(request.param)


def _refused(results: dict[str, Any]) -> dict[str, str]:
    """What should have been refused and was not."""
    wrong = {name: results[name] for name in REFUSED if name in results and results[name] != "EPERM"}
    if results["level"] in SAFE:
        wrong |= {name: results[name] for name in UNREADABLE if name in results and results[name] not in CLOSED}
    return wrong


def _broken(results: dict[str, Any]) -> dict[str, str]:
    """What should have worked and did not."""
    everyday = {name: results[name] for name in (*WORKS, *INSTALLED) if name in results}
    return {name: found for name, found in everyday.items() if not found.startswith(ENDS.get(name, "done"))}


def test_forbidden_acts_are_refused(results: dict[str, Any]) -> None:
    assert _refused(results) == {}


def test_everyday_programs_work(results: dict[str, Any]) -> None:
    assert _broken(results) == {}
    assert results["files"] == "done text"
    assert results["stack limit"] == "done True"
    assert results["mode of the library"] == "done ('0o644', False)"
    assert results["stdin by name"] == "done ''"


def test_the_server_has_no_privileges(results: dict[str, Any]) -> None:
    seen = results["seen"]
    assert seen["capabilities"] == 0
    assert seen["no_new_privs"] == 1
    assert set(seen["ids"]) != {0} or results["level"] != "full"


def test_at_level_none_all_this_is_possible() -> None:
    # Shows that the refusals come from the levels, and not from where the programs are tried.
    acts = {"write outside", "neighbour of the work folder", "tcp socket", "memfd"}
    found = confined({name: code for name, code in {**REFUSED, **UNREADABLE}.items() if name in acts}, level="none")
    assert {name: found[name] for name in acts} == dict.fromkeys(acts, "done None")


def test_private_root_shows_nothing_of_the_machine() -> None:
    results = _results("full")
    seen = results["seen"]
    [work] = [where for where, options in seen["mounts"] if options.split(",")[0] == "rw" and "/dev/" not in where]
    assert work in PRIVATE_WORKS
    assert not {"etc/passwd", "home", "var", "sys", "boot", "run", ".old"} - {work.split("/")[1]} & set(seen["root"])
    assert seen["processes"] == ["1"]
    assert seen["interfaces"] == ["lo"]
    assert seen["routes"] == []
    assert seen["host"] == "sandbox"
    assert seen["folders"] == []
    assert set(seen["ids"]) == {results["uid"]}


@as_root
def test_root_keeps_no_capability_for_later() -> None:
    assert _results("docker")["seen"]["bounding"] == []
    assert _results("full")["seen"]["bounding"] == []


@as_root
def test_an_ordinary_user_has_the_best_level_too() -> None:
    results = confined({**REFUSED, **UNREADABLE, **WORKS}, uid=NOBODY, python=python_for_all())
    if results["best"] != "full":
        pytest.skip(f"ordinary users get level {results['best']} here: user namespaces are restricted")
    assert _refused(results) == {}
    assert _broken(results) == {}


@as_root
@pytest.mark.parametrize("uid", [0, NOBODY])
def test_inside_docker_the_level_is_docker(uid: int) -> None:
    programs = {**REFUSED, **UNREADABLE, **WORKS}
    results = confined(programs, uid=uid, docker=True, python=python_for_all() if uid else sys.executable)
    assert results["best"] == "docker"
    assert _refused(results) == {}
    assert _broken(results) == {}
