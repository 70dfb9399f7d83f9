"""`cotbench show`: a run's problems, or the tree of thoughts and programs of one problem."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from cotbench.analysis import run_table
from cotbench.analysis.notes import counted
from cotbench.analysis.problems import ORDERS, attempt_sheet, problem_sheet
from cotbench.cli.about import ABOUTS, about_sheets, print_sheet, show_sheets
from cotbench.cli.runs import find
from cotbench.cli.tables import spent_lines
from cotbench.core.attempt import Step
from cotbench.core.errors import ConfigurationError, near_matches
from cotbench.core.verdict import SUITES
from cotbench.store import AttemptRow, RunDirectory, RunRows, VerdictRow, read_rows

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

_WIDTH = 100
_COLOURS = {"passed": "green", "wrong": "red", "no_code": "yellow"}


@app.command()
def show(
    run: Annotated[str, typer.Argument(help="Name or path of the run; `cotbench list runs`.")],
    problem: Annotated[str | None, typer.Argument(help="Problem whose plan tree is shown.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Show whole texts and programs.")] = False,
    sort: Annotated[str, typer.Option("--sort", help=f"Order of the problems: {', '.join(ORDERS)}.")] = "order",
    about: Annotated[str | None, typer.Option("--about", help=f"Show instead: {', '.join(ABOUTS)}.")] = None,
    beside: Annotated[
        list[str] | None, typer.Option("--with", help="Another run to set beside it, for some --about; repeat.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the intervals.")] = 0,
    confidence: Annotated[float, typer.Option("--confidence", min=0.5, max=0.999, help="Level of intervals.")] = 0.95,
    results: Annotated[Path, typer.Option("--results", help="Directory that holds the runs.")] = Path("results"),
) -> None:
    """Show a run, or the plan tree of one problem.

    --about polarisation: solve rates per problem and idea; survival: what is lost at which stage; selection: what the
    public cases are worth; sketches: accuracy by length; calibration: of stated chances; unique: problems that only
    this run or only one --with it solves.

    Example: cotbench show plansearch-qwen2.5-coder-0.5b-starter io-01
    """
    directory = find(run, results)
    console = Console(highlight=False)
    if about is not None:
        if problem is not None:
            raise ConfigurationError(f"--about {about} is about a whole run", hint=f"leave {problem} out")
        others = [run_table(find(name, results)) for name in beside or []]
        sheets = about_sheets(about, run_table(directory), others, seed=seed, confidence=confidence)
        show_sheets(directory.name, about, sheets, console, json=json, full=full)
        return
    if beside:
        raise ConfigurationError("--with has no meaning without --about", hint="for example --about unique")
    if problem is None:
        table = run_table(directory)
        sheet = problem_sheet(table, sort)
        if json:
            show_sheets(directory.name, "problems", [sheet], console, json=True)
            return
        print_sheet(sheet, console)
        for line in spent_lines(table.spent, table.spec.caps):
            console.print(line, markup=False, soft_wrap=True)
        return
    rows = read_rows(directory.path)
    known = directory.read_manifest().problems
    matches = [name for name in known if name == problem] or [name for name in known if name.startswith(problem)]
    if len(matches) != 1:
        hint = f"{len(matches)} problems begin like that" if matches else near_matches(problem, known)
        raise ConfigurationError(f"run {directory.name} has no problem {problem!r}", hint=hint)
    if json:
        show_sheets(directory.name, "attempts", [attempt_sheet(run_table(directory), matches[0])], console, json=True)
        return
    for tree in _trees(directory, rows, matches[0], full):
        console.print(tree)


def _trees(directory: RunDirectory, rows: RunRows, problem: str, full: bool) -> list[Tree]:
    manifest = directory.read_manifest()
    public, hidden = (rows.verdicts_on(suite, manifest.grader) for suite in SUITES)
    trees: list[Tree] = []
    attempts = sorted(
        (row for row in rows.attempts.values() if row.problem == problem), key=lambda row: (row.unit, row.index)
    )
    for unit in sorted({row.unit for row in attempts}):
        mine = [row for row in attempts if row.unit == unit]
        calls = [call for call in rows.calls.values() if (call.problem, call.unit) == (problem, unit)]
        tokens = sum(call.usage.total for call in calls)
        cost = (
            f"{counted(len(calls), 'call')}, {counted(tokens, 'token')}"
            if manifest.programs is None
            else f"of {manifest.programs.name}"
        )
        counts = f" unit {unit}: {counted(len(mine), 'attempt')}, {cost}"
        root = Tree(Text.assemble((problem, "bold"), counts))
        branches: dict[tuple[str, ...], Tree] = {(): root}
        for row in mine:
            verdicts = [
                Text.assemble(f"{suite} ", _outcome(verdict))
                for suite, found in (("public", public), ("hidden", hidden))
                if (verdict := found.get(row.key)) is not None
            ]
            judged = Text(", ").join(verdicts) if verdicts else Text("not judged")
            path = _path(branches, row, full)
            leaf = branches[path].add(Text.assemble((f"program {row.index}", "bold"), " ", judged))
            if row.lineage:
                # What is made from this program hangs on it.
                branches[*path, _place(row.lineage[-1])] = leaf
            if full:
                leaf.add(Text(row.code if row.code is not None else row.lineage[-1].text if row.lineage else ""))
        trees.append(root)
    if not trees:
        raise ConfigurationError(f"problem {problem} has no attempts in {directory.name} yet")
    return trees


def _outcome(verdict: VerdictRow) -> Text:
    colour = _COLOURS.get(verdict.outcome, "magenta")
    remarks = ["in-process"] if verdict.integrity == "in-process" else []
    if len(set(verdict.outcomes)) > 1:
        remarks.append(f"repeated: {', '.join(verdict.outcomes)}")
    remark = f" ({'; '.join(remarks)})" if remarks else ""
    return Text.assemble((verdict.outcome, colour), f" {verdict.passed}/{verdict.total}{remark}")


def _path(branches: dict[tuple[str, ...], Tree], row: AttemptRow, full: bool) -> tuple[str, ...]:
    """Return the branch of the tree that an attempt's program hangs on, sharing what attempts share."""
    path: tuple[str, ...] = ()
    for step in row.lineage[:-1]:
        above = branches[path]
        path = (*path, _place(step))
        if path not in branches:
            branches[path] = above.add(Text.assemble((step.kind, "dim"), " ", _shown(step, full)))
    return path


def _place(step: Step) -> str:
    """Return what tells a step from the others below the same one: a program is the reply that holds it."""
    return f"code:{step.call}" if step.kind == "code" else f"{step.kind}:{step.label}:{step.call}"


def _shown(step: Step, full: bool) -> str:
    if full:
        return step.text
    line = " ".join(step.text.split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"
