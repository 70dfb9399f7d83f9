"""Sheets: tables of plain values with names and units, shown in the terminal or written as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Value = str | int | float | bool | None
"""One cell; None is unknown or undefined."""

Form = Literal["word", "count", "share", "number"]
"""How a column is shown: `share` as per cent, `number` with two to three digits."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name, which is also its key in JSON, and its form."""

    name: str
    form: Form


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: a name for programs, a title for people, rows of as many cells as there are columns, and notes."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    notes: tuple[str, ...] = ()

    def plain(self) -> dict[str, object]:
        """Return the sheet for JSON: each row as an object, shares as fractions with full precision."""
        keys = [column.name.replace(" ", "_") for column in self.columns]
        return {"rows": [dict(zip(keys, row, strict=True)) for row in self.rows], "notes": list(self.notes)}


def columns(**forms: Form) -> tuple[Column, ...]:
    """Return columns by name and form; an underscore in a name stands for a space."""
    return tuple(Column(name.replace("_", " "), form) for name, form in forms.items())


def shown(value: Value, form: Form) -> str:
    """Return a cell as text; a dash where it is unknown."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if form == "share":
        # Adding zero takes the sign off a zero.
        return f"{round(100 * value, 1) + 0.0:.1f} %"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def plain_sheets(sheets: Sequence[Sheet]) -> dict[str, object]:
    """Return several sheets for JSON by their names."""
    return {sheet.name: sheet.plain() for sheet in sheets}
