"""What `cotbench show --about` can be about, and sheets in the terminal or as JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cotbench.analysis import RunTable
from cotbench.analysis.calibrating import calibration_sheets
from cotbench.analysis.polarisation import polarisation_sheets
from cotbench.analysis.public_cases import selection_sheets
from cotbench.analysis.sheet import Column, Sheet, Value, plain_sheets, shown
from cotbench.analysis.sketches import sketch_sheets
from cotbench.analysis.survival import survival_sheet
from cotbench.analysis.unique import unique_sheet
from cotbench.cli.tables import aligned, heading, paragraph
from cotbench.core.errors import ConfigurationError, near_matches

About = Callable[[RunTable, Sequence[RunTable], int, float], Sequence[Sheet]]

ABOUTS: dict[str, About] = {
    "polarisation": lambda run, _, seed, confidence: polarisation_sheets(run, confidence=confidence, seed=seed),
    "survival": lambda run, _, seed, confidence: [survival_sheet(run, confidence=confidence, seed=seed)],
    "selection": lambda run, _, seed, confidence: selection_sheets(run, confidence=confidence, seed=seed),
    "sketches": lambda run, beside, seed, confidence: sketch_sheets(run, beside, confidence=confidence, seed=seed),
    "calibration": lambda run, _, seed, confidence: calibration_sheets(run, confidence=confidence, seed=seed),
    "unique": lambda run, beside, seed, confidence: [unique_sheet([run, *beside])],
}
"""Subjects by name: from a run, runs beside it, a seed and a confidence to sheets."""

_BESIDE = ("sketches", "unique")
_LONG = 60
_ROWS = 40
_STANDING = 3
"""So few rows of a table that is too wide stand beside each other, its columns below each other."""


def about_sheets(
    about: str, run: RunTable, beside: Sequence[RunTable], *, seed: int, confidence: float
) -> Sequence[Sheet]:
    """Return the sheets of one subject.

    Raises ConfigurationError for an unknown one, runs beside where they mean nothing, or a run that has nothing of it.
    """
    make = ABOUTS.get(about)
    if make is None:
        raise ConfigurationError(f"nothing can be shown about {about!r}", hint=near_matches(about, ABOUTS))
    if beside and about not in _BESIDE:
        raise ConfigurationError(f"--with has no meaning for --about {about}", hint="leave it out")
    if about == "unique" and not beside:
        raise ConfigurationError("--about unique needs other runs", hint="name each with --with RUN")
    return make(run, beside, seed, confidence)


def show_sheets(
    run: str, about: str, sheets: Sequence[Sheet], console: Console, *, json: bool, full: bool = False
) -> None:
    """Print sheets as tables, long ones cut unless `full`; or as one JSON document."""
    if json:
        document = {"run": run, "about": about, **plain_sheets(sheets)}
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    for number, sheet in enumerate(sheets):
        if number:
            console.print()
        print_sheet(sheet, console, most=None if full else _ROWS, letters=None if full else _LONG)


def print_sheet(sheet: Sheet, console: Console, *, most: int | None = None, letters: int | None = None) -> None:
    """Print one sheet, at most so many rows and letters of a cell; columns without any value are left out."""
    heading(sheet.title, console)
    kept = [
        place
        for place in range(len(sheet.columns))
        if not sheet.rows or any(row[place] not in (None, "") for row in sheet.rows)
    ]
    folded = _intervals(sheet)
    limits = {place for found in folded.values() for place in found}
    kept = [place for place in kept if place not in limits]
    heads = [f"{column.name} %" if column.form == "share" else column.name for column in sheet.columns]
    lines = [
        [_cell(_number(sheet, row, place, folded.get(place)), letters) for place in kept] for row in sheet.rows[:most]
    ]
    wide = sum(max(len(heads[place]), *(len(line[at]) for line in lines)) + 2 for at, place in enumerate(kept) if lines)
    if 0 < len(lines) <= _STANDING and wide > console.width:
        for line in aligned([[heads[place], *cells] for place, *cells in zip(kept, *lines, strict=True)]):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    elif lines:
        console.print(_grid([heads[place] for place in kept], [sheet.columns[place] for place in kept], lines))
    if most is not None and len(sheet.rows) > most:
        console.print(f"… and {len(sheet.rows) - most:,} more; --full shows all", markup=False)
    for note in sheet.notes:
        paragraph(f"note: {note}", console, indent="  ")


def _grid(heads: Sequence[str], columns: Sequence[Column], lines: Sequence[Sequence[str]]) -> Table:
    grid = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True, show_edge=False)
    for head, column in zip(heads, columns, strict=True):
        # A number that lost its end would be another number.
        grid.add_column(head, justify="left" if column.form == "word" else "right", overflow="fold")
    for line in lines:
        # What comes from benchmarks and models is Text: as a string "list[int]" would be read as markup.
        grid.add_row(*map(Text, line))
    return grid


def _intervals(sheet: Sheet) -> dict[int, tuple[int, int]]:
    """Return the places of the limits by that of their value x: "low", "high" or "x low", "x high", right behind it."""
    names = [column.name for column in sheet.columns]
    return {
        place: (place + 1, place + 2)
        for place, (name, low, high) in enumerate(zip(names, names[1:], names[2:], strict=False))
        if (low, high) in (("low", "high"), (f"{name} low", f"{name} high"))
    }


def _number(sheet: Sheet, row: Sequence[Value], place: int, limits: tuple[int, int] | None) -> str:
    """Return a cell, without the sign that is in the column's head, and with its interval."""
    value, *ends = (
        shown(row[here], sheet.columns[here].form).removesuffix(" %" if sheet.columns[here].form == "share" else "")
        for here in (place, *(limits or ()))
    )
    return f"{value} [{', '.join(ends)}]" if limits and row[limits[0]] is not None else value


def _cell(text: str, letters: int | None) -> str:
    line = text if letters is None else " ".join(text.split())
    return line if letters is None or len(line) <= letters else f"{line[: letters - 1]}…"
