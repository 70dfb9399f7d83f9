"""How figures look: line styles, markers and greys that stay apart in black and white, and plain axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RC: dict[str, object] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.labelsize": 9.0,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "xtick.direction": "out",
    "ytick.direction": "out",
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "cotbench",
    "text.usetex": False,
    "text.parse_math": False,
}
"""Settings of every figure, applied for the time it is drawn. TrueType fonts (42) are embedded whole in PDF."""

Dash = str | tuple[int, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class LineStyle:
    """Colour, dash pattern and marker of one line; the colours differ in lightness too."""

    colour: str
    dash: Dash
    marker: str


_STYLES = (
    LineStyle("#1b1b1b", "-", "o"),
    LineStyle("#a63d24", (0, (5, 2)), "s"),
    LineStyle("#4a90d0", (0, (1, 1.4)), "^"),
    LineStyle("#3f8f5b", (0, (6, 1.5, 1, 1.5)), "D"),
    LineStyle("#8a5aa8", (0, (3, 1, 1, 1, 1, 1)), "v"),
    LineStyle("#a97b1c", (0, (9, 3)), "P"),
    LineStyle("#5e8f96", (0, (2, 2)), "X"),
    LineStyle("#7d7d7d", (0, (8, 2, 2, 2)), "<"),
)


def line_style(place: int) -> LineStyle:
    """Return the style of the line at this place; styles repeat after eight."""
    return _STYLES[place % len(_STYLES)]


def attempt_ticks(most: int) -> tuple[int, ...]:
    """Return ticks for a log axis from 1 to `most`: every whole number when few, else 1, 2, 5, 10, 20, 50 …"""
    if most <= 6:
        return tuple(range(1, most + 1))
    ticks: list[int] = []
    step = 1
    while step <= most:
        ticks.extend(tick for tick in (step, 2 * step, 5 * step) if tick <= most)
        step *= 10
    # Beyond four decades the twos and fives would touch.
    return tuple(ticks) if most <= 10_000 else tuple(tick for tick in ticks if str(tick).strip("0") == "1")


def log_attempts_axis(axes: Axes, ticks: Sequence[int], most: int) -> None:
    """Make the x axis logarithmic from 1 to `most` with plain whole numbers at the ticks."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullFormatter, NullLocator

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator([float(tick) for tick in ticks]))
    axes.xaxis.set_major_formatter(FixedFormatter([f"{tick:,}" for tick in ticks]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    margin = float(most) ** 0.03
    axes.set_xlim(1 / margin, most * margin)
