"""Writing a figure or its numbers to a file: the format follows the ending, the file is whole or not there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cotbench.core.errors import ConfigurationError, StoreError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")
DPI = 300
_ELSEWHERE = "choose a place that can be written to"


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
    with _whole(out) as part:
        figure.savefig(part, format=ending, dpi=DPI, metadata=metadata)


def save_text(text: str, out: Path) -> None:
    """Write a text, making missing folders. Raises StoreError if the file cannot be written."""
    with _whole(out) as part:
        part.write_text(text, encoding="utf-8")


def check_place(out: Path) -> None:
    """Raise StoreError if a file cannot be there, before anything is computed for it."""
    if out.is_dir():
        raise StoreError(f"cannot write {out}: it is a folder", hint="name a file in it")
    above = next((folder for folder in out.absolute().parents if folder.exists()), None)
    if above is None or not above.is_dir() or not os.access(above, os.W_OK):
        raise StoreError(f"cannot write {out}: {above} is no folder that can be written to", hint=_ELSEWHERE)


@contextlib.contextmanager
def _whole(out: Path) -> Iterator[Path]:
    part = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(out)
    except OSError as error:
        raise StoreError(f"cannot write {out}: {error.strerror or error}", hint=_ELSEWHERE) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
