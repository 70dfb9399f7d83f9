"""What a user gets of k attempts: n@k and filtered pass@k, next to the pass@k of an oracle.

The selector sees public cases only. On a problem without public cases it sees nothing and picks at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cotbench.analysis.frames import ProblemRow
from cotbench.stats.intervals import Interval
from cotbench.stats.selection import filtered_pass_at_k, n_at_k

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NAtK:
    """Share of problems solved by n submissions out of k attempts that were drawn."""

    n: int
    k: int
    estimate: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class FilteredPassAtK:
    """pass@k among the attempts that pass the public cases, all attempts of the run being paid for at every k."""

    k: int
    estimate: float
    interval: Interval


def selection_counts(problems: Sequence[ProblemRow]) -> tuple[Ints, Ints, Ints]:
    """Return, per problem, its attempts, those that pass the public cases, and those that pass hidden ones as well."""
    counts = np.zeros((3, len(problems)), dtype=np.int64)
    for place, row in enumerate(problems):
        both = row.passed if row.both_passed is None else row.both_passed
        # A program that passes the public cases and has no hidden verdict yet is not among the n.
        public = row.n if row.public_passed is None else min(row.public_passed, row.n - row.passed + both)
        counts[:, place] = row.n, public, both
    return counts[0], counts[1], counts[2]


def selected_values(problems: Sequence[ProblemRow], n: int, ks: Sequence[int]) -> Floats:
    """Return n@k per problem and k (problems × ks); 0 for a problem without attempts.

    Raises ValueError for a k above the attempts of a problem that has some.
    """
    attempts, public, both = selection_counts(problems)
    values = np.zeros((len(problems), len(ks)), dtype=np.float64)
    tried = attempts > 0
    if tried.any():
        for column, k in enumerate(ks):
            values[tried, column] = n_at_k(attempts[tried], public[tried], both[tried], n, k)
    # Sums of chances may round to a little above 1.
    return np.clip(values, 0.0, 1.0)


def drawn_values(
    problems: Sequence[ProblemRow], submissions: Sequence[int], ks: Sequence[int]
) -> tuple[tuple[tuple[int, int], ...], Floats]:
    """Return every (n, k) with n <= k, and n@k per problem and (n, k)."""
    usable = {n: [k for k in ks if k >= n] for n in submissions}
    values = [selected_values(problems, n, found) for n, found in usable.items()]
    drawn = tuple((n, k) for n, found in usable.items() for k in found)
    return drawn, np.hstack([np.zeros((len(problems), 0)), *values])


def filtered_values(problems: Sequence[ProblemRow], ks: Sequence[int]) -> Floats:
    """Return filtered pass@k per problem and k (problems × ks)."""
    _, public, both = selection_counts(problems)
    return np.stack([filtered_pass_at_k(public, both, k) for k in ks], axis=1)
