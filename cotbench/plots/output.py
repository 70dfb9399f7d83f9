"""Writing a figure to a file: the format follows the ending, the file is whole or not there."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from cotbench.core.errors import ConfigurationError, StoreError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")
DPI = 300


def figure_format(out: Path) -> str:
    """Return the format that a file name asks for. Raises ConfigurationError for one that cannot be written."""
    ending = out.suffix.lower().lstrip(".")
    if ending not in FORMATS:
        raise ConfigurationError(
            f"cannot draw {out.name}: figures are written as {', '.join(f'.{name}' for name in FORMATS)}",
            hint=f"for example --out {out.with_suffix('.png').name if out.name else 'figure.png'}",
        )
    return ending


def save(figure: Figure, out: Path) -> None:
    """Write the figure, making missing folders. The same figure gives the same bytes.

    Raises ConfigurationError for an unknown ending and StoreError if the file cannot be written.
    """
    ending = figure_format(out)
    # Dates would make two drawings of the same numbers differ.
    dated = {"svg": "Date", "pdf": "CreationDate"}.get(ending)
    metadata = {dated: None} if dated else {}
    part = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(part, format=ending, dpi=DPI, metadata=metadata)
        part.replace(out)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise StoreError(
            f"cannot write {out}: {error.strerror or error}", hint="choose a writable place with --out FILE"
        ) from error
