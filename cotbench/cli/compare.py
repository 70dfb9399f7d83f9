"""`cotbench compare`: runs side by side, paired problem by problem."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import orjson
import typer
from rich.console import Console

from cotbench.analysis import RunTable, Wanted, as_csv, as_latex, as_markdown, compare, run_table
from cotbench.analysis.coverage import read_ks
from cotbench.analysis.dated import read_period, within
from cotbench.analysis.gates import read_gate, unmet
from cotbench.analysis.labels import run_names, short_labels
from cotbench.cli.comparing import print_comparison
from cotbench.cli.runs import find_several
from cotbench.cli.selection import After, Before
from cotbench.cli.specify import RESULTS
from cotbench.cli.suggesting import command_for
from cotbench.core.errors import ConfigurationError
from cotbench.core.spec import ALL, GRADED

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

NEWEST = 6
BASELINE = "repeated"
OTHER = "plansearch"
GATE = 4
"""Exit code where a gate is not met."""

_COST_WIDTH = 50
"""Columns that the numbers of the cost table take; labels may have the rest."""

_LEAST_LABEL = 30

MORE, GATES, OUTPUT = "More numbers", "Gates", "Output"

Number = TypeVar("Number", int, float)


class By(StrEnum):
    """Axes of cost."""

    attempts = "attempts"
    tokens = "tokens"
    completion_tokens = "completion-tokens"
    calls = "calls"
    usd = "usd"
    seconds = "seconds"


class GroupedBy(StrEnum):
    """Groups of problems."""

    difficulty = "difficulty"
    platform = "platform"
    month = "month"


class BandKind(StrEnum):
    """For what an interval holds."""

    pointwise = "pointwise"
    simultaneous = "simultaneous"


@app.command("compare")
def compare_(
    runs: Annotated[
        list[str] | None,
        typer.Argument(help="Names or paths of runs, the baseline first. (default: the newest of each strategy)"),
    ] = None,
    k: Annotated[str | None, typer.Option("--k", help="Values of k, for example 1,5,10.")] = None,
    by: Annotated[
        By | None, typer.Option("--by", rich_help_panel=MORE, help="Also at equal cost per problem, on this axis.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", rich_help_panel=MORE, help="Budgets of --by, for example 1000,5000. (default: chosen)"),
    ] = None,
    submit: Annotated[
        str, typer.Option("--submit", rich_help_panel=MORE, help="n of n@k: how many attempts a user may submit.")
    ] = "1",
    by_group: Annotated[
        GroupedBy | None, typer.Option("--by-group", rich_help_panel=MORE, help="Also by groups of problems.")
    ] = None,
    extrapolate: Annotated[
        str | None,
        typer.Option("--extrapolate", metavar="K", rich_help_panel=MORE, help="Also pass@k for k beyond the attempts."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", rich_help_panel=MORE, help="Extrapolate beyond ten times the attempts.")
    ] = False,
    reference: Annotated[
        str | None,
        typer.Option(
            "--reference", metavar="NAME", rich_help_panel=MORE, help="Also a published table: plansearch2024."
        ),
    ] = None,
    all_pairs: Annotated[bool, typer.Option("--all-pairs", help="Every pair, not only against the baseline.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of intervals and tests.")] = 0,
    confidence: Annotated[
        float, typer.Option("--confidence", min=0.5, max=0.999, help="Level of the intervals.")
    ] = 0.95,
    band: Annotated[
        BandKind, typer.Option("--band", help="Intervals for each k, or for all k of a run at once.")
    ] = BandKind.pointwise,
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-if",
            metavar="GATE",
            rich_help_panel=GATES,
            help='End in exit code 4 if this holds, for example "pass@10 < 0.5" or "difference@5 < 0". Repeatable.',
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", rich_help_panel=OUTPUT, help="Print one JSON document.")] = False,
    csv: Annotated[bool, typer.Option("--csv", rich_help_panel=OUTPUT, help="Print one line per number.")] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", rich_help_panel=OUTPUT, help="Print GitHub markdown.")
    ] = False,
    latex: Annotated[
        bool, typer.Option("--latex", rich_help_panel=OUTPUT, help="Print LaTeX tables (booktabs).")
    ] = False,
    results: Annotated[Path, typer.Option("--results", help="Directory that holds the runs.")] = Path("results"),
    before: Before = None,
    after: After = None,
) -> None:
    """Compare runs problem by problem, with intervals.

    Without arguments: the newest run of each strategy and model on the benchmark that was run last, against repeated
    sampling if it is among them. docs/compare.md says what each number is.

    Example: cotbench compare repeated-qwen2.5-coder-0.5b-starter plansearch-qwen2.5-coder-0.5b-starter --k 1,4

    Example: cotbench compare A B --by tokens --at 1000,5000 --fail-if "difference_at@5000 < 0"
    """
    if json_ + csv + markdown + latex > 1:
        raise ConfigurationError("give one of --json, --csv, --markdown and --latex")
    if at is not None and by is None:
        raise ConfigurationError("--at needs an axis", hint="give --by, for example --by tokens")
    gates = [read_gate(text) for text in fail_if or []]
    wanted = Wanted(
        axis=None if by is None else by.value,
        at=None if at is None else tuple(_numbers("--at", at, float)),
        group_by=None if by_group is None else by_group.value,
        submissions=tuple(
            sorted({*_numbers("--submit", submit, int), *(n for gate in gates for n in gate.submissions)})
        ),
        farther=() if extrapolate is None else tuple(_numbers("--extrapolate", extrapolate, int)),
        force=force,
        reference=reference,
        band=band.value,
        also_ks=tuple(k for gate in gates for k in gate.ks),
        also_at=tuple(budget for gate in gates for budget in gate.budgets),
    )
    period = read_period(before, after)
    tables = [within(run_table(run), period) for run in find_several(runs or [], results, newest=NEWEST)]
    if not runs:
        tables.sort(key=lambda table: table.spec.strategy != BASELINE)
    if len(tables) == 1:
        raise _alone(tables[0], results)
    console = Console(emoji=False)
    labels = short_labels(tables, max(_LEAST_LABEL, console.width - _COST_WIDTH))
    names = run_names(tables)
    plain = json_ or csv or markdown or latex
    shown = names if plain else labels
    comparison = compare(tables, read_ks(k), seed, confidence, all_pairs=all_pairs, names=shown, wanted=wanted)
    failed = unmet(gates, comparison, {**dict(zip(labels, shown, strict=True)), **dict(zip(names, shown, strict=True))})
    if json_:
        sys.stdout.write(orjson.dumps(comparison.to_plain(), option=orjson.OPT_INDENT_2).decode() + "\n")
    elif plain:
        write = as_csv if csv else as_markdown if markdown else as_latex
        sys.stdout.write(write(comparison))
    else:
        print_comparison(comparison, [table.name for table in tables], console)
    for line in failed:
        typer.echo(f"gate not met: {line}", err=True)
    if failed:
        raise typer.Exit(GATE)


def _numbers(flag: str, text: str, kind: Callable[[str], Number]) -> list[Number]:
    try:
        return sorted({kind(part) for part in text.split(",")})
    except ValueError:
        what = "whole numbers" if kind is int else "numbers"
        raise ConfigurationError(f"{flag} {text}: {what} separated by commas were expected") from None


def _alone(table: RunTable, results: Path) -> ConfigurationError:
    if table.spec.strategy == GRADED:
        place = [] if results == RESULTS else ["--results", str(results)]
        command = shlex.join(["cotbench", "run", "--benchmark", table.spec.benchmark, "--limit", ALL, *place])
        return ConfigurationError(
            f"two runs are needed to compare, and there is only {table.name}", hint=f"make another with: {command}"
        )
    other = OTHER if table.spec.strategy == BASELINE else BASELINE
    return ConfigurationError(
        f"two runs are needed to compare, and there is only {table.name}",
        hint=f"make another with: {command_for(other, table.spec, results, table.path)}",
    )
