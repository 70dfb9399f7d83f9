"""What came of a study: its runs side by side for each benchmark and model, and which of them owe something."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
import typer
from rich.console import Console

from cotbench.analysis import RunTable, compare, run_table, summarise
from cotbench.analysis.equal_tokens import Within, solved_within, within_plain
from cotbench.analysis.notes import counted
from cotbench.cli.comparing import print_comparison
from cotbench.cli.members import Member, Plan
from cotbench.cli.runs import same_command
from cotbench.cli.specify import RESULTS
from cotbench.cli.tables import aligned, chance, heading, number, paragraph, percent, points, print_summary
from cotbench.core.errors import ConfigurationError
from cotbench.store import RunDirectory


@dataclass(frozen=True, slots=True)
class MemberEnd:
    """How a member ended: `fault` says what is missing and why, "" where nothing is owed; `capped` that it is a cap of
    the study.
    """

    member: Member
    directory: RunDirectory | None
    fault: str = ""
    capped: bool = False
    bug: Exception | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing is owed."""
        return not self.fault

    @property
    def words(self) -> str:
        """The end in a line."""
        return self.fault or "complete"


@dataclass(frozen=True, slots=True)
class _Group:
    """The runs of one model on one benchmark that have anything to show, with what the study calls them."""

    model: str
    benchmark: str
    labels: tuple[str, ...]
    tables: tuple[RunTable, ...]

    @property
    def name(self) -> str:
        return f"{self.model} on {self.benchmark}"


def print_study(plan: Plan, ends: Sequence[MemberEnd], results: Path, *, as_json: bool) -> bool:
    """Print the comparison of each model and benchmark and the list of what is owed; return whether nothing is."""
    groups = list(_groups(ends))
    if as_json:
        _print_json(plan, ends, groups)
    else:
        console = Console(emoji=False)
        for group in groups:
            _print_group(plan, group, console)
        _print_next(plan, groups, results, console)
    owed = [end for end in ends if not end.complete]
    if owed:
        typer.echo(f"incomplete: {len(owed)} of {counted(len(ends), 'run')}:", err=True)
        for end in owed:
            typer.echo(f"  {end.member.title}: {end.fault}", err=True)
        how = (
            "To go on, give the same command with a larger cap" if any(end.capped for end in owed) else "Continue with"
        )
        typer.echo(f"{how}: {same_command()}", err=True)
    return not owed


def _groups(ends: Sequence[MemberEnd]) -> Iterable[_Group]:
    places = dict.fromkeys((end.member.spec.model, end.member.spec.benchmark) for end in ends)
    for model, benchmark in places:
        chosen: list[tuple[str, RunTable]] = []
        for end in ends:
            spec = end.member.spec
            if (spec.model, spec.benchmark) == (model, benchmark) and end.directory is not None:
                table = run_table(end.directory)
                if table.evaluated:
                    chosen.append((end.member.label, table))
        if chosen:
            labels, tables = zip(*chosen, strict=True)
            yield _Group(model, benchmark, labels, tables)


def _print_group(plan: Plan, group: _Group, console: Console) -> None:
    console.print()
    if len(group.tables) == 1:
        print_summary(summarise(group.tables[0]), console)
        return
    names = [table.name for table in group.tables]
    try:
        comparison = compare(group.tables, names=group.labels)
        within = _within(plan, group)
    except ConfigurationError as error:
        heading(group.name, console)
        paragraph(f"no comparison: {error}", console, indent="  ")
        return
    heading(group.model, console)
    print_comparison(comparison, names, console)
    if within:
        _print_within(within, plan.tokens or 0, console)


def _within(plan: Plan, group: _Group) -> tuple[Within, ...]:
    return () if plan.tokens is None else solved_within(group.tables, group.labels)


def _print_within(rows: Sequence[Within], tokens: int, console: Console) -> None:
    heading(f"\nSolved within {tokens:,} tokens per problem, prompts and replies together, by any attempt", console)
    cells = [["", "solved", "95 % interval", "tokens", "attempts", "difference", "p", "p (Holm)"]]
    for row in rows:
        low, high = row.interval.low, row.interval.high
        other = row.against
        cells.append(
            [
                row.run,
                f"{row.solved} of {row.problems}",
                f"{percent(low)} – {percent(high)}",
                number(row.tokens),
                f"{row.attempts:,.1f}",
                *(
                    ("", "", "")
                    if other is None
                    else (
                        f"{points(other.estimate)} [{points(other.interval.low)}, {points(other.interval.high)}]",
                        chance(other.p),
                        chance(other.p_holm),
                    )
                ),
            ]
        )
    for line in aligned(cells):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    paragraph("tokens and attempts: means per problem; difference: from the first run, in points", console, indent="  ")


def _print_next(plan: Plan, groups: Sequence[_Group], results: Path, console: Console) -> None:
    """Print the commands that take these runs."""
    place = [] if results == RESULTS else ["--results", str(results)]
    several = [group for group in groups if len(group.tables) > 1]
    if not several:
        return
    lines = ["", "Next:"]
    for group in several:
        named = plan.study and len(groups) == 1
        runs = [plan.study] if named else [table.name for table in group.tables]
        lines += [f"  {shlex.join(['cotbench', verb, *runs, *place])}" for verb in ("compare", "plot")]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _print_json(plan: Plan, ends: Sequence[MemberEnd], groups: Sequence[_Group]) -> None:
    comparisons: list[dict[str, object]] = []
    for group in groups:
        plain: dict[str, object] = {"model": group.model, "benchmark": group.benchmark}
        if len(group.tables) > 1:
            try:
                plain["comparison"] = compare(group.tables, names=group.labels).to_plain()
                plain["within"] = within_plain(_within(plan, group))
            except ConfigurationError as error:
                plain["fault"] = str(error)
        comparisons.append(plain)
    tables = {table.path: table for group in groups for table in group.tables}
    runs: list[dict[str, object]] = []
    for end in ends:
        table = None if end.directory is None else tables.get(end.directory.path)
        runs.append(
            {
                "label": end.member.label,
                "run": end.directory and end.directory.name,
                "complete": end.complete,
                "fault": end.fault,
                "summary": table and summarise(table).to_plain(),
            }
        )
    document = {
        "study": plan.study,
        "tokens_per_problem": plan.tokens,
        "complete": all(end.complete for end in ends),
        "runs": runs,
        "comparisons": comparisons,
    }
    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
