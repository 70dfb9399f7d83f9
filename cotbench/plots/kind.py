"""What a kind of figure is: a function from runs to plain data, and a function that draws such data on a page.

A new kind is one module of this package with a frozen dataclass (see `FigureData`), the two functions, and a `Kind`
that names them; a row in `registry.py` makes it known to `cotbench plot`. Data know nothing of drawing and are what
`--data` writes; drawing computes nothing that a reader could want as a number.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Generic, Protocol, TypeVar

from cotbench.analysis.frames import RunTable
from cotbench.plots.page import Page
from cotbench.stats.pseudo import Band

Cell = str | int | float | None
"""One value of a CSV file; None is an empty field."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user may choose about the numbers of a figure. A kind names those that it heeds in `Kind.heeds`.

    `ks` are values of k (None: all that make a smooth curve), `by` is the axis of cost, `seed` and `confidence` belong
    to every interval.
    """

    seed: int = 0
    confidence: float = 0.95
    ks: tuple[int, ...] | None = None
    band: Band = "pointwise"
    by: str | None = None


class FigureData(Protocol):
    """The numbers of a figure: a frozen dataclass with one line per number and a sentence about all of them."""

    columns: ClassVar[tuple[str, ...]]

    @property
    def caption(self) -> str:
        """What was measured, on how much (problems, n, k), and how the intervals were made."""
        ...

    def lines(self) -> Iterable[tuple[Cell, ...]]:
        """Give one tuple per line of the CSV file, in the order of `columns`."""
        ...


D = TypeVar("D", bound=FigureData)


@dataclass(frozen=True, slots=True)
class Drawing:
    """The data of one figure, and how they are drawn."""

    data: FigureData
    paint: Callable[[Page], None]


@dataclass(frozen=True, slots=True)
class Kind(Generic[D]):
    """One kind of figure. `heeds` are the fields of `Choices`, beside seed and confidence, that change it.

    `gather` raises ConfigurationError where the runs hold nothing to draw or cannot stand in one figure.
    """

    name: str
    about: str
    gather: Callable[[Sequence[RunTable], Choices], D]
    paint: Callable[[D, Page], None]
    heeds: tuple[str, ...] = ()

    def of(self, tables: Sequence[RunTable], choices: Choices) -> Drawing:
        """Return the figure of these runs."""
        data = self.gather(tables, choices)
        return Drawing(data, partial(self.paint, data))


class AnyKind(Protocol):
    """A kind whatever its data."""

    @property
    def name(self) -> str:
        """The word after --kind."""
        ...

    @property
    def about(self) -> str:
        """What the figure shows, as part of a sentence."""
        ...

    @property
    def heeds(self) -> tuple[str, ...]:
        """Fields of Choices that change it."""
        ...

    def of(self, tables: Sequence[RunTable], choices: Choices) -> Drawing:
        """Return the figure of these runs."""
        ...


def data_csv(data: FigureData) -> str:
    """Return the data as CSV: a header, then one line per number, with full precision."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(data.columns)
    table.writerows(data.lines())
    return text.getvalue()
