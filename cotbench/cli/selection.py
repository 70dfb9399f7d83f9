"""The flags that choose problems, shared by the verbs that take a benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from cotbench.benchmarks.subset import choose, take, undated
from cotbench.core.errors import ConfigurationError
from cotbench.core.problem import Benchmark, Problem
from cotbench.core.window import EVERYTHING, Window

PANEL = "Problems"

FromDate: TypeAlias = Annotated[
    str | None,
    typer.Option("--from", metavar="DATE", rich_help_panel=PANEL, help="Only problems of this day or later (ISO)."),
]
ToDate: TypeAlias = Annotated[
    str | None,
    typer.Option("--to", metavar="DATE", rich_help_panel=PANEL, help="Only problems of this day or earlier (ISO)."),
]
Difficulty: TypeAlias = Annotated[
    str | None,
    typer.Option("--difficulty", metavar="A,B", rich_help_panel=PANEL, help="Only problems of these difficulties."),
]
Platform: TypeAlias = Annotated[
    str | None,
    typer.Option("--platform", metavar="A,B", rich_help_panel=PANEL, help="Only problems from these sites."),
]
Ids: TypeAlias = Annotated[
    str | None, typer.Option("--ids", metavar="A,B", rich_help_panel=PANEL, help="Only these problems.")
]
ProblemsFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--problems", metavar="FILE", rich_help_panel=PANEL, help="Only problems of this list, an id a line."),
]

Before: TypeAlias = Annotated[
    str | None,
    typer.Option("--before", metavar="DATE", rich_help_panel=PANEL, help="Only problems dated before this day."),
]
After: TypeAlias = Annotated[
    str | None,
    typer.Option("--after", metavar="DATE", rich_help_panel=PANEL, help="Only problems dated on this day or later."),
]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which problems of a benchmark are wanted: those in the window, of these names if any, at most `limit`."""

    window: Window = EVERYTHING
    ids: tuple[str, ...] = ()
    limit: int | None = None

    def of(self, benchmark: Benchmark, seed: int) -> tuple[Problem, ...]:
        """Return the chosen problems in the order of the seed. Raises BenchmarkError."""
        return take(choose(benchmark, self.window, self.ids), self.limit, seed)

    def aside(self, benchmark: Benchmark) -> str:
        """Return `; window: …` for the line that announces a run, with how many problems have no date."""
        missing = undated(benchmark) if self.window.dated else 0
        without = f"; {missing:,} of {len(benchmark.problems):,} problems have no date and are left out"
        return f"; window: {self.window}{without if missing else ''}" if str(self.window) else ""


def read_ids(path: Path) -> tuple[str, ...]:
    """Return the ids of a file, one a line; blank lines and lines with `#` in front are skipped.

    Raises ConfigurationError if it cannot be read or holds none.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text"
        raise ConfigurationError(f"cannot read the list of problems {path}: {reason}") from error
    ids = tuple(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
    if not ids:
        raise ConfigurationError(f"the list of problems {path} is empty", hint="one id a line")
    return ids
