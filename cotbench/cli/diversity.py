"""`cotbench diversity`: how different the programs of runs are, and whether that predicts the gain from attempts."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from cotbench.analysis import RunTable, run_table
from cotbench.analysis.dated import read_period, within
from cotbench.analysis.diverse import DiversitySettings, measure
from cotbench.analysis.diversity import EDIT_PAIRS, RunDiversity
from cotbench.analysis.diversity_text import (
    all_notes,
    diversity_csv,
    diversity_markdown,
    diversity_plain,
    gain_cells,
    gain_heads,
    ladder_heads,
    ladder_rows,
)
from cotbench.analysis.gain import Gain, gain
from cotbench.analysis.labels import run_names
from cotbench.analysis.programs import run_programs
from cotbench.benchmarks.registry import load_benchmark
from cotbench.cli.app import INCOMPLETE, INTERRUPTED, OK
from cotbench.cli.judging_pairs import JudgeRequest, have_judged
from cotbench.cli.runs import find_several, same_command
from cotbench.cli.safety import AllowUnsafe, Isolation, Slots
from cotbench.cli.selection import After, Before
from cotbench.cli.specify import RESULTS
from cotbench.cli.tables import aligned, heading, paragraph
from cotbench.cli.watching import Sandbox, watch
from cotbench.core.budget import Caps
from cotbench.core.errors import ConfigurationError, StoreError
from cotbench.core.problem import Problem
from cotbench.engine import GENERATED
from cotbench.store import RunDirectory

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

NEWEST = 6
JUDGE = "Judge"
BEHAVIOUR = "Behaviour"


class Among(StrEnum):
    """Which programs count."""

    all = "all"
    passed = "passed"
    failed = "failed"


@dataclass(frozen=True, slots=True)
class _Form:
    json: bool
    csv: bool
    markdown: bool


@app.command()
def diversity(
    runs: Annotated[
        list[str] | None, typer.Argument(help="Names or paths of runs. (default: the newest of each strategy)")
    ] = None,
    gain_: Annotated[
        bool, typer.Option("--gain", help="Correlate D with the gain from more attempts, over runs and problems.")
    ] = False,
    k: Annotated[
        int | None, typer.Option("--k", help="The k of the gain. (default: about half of the attempts)")
    ] = None,
    among: Annotated[Among, typer.Option("--among", help="Programs that count, by their hidden verdicts.")] = Among.all,
    draws: Annotated[
        int | None,
        typer.Option("--draws", min=1, help="Programs that effective numbers are in. (default: the fewest)"),
    ] = None,
    edit_pairs: Annotated[
        int, typer.Option("--edit-pairs", min=1, help="Pairs per problem whose trees are compared.")
    ] = EDIT_PAIRS,
    behaviour: Annotated[
        bool,
        typer.Option(
            "--behaviour/--no-behaviour",
            help="Run programs that were not yet run on public and generated inputs.",
            rich_help_panel=BEHAVIOUR,
        ),
    ] = True,
    inputs: Annotated[
        int, typer.Option("--inputs", min=0, help="Inputs generated per problem.", rich_help_panel=BEHAVIOUR)
    ] = GENERATED,
    slots: Slots = None,
    isolation: Isolation = None,
    allow_unsafe: AllowUnsafe = False,
    judge: Annotated[
        str | None,
        typer.Option("--judge", help="Model that says which programs share an idea.", rich_help_panel=JUDGE),
    ] = None,
    judge_pairs: Annotated[
        int,
        typer.Option("--judge-pairs", min=1, help="Pairs per problem, each in both orders.", rich_help_panel=JUDGE),
    ] = 20,
    summaries: Annotated[
        bool,
        typer.Option(
            "--summaries/--no-summaries",
            help="Have the idea of each program put into words first, as in the paper.",
            rich_help_panel=JUDGE,
        ),
    ] = True,
    max_usd: Annotated[
        float | None,
        typer.Option("--max-usd", help="Stop before judging a run costs more dollars.", rich_help_panel=JUDGE),
    ] = None,
    max_tokens: Annotated[
        int | None,
        typer.Option("--max-tokens", help="Stop before judging a run uses more tokens.", rich_help_panel=JUDGE),
    ] = None,
    max_calls: Annotated[
        int | None, typer.Option("--max-calls", help="Stop after so many replies per run.", rich_help_panel=JUDGE)
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option("--concurrency", min=1, help="Replies asked for at a time.", rich_help_panel=JUDGE)
    ] = None,
    timeout: Annotated[
        float | None, typer.Option("--timeout", min=0.1, help="Seconds to wait for a reply.", rich_help_panel=JUDGE)
    ] = None,
    api_base: Annotated[
        str | None, typer.Option("--api-base", help="URL of an OpenAI-compatible server.", rich_help_panel=JUDGE)
    ] = None,
    api_key_env: Annotated[
        str | None,
        typer.Option("--api-key-env", help="Environment variable that holds the API key.", rich_help_panel=JUDGE),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of pairs, inputs and intervals.")] = 0,
    confidence: Annotated[
        float, typer.Option("--confidence", min=0.5, max=0.999, help="Level of the intervals.")
    ] = 0.95,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print one line per number.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print GitHub markdown.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")] = False,
    results: Annotated[Path, typer.Option("--results", help="Directory that holds the runs.")] = RESULTS,
    before: Before = None,
    after: After = None,
) -> None:
    """Say how different the programs of runs are.

    By text, tokens, syntax tree, edit distance and behaviour without any model; with --judge also by idea. What was
    run or asked once is kept in the run's directory and never again run or paid for; docs/diversity.md explains all
    numbers.

    Example: cotbench diversity repeated-latent-latent plansearch-latent-latent --judge sim/latent --gain
    """
    if json_ + csv + markdown > 1:
        raise ConfigurationError("give one of --json, --csv and --markdown")
    period = read_period(before, after)
    found = find_several(runs or [], results, newest=NEWEST)
    if len({table.path.resolve() for table in found}) < len(found):
        raise ConfigurationError("the same run is given twice", hint="name each run once")
    tables = [within(run_table(run), period) for run in found]
    screen = Console(stderr=True, quiet=quiet)
    settings = DiversitySettings(draws, edit_pairs, among.value, seed, confidence)
    request = None
    if judge is not None:
        caps = Caps(usd=max_usd, tokens=max_tokens, calls=max_calls)
        request = JudgeRequest(judge, judge_pairs, summaries, caps, concurrency, timeout, api_base, api_key_env)
    complete = True
    try:
        for run, table in zip(found, tables, strict=True):
            if not (behaviour or request):
                break
            problems = _problems(run, table)
            if behaviour:
                watch(run, problems, Sandbox(slots, isolation, allow_unsafe), screen, seed=seed, generated=inputs)
            if request is not None:
                programs = run_programs(run, [problem.id for problem in problems], among.value).problems
                complete &= have_judged(run, problems, programs, request, screen, seed=seed)
    except (KeyboardInterrupt, asyncio.CancelledError):
        typer.echo(f"interrupted; what was run and asked is kept. Continue with: {same_command()}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    measured = measure(tables, settings)
    labels = run_names(tables)
    gained = gain(measured, labels, k=k, seed=seed, confidence=confidence) if gain_ else None
    _show(measured, labels, settings, gained, _Form(json_, csv, markdown))
    raise typer.Exit(OK if complete else INCOMPLETE)


def _problems(run: RunDirectory, table: RunTable) -> tuple[Problem, ...]:
    """Return the problems of a run with their statements and inputs. Raises StoreError if the data are others now."""
    benchmark = load_benchmark(table.spec.benchmark)
    if benchmark.digest != table.manifest.dataset:
        raise StoreError(
            f"{run.path} was made from another version of {benchmark.name}: dataset digest "
            f"{table.manifest.dataset[:12]} → {benchmark.digest[:12]}",
            hint="bring the old data back, or leave out what needs the problems: --no-behaviour and no --judge",
        )
    wanted = {row.problem for row in table.problems}
    return tuple(problem for problem in benchmark.problems if problem.id in wanted)


def _show(
    measured: Sequence[RunDiversity],
    labels: Sequence[str],
    settings: DiversitySettings,
    gained: Gain | None,
    form: _Form,
) -> None:
    if form.json:
        document = diversity_plain(measured, labels, settings, gained)
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
    elif form.csv:
        sys.stdout.write(diversity_csv(measured, labels, gained))
    elif form.markdown:
        sys.stdout.write(diversity_markdown(measured, labels, settings, gained))
    else:
        _print(measured, labels, settings, gained, Console(emoji=False))


def _print(
    measured: Sequence[RunDiversity],
    labels: Sequence[str],
    settings: DiversitySettings,
    gained: Gain | None,
    console: Console,
) -> None:
    level = f"{100 * settings.confidence:g} %"
    for run, label in zip(measured, labels, strict=True):
        simulated = " [simulated]" if run.table.manifest.simulated else ""
        among = "" if settings.among == "all" else f", programs that {settings.among}"
        heading(f"{label}{simulated}, {len(run.problems):,} problems{among}", console)
        _lines(aligned([ladder_heads(), *ladder_rows(run)]), console)
        console.print()
    if gained is not None:
        heading(f"D against gain, pass@{gained.k} over pass@1: Spearman's correlation", console)
        _lines(aligned([gain_heads(), *(gain_cells(row) for row in gained.rows)]), console)
        console.print()
    draws = measured[0].draws
    paragraph(
        f"D: chance that two programs of one problem differ (tree edit distance: its mean); order 0, 1, 2: effective "
        f"numbers of different programs in {draws}; {level} intervals over problems",
        console,
        indent="  ",
    )
    for note in all_notes(measured, labels, gained):
        paragraph(f"note: {note}", console, indent="  ")


def _lines(lines: Sequence[str], console: Console) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
