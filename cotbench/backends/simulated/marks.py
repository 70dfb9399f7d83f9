"""Marks: how texts of the simulated model say what they are about, so that a prompt that quotes one is understood.

    [idea 3 of latent/1/007]           a thought (idea, plan, sketch, pseudocode, summary) about idea 3
    [hint 2 of latent/1/007]           an observation that points at idea 2
    [flaw of idea 3 of latent/1/007]   a critique that finds idea 3 wrong
    [program 3.2.0 of latent/1/007]    in a comment: idea 3, fault 2 (0: right), style 0

A mark names its problem, so that worked examples about other problems do not count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from cotbench.latent.programs import Made

Kind = Literal["idea", "hint", "flaw", "program"]

_MARK = re.compile(
    r"\[(?:(?P<kind>idea|hint|flaw of idea) (?P<idea>\d{1,2})|program (?P<made>\d{1,2})\.(?P<fault>\d)\.(?P<style>\d))"
    r" of (?P<problem>latent/\d+/\d+)\]"
)
_KINDS: dict[str, Kind] = {"idea": "idea", "hint": "hint", "flaw of idea": "flaw"}


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark found in a text; `made` is there for programs only."""

    kind: Kind
    idea: int
    made: Made | None = None


def write_mark(kind: Kind, idea: int, problem: str) -> str:
    """Return the mark of a thought."""
    return f"[{'flaw of idea' if kind == 'flaw' else kind} {idea} of {problem}]"


def write_program_mark(made: Made, problem: str) -> str:
    """Return the mark of a program."""
    return f"[program {made.idea}.{made.fault}.{made.style} of {problem}]"


def read_marks(text: str, problem: str) -> list[Mark]:
    """Return the marks in a text that are about this problem, in order."""
    found: list[Mark] = []
    for match in _MARK.finditer(text):
        if match["problem"] != problem:
            continue
        if match["made"]:
            made = Made(int(match["made"]), int(match["fault"]), int(match["style"]))
            found.append(Mark("program", made.idea, made))
        else:
            found.append(Mark(_KINDS[match["kind"]], int(match["idea"])))
    return found


def without_marks(text: str) -> str:
    """Return a text without its marks."""
    return _MARK.sub("", text)
