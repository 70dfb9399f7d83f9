"""The house style: lines, markers and greys that stay apart in black and white and for the colour-blind, plain axes.

Sizes are those of print: a figure is made at the width that it has on the paper. A matplotlib style file of the user's
lies over the house style; its colours, dashes and markers are taken where its `axes.prop_cycle` names them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cotbench.core.errors import ConfigurationError, near_matches

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RC: dict[str, object] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.0,
    "axes.labelsize": 8.0,
    "axes.titlesize": 8.0,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.labelpad": 2.0,
    "grid.color": "#d9d9d9",
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.0,
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
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


@contextlib.contextmanager
def house_style(file: Path | None = None) -> Iterator[None]:
    """Draw in the house style, with the user's file over it, and leave matplotlib's settings as they were.

    Raises ConfigurationError if the file cannot be read or has a setting that matplotlib does not know.
    """
    import matplotlib as mpl
    from cycler import cycler

    cycle = cycler(
        color=[style.colour for style in _STYLES],
        linestyle=[style.dash for style in _STYLES],
        marker=[style.marker for style in _STYLES],
    )
    own = {} if file is None else _read_style(file)
    settings = {**RC, "axes.prop_cycle": cycle, **own}
    with mpl.rc_context(cast("dict[object, object]", settings)):  # type: ignore[arg-type]
        yield


def line_style(place: int) -> LineStyle:
    """Return the style of the line at this place, after the settings in force; styles repeat when they run out."""
    import matplotlib as mpl

    ours = _STYLES[place % len(_STYLES)]
    cycle = {key: list(values) for key, values in mpl.rcParams["axes.prop_cycle"].by_key().items()}
    found = {key: values[place % len(values)] for key, values in cycle.items() if values}
    return LineStyle(
        colour=str(found.get("color", ours.colour)),
        dash=cast(Dash, found.get("linestyle", ours.dash)),
        marker=str(found.get("marker", ours.marker)),
    )


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


def share_axis(axes: Axes, top: float) -> None:
    """Make the y axis one of shares, from 0 to a little above `top`, in per cent with light lines across."""
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    axes.set_ylim(0.0, min(1.0, max(0.05, top * 1.06)))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1.0, decimals=None, symbol=" %"))
    axes.grid(axis="y")


def _read_style(file: Path) -> dict[str, object]:
    import matplotlib as mpl

    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ConfigurationError(
            f"cannot read the style file {file}: {reason}", hint="give --style a matplotlib style file"
        ) from error
    for number, line in enumerate(lines, start=1):
        text = line.split("#", 1)[0].strip()
        key = text.split(":", 1)[0].strip()
        if text and (":" not in text or key not in mpl.rcParams):
            close = near_matches(key, mpl.rcParams)
            raise ConfigurationError(
                f"{file}, line {number}: {key!r} is no setting of matplotlib",
                hint="" if close.startswith("known") else close,
            )
    try:
        found = mpl.rc_params_from_file(file, fail_on_error=True, use_default_template=False)
    except ValueError as error:
        raise ConfigurationError(f"{file}: {error}") from error
    # Another canvas would open windows; where figures are shown is not a matter of style.
    return {str(key): value for key, value in found.items() if not str(key).startswith(("backend", "interactive"))}
