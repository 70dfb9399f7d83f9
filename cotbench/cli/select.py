"""`cotbench select`: let selectors choose among a run's attempts."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cotbench.analysis import run_table
from cotbench.analysis.coverage import split_ks
from cotbench.benchmarks.registry import load_benchmark
from cotbench.cli.app import INCOMPLETE, INTERRUPTED, OK
from cotbench.cli.runs import find, same_command
from cotbench.cli.safety import AllowUnsafe, Isolation, Slots, warn_if_unsafe
from cotbench.cli.select_report import Choice, report
from cotbench.cli.specify import RESULTS
from cotbench.core.errors import ConfigurationError, StoreError
from cotbench.core.problem import Problem
from cotbench.core.protocols import Grader
from cotbench.engine import GENERATED, open_grader
from cotbench.engine.drawing import DRAWS, Wish
from cotbench.engine.pools import pools_of
from cotbench.engine.selecting import Selections, select_free
from cotbench.grading import GRADER_VERSION
from cotbench.selectors import SELECTORS, SelectorEntry, selector_entry
from cotbench.store import RunDirectory, RunWriter, read_rows

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

DEFAULT = "first,public,cluster,mbr,oracle"
_ALWAYS = ("first", "public", "oracle")
_FIRST_WORD = 20


@app.command()
def select(
    run: Annotated[str, typer.Argument(help="Name or path of the run; `cotbench list runs`.")],
    selector: Annotated[
        str,
        typer.Option("--selector", "-s", help=f"Which, separated by commas: {', '.join(SELECTORS)}."),
    ] = DEFAULT,
    n: Annotated[int, typer.Option("--n", min=1, help="How many attempts are submitted.")] = 1,
    k: Annotated[
        str | None,
        typer.Option("--k", help="Out of how many attempts, for example 1,5,10. (default: all that every problem has)"),
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", min=1, help="Draws of k attempts per problem, where there is no closed form.")
    ] = DRAWS,
    inputs: Annotated[
        int, typer.Option("--inputs", min=0, help="Generated inputs that programs are watched on, beside public ones.")
    ] = GENERATED,
    seed: Annotated[int, typer.Option("--seed", help="Seed of inputs, draws and intervals.")] = 0,
    slots: Slots = None,
    isolation: Isolation = None,
    allow_unsafe: AllowUnsafe = False,
    results: Annotated[Path, typer.Option("--results", help="Directory that holds the runs.")] = RESULTS,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")] = False,
) -> None:
    """Let selectors choose among a run's attempts.

    Prints n@k: how often one of n submitted attempts is right, out of k drawn at random. What was worked out is kept in
    the run, so that the same command again only reads.

    Example: cotbench select repeated-qwen2.5-coder-0.5b-starter --selector cluster,mbr --k 1,3
    """
    directory = find(run, results)
    screen = Console(stderr=True, quiet=quiet)
    entries = _entries(selector)
    table = run_table(directory)
    ks, left_out = split_ks([table.evaluated], _numbers(k))
    if not table.evaluated or not ks:
        raise ConfigurationError(
            f"{directory.path}: no attempts to choose among" if not ks else f"{directory.path}: nothing is judged yet",
            hint=f"every problem has fewer than {min(left_out)} attempts" if left_out else "",
        )
    ks = ks if k is not None else ks[-1:]
    wish = Wish(n=n, ks=ks, draws=draws, seed=seed, generated=inputs)
    problems = _problems(directory, [row.problem for row in table.evaluated])

    @contextlib.contextmanager
    def sandbox() -> Iterator[Grader]:
        with open_grader(slots=slots, isolation=isolation, allow_unsafe=allow_unsafe) as grader:
            warn_if_unsafe(grader.isolation, screen)
            yield grader

    try:
        with directory.lock(), RunWriter(directory.path) as writer:
            rows = read_rows(directory.path)
            pools = pools_of(problems, rows, directory.read_manifest().grader)
            selections = Selections(directory.path, pools, wish, writer)
            selected = select_free(selections, entries, GRADER_VERSION, sandbox, _progress(screen))
    except KeyboardInterrupt:
        typer.echo(f"interrupted; what was worked out is kept. Continue with: {same_command()}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    report(Choice(table, wish, tuple(selected), left_out), as_json=json_)
    owed = {row.problem: row.error for one in selected for row in one.failed}
    if owed:
        typer.echo(f"incomplete: {len(owed)} problems are owed ({next(iter(owed.values()))}).", err=True)
        typer.echo(f"Continue with: {same_command()}", err=True)
    raise typer.Exit(INCOMPLETE if owed else OK)


def _entries(text: str) -> list[SelectorEntry]:
    """Return the selectors that were named, and those that the others are measured by."""
    named = [part.strip() for part in text.split(",") if part.strip()]
    entries = {name: selector_entry(name) for name in (*_ALWAYS, *named)}
    return [entries[name] for name in SELECTORS if name in entries]


def _numbers(text: str | None) -> list[int] | None:
    if text is None:
        return None
    try:
        return sorted({int(part) for part in text.split(",")})
    except ValueError:
        raise ConfigurationError(f"--k {text}: whole numbers separated by commas were expected") from None


def _problems(directory: RunDirectory, names: list[str]) -> list[Problem]:
    """Return the problems of those names. Raises StoreError if the benchmark's data are not the run's."""
    benchmark = load_benchmark(directory.read_spec().benchmark)
    digest = directory.read_manifest().dataset
    if digest != benchmark.digest:
        raise StoreError(
            f"{directory.path} was made from another version of {benchmark.name}: dataset digest "
            f"{digest[:12]} → {benchmark.digest[:12]}",
            hint="bring the old data back, or start another run",
        )
    found = {problem.id: problem for problem in benchmark.problems}
    return [found[name] for name in names]


def _progress(screen: Console) -> Callable[[int, int], None]:
    def say(done: int, owed: int) -> None:
        if owed >= _FIRST_WORD and done % max(1, owed // 4) == 0:
            screen.print(f"{done:,} of {owed:,} programs watched", markup=False, highlight=False, soft_wrap=True)

    return say
