"""The options about the sandbox that every judging command has, and the warning where it does not keep programs in."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from cotbench.engine import DANGER, unsafe

Isolation = Annotated[
    str | None,
    typer.Option("--isolation", help="Level of the sandbox: none, basic, docker, full, or 0 to 3. (default: the best)"),
]
AllowUnsafe = Annotated[
    bool,
    typer.Option("--allow-unsafe", help="Judge below level docker too, where programs can reach your files."),
]
NoVerdictCache = Annotated[
    bool, typer.Option("--no-verdict-cache", help="Judge the same program again each time it occurs.")
]
Slots = Annotated[int | None, typer.Option("--slots", min=1, help="Programs judged at a time. (default: one per core)")]


def warn_if_unsafe(level: str, screen: Console) -> None:
    """Say loudly that programs are not kept in, if they are not."""
    if unsafe(level):
        line = f"WARNING: the sandbox is at level {level} only: {DANGER}."
        screen.print(line, style="bold red", markup=False, highlight=False, soft_wrap=True)
