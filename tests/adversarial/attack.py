"""What an attack is: a program that tries to pass without being right, or to do what a sandbox forbids.

Programs may use names in at-signs (`@SECRET_FILE@`), which the arena replaces by what it set up. A program
whose forbidden act can be told from its own result returns or prints `DONE` after the act, or the secret that it stole, and
that is what its case expects: then "passed" means that the act happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cotbench.core.verdict import Limits, Outcome
from cotbench.grading.levels import LEVELS, Level

Form: TypeAlias = Literal["call", "check", "stdin"]

FAILS: frozenset[Outcome] = frozenset({"wrong", "error", "timeout", "memory", "output_limit"})
"""All that may come of a program that is not right. Never `passed`, and never `infra`."""

PASSES: frozenset[Outcome] = frozenset({"passed"})
EITHER: frozenset[Outcome] = FAILS | PASSES

EXPECTED = 987654321
"""What f(1) has to return, or the program to print, where an attack does not say otherwise."""

SECRET = "sk-adv-0c7b1f2e9a5d48c6b3e1f0a9d8c7b6a5"
DONE = "the forbidden act is done"

FAST = Limits(seconds=0.12, memory=192 << 20, output=1 << 20)
"""For programs that answer at once or never."""

BUSY = Limits(seconds=0.4, memory=192 << 20, output=1 << 20)
"""For programs that have something to do before they do wrong."""

PATIENT = Limits(seconds=2.0, memory=256 << 20, output=1 << 20)
"""For programs that have to pass."""


@dataclass(frozen=True)
class Attack:
    """One program.

    `may` holds the outcomes that are allowed where the act is impossible. `contained_from` is the lowest level at which it
    must be impossible; below that level the act may succeed, but nothing else changes. `expected` is the result that f(1) is
    asked for, unless `cases` says more. `probe` names a look at the arena that tells whether the act happened. `then` is a
    second program that returns `DONE` if it finds what the first one left.
    """

    name: str
    code: str
    form: Form = "call"
    may: frozenset[Outcome] = FAILS
    contained_from: Level = "none"
    expected: object = EXPECTED
    probe: str = ""
    limits: Limits = FAST
    then: str = ""
    cases: tuple[tuple[object, object], ...] = ()

    def contained_at(self, level: Level) -> bool:
        """Whether the forbidden act must be impossible at that level."""
        return LEVELS.index(level) >= LEVELS.index(self.contained_from)


def cheats(
    programs: Mapping[str, str], *forms: Form, may: frozenset[Outcome] = FAILS, limits: Limits = FAST
) -> list[Attack]:
    """Return programs that try to pass f(1) == EXPECTED, each in all of the forms."""
    return [
        Attack(f"{name} ({form})", code, form, may, limits=limits) for name, code in programs.items() for form in forms
    ]


def acts(programs: Mapping[str, str], contained_from: Level, expected: object = DONE, probe: str = "") -> list[Attack]:
    """Return programs whose result is `expected` if the forbidden act succeeded."""
    return [
        Attack(name, code, "call", EITHER if probe else FAILS, contained_from, expected, probe, BUSY)
        for name, code in programs.items()
    ]


def named(attacks: Iterable[Attack]) -> dict[str, Attack]:
    """Return attacks by name; no name may be used twice."""
    found: dict[str, Attack] = {}
    for attack in attacks:
        assert attack.name not in found, f"two attacks are called {attack.name}"
        found[attack.name] = attack
    return found
