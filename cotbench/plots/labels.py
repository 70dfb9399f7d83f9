"""Labels at the ends of lines: one column to the right of the axes, spread so that none overlaps or leaves it."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Sequence


def spread(wanted: Sequence[float], heights: Sequence[float], low: float, high: float, gap: float = 0.0) -> list[float]:
    """Return centres as near as possible to the wanted ones, `gap` apart at least, between `low` and `high`.

    Neighbours that would overlap are merged into blocks, each centred on the mean of what its members want (least
    squares under an order constraint). If the labels do not fit at all they are spaced evenly over the range.
    """
    if not wanted:
        return []
    order = sorted(range(len(wanted)), key=lambda place: (wanted[place], place))
    sizes = [heights[place] for place in order]
    if sum(sizes) + gap * (len(sizes) - 1) > high - low:
        squeeze = (high - low) / sum(sizes)
        sizes, gap = [size * squeeze for size in sizes], 0.0
    # With each label's offset from the lowest one taken away, "no overlap" becomes "not decreasing".
    offsets = [sizes[0] / 2]
    for before, after in itertools.pairwise(sizes):
        offsets.append(offsets[-1] + before / 2 + gap + after / 2)
    blocks: list[list[float]] = []
    for place, offset in zip(order, offsets, strict=True):
        blocks.append([wanted[place] - offset])
        while len(blocks) > 1 and _mean(blocks[-2]) > _mean(blocks[-1]):
            top = blocks.pop()
            blocks[-1].extend(top)
    floors = [min(max(_mean(block), low), high - offsets[-1] - sizes[-1] / 2) for block in blocks for _ in block]
    centres = [0.0] * len(wanted)
    for place, offset, floor in zip(order, offsets, floors, strict=True):
        centres[place] = floor + offset
    return centres


def wrapped(label: str, width: int = 22, lines: int = 3) -> str:
    """Return a label broken into a few short lines; what does not fit is cut out of its middle."""
    room = width * lines - lines
    if len(label) > room:
        head = (room - 1) * 2 // 3
        label = f"{label[:head]}…{label[-(room - 1 - head) :]}"
    if len(label) <= width:
        return label
    # Between strategy and model is the best place to break, then at the hyphens and slashes of names.
    broken = [line for part in label.split(", ") for line in _filled(part, width)]
    return "\n".join(broken)


def _filled(text: str, width: int) -> list[str]:
    found: list[str] = []
    current = ""
    for piece in _pieces(text):
        if current and len(current) + len(piece.rstrip()) > width:
            found.append(current.strip())
            current = ""
        current += piece
    found.append(current.strip())
    return [line for part in found for line in (textwrap.wrap(part, width) or [part])]


def _pieces(label: str) -> list[str]:
    pieces = [""]
    for letter in label:
        pieces[-1] += letter
        if letter in " -/_,":
            pieces.append("")
    return [piece for piece in pieces if piece]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
