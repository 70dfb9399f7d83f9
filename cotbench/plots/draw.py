"""From runs to a file: the one way in which every kind of figure is drawn and written."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cotbench.analysis.frames import RunTable
from cotbench.core.errors import ConfigurationError
from cotbench.plots.kind import Choices, Drawing, FigureData, data_csv
from cotbench.plots.output import check_place, figure_format, save, save_text
from cotbench.plots.page import COLUMN, Page
from cotbench.plots.registry import kind_named
from cotbench.plots.style import house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NARROWEST, WIDEST = 2.0, 20.0
"""Widths in inches between which labels and axes have room."""

_FLAGS = {"ks": "--k", "band": "--band", "by": "--by"}


def figure(
    kind: str,
    tables: Sequence[RunTable],
    *,
    choices: Choices | None = None,
    width: float = COLUMN,
    style: Path | None = None,
) -> Figure:
    """Return the figure of a kind, `width` inches wide, for a notebook.

    Raises ConfigurationError for an unknown kind, a choice that it does not heed, or runs that it cannot draw.
    """
    drawing = _drawing(kind, tables, choices or Choices())
    with house_style(style):
        return _page(drawing, width)


def figure_data(kind: str, tables: Sequence[RunTable], *, choices: Choices | None = None) -> FigureData:
    """Return the numbers of a figure: `caption`, `columns` and `lines()`. Raises as `figure` does."""
    return _drawing(kind, tables, choices or Choices()).data


def draw(
    kind: str,
    tables: Sequence[RunTable],
    out: Path,
    *,
    choices: Choices | None = None,
    width: float = COLUMN,
    style: Path | None = None,
    data: Path | None = None,
) -> Path:
    """Draw a kind of figure into a file, its numbers into `data` if that is given, and return the file.

    The ending of `out` chooses PNG (300 dpi), SVG or PDF. Raises ConfigurationError as `figure` does and for an
    unknown ending, StoreError if a file cannot be written.
    """
    figure_format(out)
    check_place(out)
    if data is not None:
        check_place(data)
    drawing = _drawing(kind, tables, choices or Choices())
    with house_style(style):
        save(_page(drawing, width), out)
    if data is not None:
        save_text(data_csv(drawing.data), data)
    return out


def _drawing(name: str, tables: Sequence[RunTable], choices: Choices) -> Drawing:
    kind = kind_named(name)
    usual = Choices()
    for field in dataclasses.fields(Choices):
        flag = _FLAGS.get(field.name)
        changed = getattr(choices, field.name) != getattr(usual, field.name)
        if flag and changed and field.name not in kind.heeds:
            raise ConfigurationError(f"{flag} has no meaning for --kind {name}", hint=f"leave {flag} out")
    return kind.of(tables, choices)


def _page(drawing: Drawing, width: float) -> Figure:
    if not NARROWEST <= width <= WIDEST:
        raise ConfigurationError(f"a figure of {width:g} inches: give a width from {NARROWEST:g} to {WIDEST:g}")
    page = Page(width)
    page.caption = drawing.data.caption
    drawing.paint(page)
    return page.settle()
