"""pass@k of a run table: which ks are defined, and the matrix problems × ks that every statistic starts from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cotbench.analysis.frames import ProblemRow, RunTable
from cotbench.core.errors import ConfigurationError
from cotbench.stats.passk import pass_at_k_curves, usable_ks

Floats = NDArray[np.float64]


def default_ks(most: int) -> tuple[int, ...]:
    """Return 1, 2, 5, 10, 20, 50 … up to `most`, and `most` itself."""
    ks: set[int] = {most} if most >= 1 else set()
    step = 1
    while step <= most:
        ks.update(k for k in (step, 2 * step, 5 * step) if k <= most)
        step *= 10
    return tuple(sorted(ks))


def read_ks(text: str | None) -> tuple[int, ...] | None:
    """Return the ks that a flag like 1,5,10 names, in order. Raises ConfigurationError."""
    if text is None:
        return None
    try:
        return tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError:
        raise ConfigurationError(f"--k {text}: whole numbers separated by commas were expected") from None


def curve_ks(most: int, *, points: int = 40) -> tuple[int, ...]:
    """Return ks for a smooth curve on a log axis: every k up to 10, then evenly in the logarithm, ends included."""
    near = range(1, min(most, 10) + 1)
    far = np.unique(np.rint(np.geomspace(10, most, points)).astype(int)).tolist() if most > 10 else []
    return tuple(sorted({*near, *far, *default_ks(most)}))


def split_ks(
    groups: Sequence[Sequence[ProblemRow]], wanted: Sequence[int] | None, *, also: Sequence[int] = ()
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return (usable ks, ks left out) for several runs' problems; None wants the default ks. `also` is added to them.

    Problems on which a finished strategy gave no program do not bound k: they are unsolved at every k.
    Raises ConfigurationError if a wanted k is below 1.
    """
    counts = [row.n for rows in groups for row in rows if row.n > 0]
    # A run that gave no program at all still has its pass@1, which is zero.
    most = min(counts, default=1)
    try:
        return usable_ks(counts or [most], [*(default_ks(most) if wanted is None else wanted), *also])
    except ValueError as error:
        raise ConfigurationError(str(error), hint="give whole numbers from 1 up, for example --k 1,5,10") from error


def coverage(problems: Sequence[ProblemRow], ks: Sequence[int]) -> Floats:
    """Return pass@k per problem and k (problems × ks); a problem for which no program was given is 0 at every k.

    Raises ValueError for a k above the attempts of a problem that has some.
    """
    values = np.zeros((len(problems), len(ks)), dtype=np.float64)
    tried = [place for place, row in enumerate(problems) if row.n > 0]
    if tried and ks:
        n = np.array([problems[place].n for place in tried], dtype=np.int64)
        c = np.array([problems[place].passed for place in tried], dtype=np.int64)
        values[tried] = pass_at_k_curves(n, c, ks)
    return values


def on_problems(table: RunTable, names: Sequence[str]) -> tuple[ProblemRow, ...]:
    """Return the rows of the named problems, in the order of the names."""
    rows = {row.problem: row for row in table.problems}
    return tuple(rows[name] for name in names)
