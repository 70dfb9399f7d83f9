"""`cotbench doctor`: what works on this machine."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cotbench._version import __version__
from cotbench.backends.registry import describe_models
from cotbench.cli.app import OK, USAGE
from cotbench.core.errors import GradingError
from cotbench.engine import DANGER, unsafe
from cotbench.grading import SandboxGrader, check_sandbox
from cotbench.grading.levels import ADVICE, LEVELS, choose_level
from cotbench.wheels.cache import cache_directory

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

State = Literal["ok", "missing", "broken"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its state, what was found, and what to do about it."""

    what: str
    state: State
    found: str
    advice: str = ""


@app.command()
def doctor(
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    results: Annotated[Path, typer.Option("--results", help="Directory that holds the runs.")] = Path("results"),
) -> None:
    """Say what works on this machine, and what to do about what does not.

    Example: cotbench doctor
    """
    checks = [
        _python(),
        _grader(),
        *_isolation(),
        _engine(),
        *_models(),
        _writable("results", results),
        _writable("cache", cache_directory()),
    ]
    if json_:
        document = {"version": __version__, "checks": [asdict(check) for check in checks]}
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        grid = Table.grid(padding=(0, 2))
        colours = {"ok": "green", "missing": "yellow", "broken": "red"}
        for check in checks:
            colour = colours[check.state]
            advice = f" → {check.advice}" if check.advice else ""
            grid.add_row(f"[{colour}]{check.state}[/]", check.what, escape(check.found + advice))
        Console().print(grid)
    raise typer.Exit(USAGE if any(check.state == "broken" for check in checks) else OK)


def _python() -> Check:
    found = f"cotbench {__version__}, Python {platform.python_version()}, {platform.platform()}, {os.cpu_count()} cores"
    return Check("software", "ok", found)


def _grader() -> Check:
    try:
        with SandboxGrader(slots=1) as grader:
            check_sandbox(grader)
            isolation = grader.isolation
    except GradingError as error:
        return Check("sandbox", "broken", error.message, "programs cannot be judged here")
    return Check("sandbox", "ok", f"judges programs; isolation level: {isolation}")


def _isolation() -> list[Check]:
    """What isolation is made of, and the level that comes of it."""
    try:
        level, found = choose_level(None)
    except GradingError as error:
        return [Check("isolation", "broken", error.message, "choose level none, in a container")]
    checks = [
        Check(f"isolation: {name.replace('_', ' ')}", "ok", finding.found)
        if finding.ok
        else Check(f"isolation: {name.replace('_', ' ')}", "missing", finding.found, ADVICE[name])
        for name, finding in found.named().items()
    ]
    safe = not unsafe(level)
    advice = "" if safe else f"{DANGER}; judge programs of models that you do not trust in a container"
    best = f"the best here is {level} ({LEVELS.index(level)} of {len(LEVELS) - 1})"
    return [*checks, Check("isolation level", "ok" if safe else "missing", best, advice)]


def _engine() -> Check:
    if importlib.util.find_spec("xllamacpp") is None:
        return Check("local engine", "missing", "xllamacpp is not installed", "pip install 'cotbench[local]'")
    return Check("local engine", "ok", "xllamacpp is installed")


def _models() -> list[Check]:
    return [
        Check(f"model {row.name}", "ok", "in the cache")
        if row.cached
        else Check(
            f"model {row.name}", "missing", "not downloaded yet", f"cotbench fetch {row.name} (on first use by itself)"
        )
        for row in describe_models()
    ]


def _writable(what: str, path: Path) -> Check:
    place = path
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK):
        return Check(what, "broken", f"{path} cannot be written", "choose another place (--results, COTBENCH_CACHE)")
    free = shutil.disk_usage(place).free
    return Check(what, "ok", f"{path}, {free / 1e9:.0f} GB free")
