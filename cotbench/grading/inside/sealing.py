"""Sealing sandbox processes: all that a level promises, or an error that says what could not be done.

The fork server seals itself once, when it has loaded what it needs and before it forks. Each child puts the rest on
top, when its descriptors are in place and nothing is left to set up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import landlock, privileges, seccomp

_LEVELS = ("none", "basic", "docker", "full")
_FACTS = ("/proc/cpuinfo", "/proc/meminfo")
_DEVICES = ("/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def seal_server(level: str, plan: Mapping[str, Any]) -> None:
    """Seal the fork server: no capabilities, its system calls, and from level docker on, its files.

    At level full the process must have called `namespaces.enter(plan)` before. From here on it cannot read /proc/self,
    so it has to measure itself before. Raises OSError that names what failed, ValueError for an unknown level.
    """
    height = _LEVELS.index(level)
    if not height:
        return
    privileges.no_new_privileges()
    privileges.drop_capabilities()
    if height >= 2:
        # Inside the private root, hidden trees are empty already.
        hidden = () if level == "full" else plan["hidden"]
        readable = [*plan["trees"], *plan["files"], plan["site_folder"], *_FACTS, *_DEVICES]
        landlock.restrict(readable, (plan["work"], "/dev/null"), hidden)
    seccomp.install(seccomp.server_filter())


def seal_program(level: str) -> None:
    """Seal a child of the fork server before it runs a program. Raises OSError, or ValueError for an unknown level."""
    ready_program_seal(level)()


def ready_program_seal(level: str) -> Callable[[], None]:
    """Return what `seal_program` does, made up as far as it can be before a fork."""
    return seccomp.ready_program_filter() if _LEVELS.index(level) else _nothing


def _nothing() -> None:
    """There is no seal at this level."""
