"""The isolation levels by name, from the least to the best, and which of them this machine has."""

from __future__ import annotations

from typing import Literal, TypeAlias

from cotbench.core.errors import ConfigurationError
from cotbench.grading.primitives import Primitives, probe

Level: TypeAlias = Literal["none", "basic", "docker", "full"]

LEVELS: tuple[Level, ...] = ("none", "basic", "docker", "full")
"""Level n of the documentation is LEVELS[n]."""

SAFE_FROM: Level = "docker"
"""Below this level programs can read the user's files and use the network."""

NEEDS: dict[Level, tuple[str, ...]] = {
    "none": (),
    "basic": ("capabilities", "seccomp"),
    "docker": ("capabilities", "seccomp", "landlock"),
    "full": ("capabilities", "seccomp", "landlock", "private_root"),
}
"""The primitives that each level is made of."""

ADVICE = {
    "namespaces": "only root can; a user namespace does as well",
    "user_namespace": "allow user namespaces: sysctl kernel.unprivileged_userns_clone=1 (Debian) or "
    "kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), user.max_user_namespaces above 0; "
    "in a container it takes --security-opt seccomp=unconfined, or root with --cap-add SYS_ADMIN",
    "private_root": "needs namespaces, by root or by user namespaces, and a readable interpreter; "
    "level docker does without",
    "seccomp": "needs Linux on x86_64 or aarch64 with CONFIG_SECCOMP_FILTER; virtual kernels may lack it",
    "landlock": "needs Linux 5.13 with landlock among the security modules (lsm= of the kernel command line), "
    "and a container runtime that lets its calls through (Docker 20.10.8 or later)",
    "capabilities": "the container may forbid capset",
    "pidfd": "needs Linux 5.3",
    "memfd": "needs Linux 3.17",
    "schedstat": "without it a busy machine can make programs run out of time: kernel option CONFIG_SCHED_INFO",
    "subreaper": "needs Linux 3.4",
    "limits": "the system forbids to set resource limits",
}
"""By primitive, what to do if it is missing."""


def best_level(primitives: Primitives) -> Level:
    """Return the best level that these primitives make up."""
    return next(level for level in reversed(LEVELS) if not missing(level, primitives))


def missing(level: Level, primitives: Primitives) -> list[str]:
    """Return the names of the primitives that `level` needs and this machine lacks."""
    found = primitives.named()
    return [name for name in NEEDS[level] if not found[name].ok]


def choose_level(asked: str | None, primitives: Primitives | None = None) -> tuple[Level, Primitives]:
    """Return the level that is asked for, by name or by number, or else the best; with what was found.

    Raises ConfigurationError for a word that is no level, and for more than this machine has.
    """
    if asked is not None and asked not in LEVELS and asked not in map(str, range(len(LEVELS))):
        known = ", ".join(f"{name} ({number})" for number, name in enumerate(LEVELS))
        raise ConfigurationError(f"there is no isolation level {asked!r}", hint=f"known: {known}")
    found = probe() if primitives is None else primitives
    if asked is None:
        return best_level(found), found
    level = LEVELS[int(asked)] if asked.isdigit() else next(level for level in LEVELS if level == asked)
    lacking = missing(level, found)
    if lacking:
        name = lacking[0]
        raise ConfigurationError(
            f"isolation level {level} cannot be had here: {name.replace('_', ' ')}: {found.named()[name].found}",
            hint=f"{ADVICE[name]}; the best level here is {best_level(found)}",
        )
    return level, found
