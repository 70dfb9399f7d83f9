"""`cotbench list`: what there is to choose from, and what was run."""

from __future__ import annotations

import dataclasses
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cotbench.backends.registry import describe_models, describe_plugins, describe_simulated
from cotbench.benchmarks.registry import describe_benchmarks
from cotbench.core.errors import ConfigurationError, StoreError
from cotbench.store import RunRows, list_runs, read_rows
from cotbench.strategies import StrategyEntry, installed_names, strategy_entries, strategy_entry

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


class Kind(StrEnum):
    """What can be listed."""

    strategies = "strategies"
    models = "models"
    benchmarks = "benchmarks"
    runs = "runs"


@app.command("list")
def list_(
    kind: Annotated[Kind, typer.Argument(help="What to list.")],
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    results: Annotated[Path, typer.Option("--results", help="Directory that holds the runs.")] = Path("results"),
) -> None:
    """List strategies, models, benchmarks or runs.

    Example: cotbench list strategies
    """
    if kind is Kind.strategies:
        rows = _strategies()
    elif kind is Kind.models:
        rows = _models()
    elif kind is Kind.benchmarks:
        rows = _benchmarks()
    else:
        rows = _runs(results)
    if json_:
        rows += _plugins() if kind is Kind.models else []
        sys.stdout.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    if not rows:
        typer.echo(f"nothing in {results} yet; make a run with: cotbench run", err=True)
        return
    console = Console(emoji=False)
    for row in rows:
        _print(row, console)
    if kind is Kind.models:
        _print_plugins(console)


def _print_plugins(console: Console) -> None:
    """Print the backends that other packages bring, under a heading of their own."""
    rows = _plugins()
    if rows:
        console.print("\nFrom other packages:", markup=False, highlight=False)
    for row in rows:
        _print(row, console)


def _print(row: dict[str, object], console: Console) -> None:
    """Print a row as its name and, below it, one line per property: readable at any width."""
    (_, name), *properties = row.items()
    console.print(str(name), style="bold", markup=False, highlight=False)
    grid = Table.grid(padding=(0, 2))
    for _ in range(3):
        grid.add_column(overflow="fold")
    for heading, value in properties:
        if isinstance(value, dict):
            for option, text in value.items():
                grid.add_row("", f"{'--set ' if heading == 'options' else ''}{option}=", escape(str(text)))
        elif value not in (None, ""):
            grid.add_row("", heading.replace("_", " "), escape(_cell(value)))
    console.print(grid)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _strategies() -> list[dict[str, object]]:
    return [*map(_strategy, strategy_entries()), *map(_installed, installed_names())]


def _strategy(entry: StrategyEntry) -> dict[str, object]:
    return {
        "strategy": entry.name,
        "what": entry.summary,
        "cost": entry.cost,
        "options": _options(entry),
        "presets": ", ".join(entry.presets),
    }


def _installed(name: str) -> dict[str, object]:
    """Describe a strategy of another package; one that cannot be loaded must not hide the others."""
    try:
        return _strategy(strategy_entry(name))
    except ConfigurationError as error:
        return {"strategy": name, "what": str(error), "cost": "", "options": {}, "presets": ""}


def _options(entry: StrategyEntry) -> dict[str, str]:
    return {
        field.name: f"{field.metadata.get('help', '')} [{field.default}]" for field in dataclasses.fields(entry.options)
    }


def _models() -> list[dict[str, object]]:
    simulated, parameters = describe_simulated()
    about = f"simulated, for the benchmark latent; parameters as in {simulated}?seed=2&ideas=4 (docs/simulated.md)"
    rows: list[dict[str, object]] = [dataclasses.asdict(row) for row in describe_models()]
    return [*rows, {"name": simulated, "note": about, "parameters": parameters}]


def _plugins() -> list[dict[str, object]]:
    return [
        {"name": f"{row.prefix}/…", "note": row.summary, "package": f"{row.package} {row.version}".strip()}
        for row in describe_plugins()
    ]


def _benchmarks() -> list[dict[str, object]]:
    return [dataclasses.asdict(row) for row in describe_benchmarks()]


def _runs(results: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for run in list_runs(results):
        try:
            spec, manifest = run.read_spec(), run.read_manifest()
        except StoreError as error:
            rows.append(
                {
                    "run": run.name,
                    "strategy": str(error),
                    "model": "",
                    "benchmark": "",
                    "problems": "",
                    "units_done": "",
                }
            )
            continue
        kept = read_rows(run.path)
        rows.append(
            {
                "run": run.name,
                "strategy": spec.strategy,
                "model": spec.model,
                "benchmark": spec.benchmark,
                "problems": len(manifest.problems),
                "units_done": len(_done(kept) | kept.capped_units(spec.problem_caps)),
            }
        )
    return rows


def _done(rows: RunRows) -> set[str]:
    return {row.unit_key for row in rows.units.values() if row.status == "done"}
