"""What an executor is: it takes programs and says how each one did.

Every executor lives in a process of its own (`host.py`), so that the memory of one does not slow the forks of another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

PASSED = "passed"


class Program(NamedTuple):
    """A complete program and the identifier of the problem that it should solve.

    Of EvalPlus's sets a part of the inputs can be asked for: `TASK@base`, `TASK@plus`, or input N alone, `TASK@N`,
    counted over the base and then the plus inputs.
    """

    problem: str
    code: str


class Judged(NamedTuple):
    """How a program did: `passed`, or any other word of the executor's own; `at` is the first failed case, or -1."""

    outcome: str
    detail: str = ""
    at: int = -1


@dataclass(frozen=True, slots=True)
class Options:
    """How an executor is set up.

    `problems` names the set of problems: humaneval, humaneval+, mbpp+, stdin or spin. The files of EvalPlus's sets are
    in the directory `data`; `loops` is how long the program of `spin` runs.
    `workers` programs are judged at a time. `seconds` is the limit per case, 0 for the limit that the problem or the
    executor has by default. `isolation` is cotbench's level, empty for the best.
    """

    problems: str
    workers: int = 2
    seconds: float = 0.0
    data: str = ""
    isolation: str = ""
    loops: int = 0


class Executor(Protocol):
    """Judges programs of one set of problems."""

    def judge(self, programs: Sequence[Program]) -> list[Judged]:
        """Return how each program did, in order."""
        ...

    def close(self) -> None:
        """Stop what was started."""
        ...


class Missing(Exception):
    """An executor cannot be had here; the text says what to install or to provide."""
