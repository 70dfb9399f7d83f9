"""`cotbench benchmark`: what concerns a benchmark itself; `validate` checks one before it judges anybody."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, get_args

import orjson
import typer
from rich.console import Console
from rich.table import Table

from cotbench.analysis.notes import counted
from cotbench.benchmarks.checking import Finding, Kind, Placed, read_through, sort_out
from cotbench.benchmarks.registry import read_entries
from cotbench.cli.app import GATE, INTERRUPTED, OK
from cotbench.cli.safety import AllowUnsafe, Isolation, Slots, warn_if_unsafe
from cotbench.engine import open_grader, run_references

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)

_SHOWN = 20
_FIRST_WORD = 20


@dataclass(frozen=True, slots=True)
class _Report:
    benchmark: str
    problems: Sequence[Placed]
    findings: Sequence[Finding]

    @property
    def unchecked(self) -> list[str]:
        return [problem.id for _, problem in self.problems if not problem.reference]


@app.callback()
def benchmark() -> None:
    """Check a benchmark before it judges anybody.

    Example: cotbench benchmark validate problems.jsonl
    """


@app.command()
def validate(
    name: Annotated[str, typer.Argument(metavar="FILE", help="Your file, or any name that --benchmark takes.")],
    slots: Slots = None,
    isolation: Isolation = None,
    allow_unsafe: AllowUnsafe = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")] = False,
) -> None:
    """Find what is wrong with a benchmark: rows, duplicates, contradictions, tests, references.

    Every row is checked against the schema. Test programs are tried, and references run on public and hidden cases, in
    the sandbox. Exit code 0 if nothing is wrong, 4 if something is, 2 if the benchmark cannot be read at all.

    Example: cotbench benchmark validate problems.jsonl
    """
    screen = Console(stderr=True, quiet=quiet)
    placed, faults = sort_out(read_entries(name))
    faults += read_through(placed)
    try:
        faults += _run(placed, screen, slots=slots, isolation=isolation, allow_unsafe=allow_unsafe)
    except KeyboardInterrupt:
        typer.echo("interrupted; nothing is kept, the same command starts again", err=True)
        raise typer.Exit(INTERRUPTED) from None
    order = get_args(Kind)
    faults.sort(key=lambda finding: order.index(finding.kind))
    report = _Report(name, placed, faults)
    if json_:
        sys.stdout.write(orjson.dumps(_plain(report), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _print(report, Console(emoji=False))
    raise typer.Exit(GATE if faults else OK)


def _run(
    placed: Sequence[Placed], screen: Console, *, slots: int | None, isolation: str | None, allow_unsafe: bool
) -> list[Finding]:
    def progress(done: int, owed: int) -> None:
        if owed >= _FIRST_WORD and done % max(1, owed // 4) == 0:
            _say(screen, f"{done:,} of {owed:,} problems run")

    runnable = [(where, problem) for where, problem in placed if problem.hidden]
    if not runnable:
        return []
    with open_grader(slots=slots, isolation=isolation, allow_unsafe=allow_unsafe) as grader:
        warn_if_unsafe(grader.isolation, screen)
        return run_references(runnable, grader, progress)


def _plain(report: _Report) -> dict[str, object]:
    return {
        "benchmark": report.benchmark,
        "ok": not report.findings,
        "problems": len(report.problems),
        "without_reference": report.unchecked,
        "counts": Counter(finding.kind for finding in report.findings),
        "findings": [asdict(finding) for finding in report.findings],
    }


def _print(report: _Report, console: Console) -> None:
    counts = Counter(finding.kind for finding in report.findings)
    shown: Counter[str] = Counter()
    for finding in report.findings:
        shown[finding.kind] += 1
        if shown[finding.kind] <= _SHOWN:
            whose = ", ".join(part for part in (finding.where, finding.problem) if part)
            _say(console, f"{finding.kind}: {whose}: {finding.text}")
        elif shown[finding.kind] == counts[finding.kind]:
            _say(console, f"{finding.kind}: {counts[finding.kind] - _SHOWN:,} more; --json lists all")
    table = Table()
    table.add_column("check")
    table.add_column("found", justify="right")
    for kind in get_args(Kind):
        table.add_row(kind, f"{counts[kind]:,}", style="red" if counts[kind] else "")
    console.print(table)
    problems, unchecked = report.problems, report.unchecked
    run = len(problems) - len(unchecked)
    _say(console, f"{report.benchmark}: {counted(len(problems), 'problem')}, {counted(run, 'reference')} run")
    if unchecked:
        names = ", ".join(unchecked[:_SHOWN]) + (" …" if len(unchecked) > _SHOWN else "")
        _say(console, f"note: {counted(len(unchecked), 'problem')} without a reference, cases not checked: {names}")
    _say(console, f"{counted(len(report.findings), 'fault')} found" if report.findings else "nothing is wrong with it")


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
