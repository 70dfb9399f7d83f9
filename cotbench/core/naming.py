"""How a benchmark is named: `NAME`, `NAME@RELEASE`, `NAME:PATH`, a path; each may have a slice `[0:20]` behind it."""

from __future__ import annotations

import re

from cotbench.core.errors import BenchmarkError

_SLICE = re.compile(r"(.*\S)\s*\[([^\[\]]*)\]", re.S)
_BOUND = r"\s*(-?\d{1,18})?\s*"
_BOUNDS = re.compile(rf"{_BOUND}:{_BOUND}(?::{_BOUND})?")


def split_slice(name: str) -> tuple[str, slice | None]:
    """Return a benchmark's name without its slice, and the slice: `humaneval[0:20]`, `[::10]`, `[-5:]`.

    Raises BenchmarkError for brackets that hold no slice, and for a step of 0.
    """
    found = _SLICE.fullmatch(name.strip())
    if found is None:
        return name, None
    bounds = _BOUNDS.fullmatch(found[2])
    step = int(bounds[3]) if bounds and bounds[3] else None
    if bounds is None or step == 0:
        raise BenchmarkError(
            f"{name}: [{found[2]}] is no slice", hint="as in Python, for example [0:20], [::10] or [-5:]"
        )
    start, stop = (int(bounds[place]) if bounds[place] else None for place in (1, 2))
    return found[1], slice(start, stop, step)


def stem_of(name: str) -> str:
    """Return a benchmark's name without its slice; a name that is not well formed as it is."""
    try:
        return split_slice(name)[0]
    except BenchmarkError:
        return name
