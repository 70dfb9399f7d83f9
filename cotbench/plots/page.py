"""The page of a figure: one or several panels above each other, room for labels at line ends, and a caption line.

Kinds draw into `page.panels` and say which labels and which caption they want; `settle` measures all text and moves the
panels so that nothing overlaps and nothing is cut, whatever the fonts of the style are.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cotbench.plots.labels import spread, wrapped
from cotbench.plots.style import line_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

COLUMN = 3.3
"""Width of one column of a two-column paper, in inches."""

_PAD = 0.05
_LABEL_GAP = 0.12
_LABEL_SPACE = 0.02
_PANEL_GAP = 0.10
_AXIS = 0.45


@dataclass(frozen=True, slots=True)
class _EndLabel:
    panel: int
    x: float
    y: float
    colour: str
    text: Text


class Page:
    """A figure being made. `height` (inches, without the caption) and `caption` may be set until it is settled."""

    def __init__(self, width: float = COLUMN, panels: int = 1) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.width = width
        self.height = max(2.1, 0.66 * width) if panels == 1 else panels * max(1.5, 0.45 * width)
        self.caption = ""
        self.figure: Figure = Figure(figsize=(width, self.height))
        FigureCanvasAgg(self.figure)
        self.panels: list[Axes] = [
            self.figure.add_axes((0.2, 0.2, 0.6, 0.6), label=f"panel {n}") for n in range(panels)
        ]
        self._labels: list[_EndLabel] = []

    @property
    def axes(self) -> Axes:
        """The first panel, which is the only one of most figures."""
        return self.panels[0]

    def split(self, panels: int) -> None:
        """Give the page so many empty panels, one above the other."""
        for axes in self.panels:
            axes.remove()
        self.panels = [self.figure.add_axes((0.2, 0.2, 0.6, 0.6), label=f"panel {n}") for n in range(panels)]
        self.height = panels * max(1.5, 0.45 * self.width)

    def end_label(self, label: str, x: float, y: float, colour: str, *, panel: int = 0) -> None:
        """Write a line's name beside its end (in data coordinates), in a column to the right of the panel."""
        letters = max(10, int(self.width * 4.2))
        text = self.figure.text(0.0, 0.0, wrapped(label, letters), color=colour, fontsize="small", va="center")
        self._labels.append(_EndLabel(panel, x, y, colour, text))

    def line(
        self, label: str, xs: Sequence[float], ys: Sequence[float], place: int, *, marked: Sequence[int] | None = None
    ) -> None:
        """Draw the line at this place of the house style, with its label at its last point.

        The marker stands on every point, or on the points `marked` by number.
        """
        style = line_style(place)
        self.axes.plot(
            xs,
            ys,
            color=style.colour,
            linestyle=style.dash,
            marker=style.marker,
            markevery=None if marked is None else list(marked),
            markerfacecolor="white",
            zorder=3 + place * 0.1,
            clip_on=False,
            label=label,
        )
        self.end_label(label, xs[-1], ys[-1], style.colour)

    def settle(self) -> Figure:
        """Give everything its place and return the figure."""
        caption = self._caption()
        # Names of many runs need more room than their lines.
        self.height = max(self.height, len(self.panels) * (self._stacked() + _AXIS))
        below = caption.get_window_extent().height / self.figure.dpi + 2 * _PAD if caption else _PAD
        total = self.height + below
        self.figure.set_size_inches(self.width, total)
        if caption:
            caption.set_position((_PAD / self.width, _PAD / total))
        column = max((label.text.get_window_extent().width for label in self._labels), default=0.0) / self.figure.dpi
        room = column + _LABEL_GAP if column else 0.0
        # Other sizes of the panels bring other ticks, so their room is measured again.
        for _ in range(3):
            self._place(below, total, room)
        self._place_labels(total)
        return self.figure

    def _stacked(self) -> float:
        """Return the height in inches of the tallest stack of labels."""
        stacks = [0.0] * len(self.panels)
        for label in self._labels:
            stacks[label.panel] += label.text.get_window_extent().height / self.figure.dpi + _LABEL_SPACE
        return max(stacks)

    def _caption(self) -> Text | None:
        if not self.caption:
            return None
        text = self.figure.text(0.0, 0.0, self.caption, fontsize="x-small", color="#444444", va="bottom")
        text.set_linespacing(1.25)
        share = (self.width - 2 * _PAD) * self.figure.dpi / text.get_window_extent().width
        letters = max(20, int(len(self.caption) * share * 0.97))
        text.set_text("\n".join(textwrap.wrap(self.caption, letters, break_on_hyphens=False)))
        return text

    def _place(self, below: float, total: float, room: float) -> None:
        self.figure.draw_without_rendering()
        # left, bottom, right, top: how far ticks and names stand out of each panel, in inches
        out = [_overhang(axes, self.figure.dpi) for axes in self.panels]
        left = _PAD + max(sides[0] for sides in out)
        right = _PAD + max(room, max(sides[2] for sides in out))
        gaps = _PANEL_GAP * (len(self.panels) - 1)
        free = total - below - _PAD - sum(sides[1] + sides[3] for sides in out) - gaps
        height = max(0.2, free / len(self.panels))
        top = total - _PAD
        for axes, sides in zip(self.panels, out, strict=True):
            bottom = top - sides[3] - height
            axes.set_position(
                (
                    left / self.width,
                    bottom / total,
                    max(0.2, self.width - left - right) / self.width,
                    height / total,
                )
            )
            top = bottom - sides[1] - _PANEL_GAP

    def _place_labels(self, total: float) -> None:
        dpi = self.figure.dpi
        for number, axes in enumerate(self.panels):
            mine = [label for label in self._labels if label.panel == number]
            area = axes.get_window_extent()
            ends = [axes.transData.transform((label.x, label.y)) for label in mine]
            heights = [label.text.get_window_extent().height for label in mine]
            centres = spread([float(end[1]) for end in ends], heights, area.y0, area.y1, gap=_LABEL_SPACE * dpi)
            column = area.x1 + _LABEL_GAP * dpi
            for label, end, centre in zip(mine, ends, centres, strict=True):
                label.text.set_position((column / (self.width * dpi), centre / (total * dpi)))
                # A leader that crosses the panel must not pass for a curve.
                early = float(end[0]) < area.x0 + 0.9 * area.width
                self._leader((float(end[0]), float(end[1])), (column, centre), label.colour, dotted=early)

    def _leader(self, end: tuple[float, float], label: tuple[float, float], colour: str, *, dotted: bool) -> None:
        from matplotlib.lines import Line2D

        inch = self.figure.dpi
        width, height = self.figure.bbox.width, self.figure.bbox.height
        start, stop = (end[0] + 0.04 * inch, end[1]), (label[0] - 0.03 * inch, label[1])
        self.figure.add_artist(
            Line2D(
                [start[0] / width, stop[0] / width],
                [start[1] / height, stop[1] / height],
                color=colour,
                linestyle=(0, (1, 4)) if dotted else "-",
                linewidth=0.7 if dotted else 0.5,
                alpha=0.8,
            )
        )


def _overhang(axes: Axes, dpi: float) -> tuple[float, float, float, float]:
    area = axes.get_window_extent()
    whole = axes.get_tightbbox(for_layout_only=True)
    if whole is None:
        return 0.0, 0.0, 0.0, 0.0
    sides = area.x0 - whole.x0, area.y0 - whole.y0, whole.x1 - area.x1, whole.y1 - area.y1
    left, bottom, right, top = (max(0.0, side / dpi) for side in sides)
    return left, bottom, right, top
