"""How much of a program stands in a description of it: shared names and shared runs of words.

A description that holds the program's own names, or its text, tells more than the idea (Wang et al. 2024, arXiv
2409.03733, section 3.2, do not measure this).
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

RUN = 4
"""Length of a run, in words and signs."""

_WORD = re.compile(r"[A-Za-z_]\w*|\d+|[^\s\w]")


@dataclass(frozen=True, slots=True)
class Overlap:
    """Shares between 0 and 1: of the program's own names, and of its runs of RUN words, that the description holds.

    Own names are those of variables, arguments, functions and classes that the program makes up, at least three
    letters long, and that stand nowhere in the problem.
    """

    names: float
    runs: float


def overlap(description: str, program: str, problem: str) -> Overlap:
    """Compare a description of a program with the program; `problem` is the statement with its starter code."""
    told = _WORD.findall(description)
    names = _names(program) - set(_WORD.findall(problem))
    runs = _runs(_WORD.findall(program))
    return Overlap(
        names=len(names & set(told)) / len(names) if names else 0.0,
        runs=len(runs & _runs(told)) / len(runs) if runs else 0.0,
    )


def _names(program: str) -> set[str]:
    try:
        tree = ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return {name for name in found if len(name) > 2}


def _runs(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}
