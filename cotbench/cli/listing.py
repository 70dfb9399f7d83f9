"""`cotbench list`: what there is to choose from, and what was run."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cotbench.backends.registry import describe_models
from cotbench.benchmarks.registry import describe_benchmarks
from cotbench.core.errors import StoreError
from cotbench.store import list_runs, read_rows
from cotbench.strategies import StrategyEntry, strategy_entries

app = typer.Typer(add_completion=False)


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
    rows = {
        Kind.strategies: _strategies,
        Kind.models: _models,
        Kind.benchmarks: _benchmarks,
        Kind.runs: lambda: _runs(results),
    }[kind]()
    if json_:
        sys.stdout.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    if not rows:
        typer.echo(f"nothing in {results} yet; make a run with: cotbench run", err=True)
        return
    Console().print(_table(rows))


def _table(rows: Sequence[dict[str, object]]) -> Table:
    grid = Table(show_lines=any("\n" in str(value) for row in rows for value in row.values()))
    for heading in rows[0]:
        grid.add_column(heading.replace("_", " "), overflow="fold")
    for row in rows:
        grid.add_row(*(escape(_cell(value)) for value in row.values()))
    return grid


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "\n".join(f"{name}: {text}" for name, text in value.items())
    return f"{value:,}" if isinstance(value, int) else str(value)


def _strategies() -> list[dict[str, object]]:
    return [
        {
            "strategy": entry.name,
            "what": entry.summary,
            "cost": entry.cost,
            "options": _options(entry),
            "presets": ", ".join(entry.presets),
        }
        for entry in strategy_entries()
    ]


def _options(entry: StrategyEntry) -> dict[str, str]:
    return {
        field.name: f"{field.metadata.get('help', '')} [{field.default}]" for field in dataclasses.fields(entry.options)
    }


def _models() -> list[dict[str, object]]:
    return [dataclasses.asdict(row) for row in describe_models()]


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
                "units_done": len({row.unit_key for row in kept.units.values() if row.status == "done"}),
            }
        )
    return rows
