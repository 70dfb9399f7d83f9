"""What a user gets of k attempts: n@k and filtered pass@k, next to the pass@k of an oracle.

The selector sees public cases only. On a problem without public cases it sees nothing and picks at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cotbench.analysis.frames import ProblemRow
from cotbench.stats.intervals import Interval, mean_intervals
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
    n = np.array([row.n for row in problems], dtype=np.int64)
    both = np.array([row.passed if row.both_passed is None else row.both_passed for row in problems], dtype=np.int64)
    seen = [row.n if row.public_passed is None else row.public_passed for row in problems]
    # A program that passes the public cases and has no hidden verdict yet is not among the n.
    most = [row.n - row.passed + int(right) for row, right in zip(problems, both, strict=True)]
    public = np.array(
        [
            count if row.public_passed is None else min(count, top)
            for row, count, top in zip(problems, seen, most, strict=True)
        ],
        dtype=np.int64,
    )
    return n, public, both


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
    return values


def filtered_values(problems: Sequence[ProblemRow], ks: Sequence[int]) -> Floats:
    """Return filtered pass@k per problem and k (problems × ks)."""
    _, public, both = selection_counts(problems)
    return np.stack([filtered_pass_at_k(public, both, k) for k in ks], axis=1)


def selected_rows(
    problems: Sequence[ProblemRow], submissions: Sequence[int], ks: Sequence[int], *, seed: int, confidence: float
) -> tuple[NAtK, ...]:
    """Return n@k with intervals for every number of submissions n and every k that is not below it."""
    rows: list[NAtK] = []
    for n in submissions:
        usable = [k for k in ks if k >= n]
        if usable:
            values = selected_values(problems, n, usable)
            intervals = mean_intervals(np.clip(values, 0.0, 1.0), confidence=confidence, seed=seed)
            means = values.mean(axis=0).tolist()
            rows += [NAtK(n, k, mean, limits) for k, mean, limits in zip(usable, means, intervals, strict=True)]
    return tuple(rows)


def filtered_rows(
    problems: Sequence[ProblemRow], ks: Sequence[int], *, seed: int, confidence: float
) -> tuple[FilteredPassAtK, ...]:
    """Return filtered pass@k with intervals."""
    values = filtered_values(problems, ks)
    intervals = mean_intervals(values, confidence=confidence, seed=seed)
    return tuple(
        FilteredPassAtK(k, mean, limits)
        for k, mean, limits in zip(ks, values.mean(axis=0).tolist(), intervals, strict=True)
    )
