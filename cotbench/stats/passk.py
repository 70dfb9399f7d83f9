"""pass@k: the chance that at least one of k attempts, drawn without replacement from the n there are, passes.

The estimator is the unbiased one of Chen et al. 2021 (arXiv 2107.03374): 1 − C(n−c, k) / C(n, k). It is undefined
for k > n, and such a k is left out by name (`usable_ks`), never filled in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_CHUNK_FACTORS = 2_000_000


def pass_at_k(n: ArrayLike, c: ArrayLike, k: ArrayLike) -> Floats:
    """Return the unbiased estimate of pass@k for n attempts of which c passed (Chen et al. 2021, equation 1).

    The arguments are whole numbers and broadcast against each other; the result has the broadcast shape and lies
    in [0, 1]. Computed as a product of min(c, k) factors in log space, so that it stays exact for large n.
    Raises ValueError unless 0 <= c <= n and 1 <= k <= n.
    """
    attempts, passed, draws = np.broadcast_arrays(_whole(n, "n"), _whole(c, "c"), _whole(k, "k"))
    if np.any(draws < 1):
        raise ValueError(f"k must be at least 1, got {draws.min()}")
    if np.any(passed < 0) or np.any(passed > attempts):
        raise ValueError("c must lie between 0 and n")
    if np.any(draws > attempts):
        worst = int(np.argmax((draws - attempts).ravel()))
        raise ValueError(f"pass@{draws.flat[worst]} is undefined for n={attempts.flat[worst]}: k must not exceed n")
    values: Floats = np.where(passed == 0, 0.0, 1.0)
    undecided = (passed > 0) & (attempts - passed >= draws)
    values[undecided] = _between(attempts[undecided], passed[undecided], draws[undecided])
    return values


def pass_at_k_curves(n: ArrayLike, c: ArrayLike, ks: Sequence[int]) -> Floats:
    """Return pass@k per problem and k, shape problems × len(ks), from the attempts n[] and passes c[] per problem.

    Raises ValueError as `pass_at_k` does; choose `ks` with `usable_ks`.
    """
    attempts, passed = _whole(n, "n"), _whole(c, "c")
    if attempts.ndim != 1 or attempts.shape != passed.shape:
        raise ValueError("n and c must be vectors of the same length")
    return pass_at_k(attempts[:, None], passed[:, None], np.asarray(ks, dtype=np.int64)[None, :])


def usable_ks(n: ArrayLike, wanted: Iterable[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Split the wanted ks into those defined for every problem (k <= min n) and those left out, both ascending.

    Raises ValueError if a k is below 1 or there is no problem.
    """
    attempts = _whole(n, "n")
    if attempts.size == 0:
        raise ValueError("no problem was given")
    ks = sorted(set(wanted))
    if ks and ks[0] < 1:
        raise ValueError(f"k must be at least 1, got {ks[0]}")
    most = int(attempts.min())
    return tuple(k for k in ks if k <= most), tuple(k for k in ks if k > most)


def _between(n: Ints, c: Ints, k: Ints) -> Floats:
    """Return pass@k for vectors where it is neither 0 nor 1; each distinct triple is computed once."""
    triples, position = np.unique(np.stack([n, c, k]), axis=1, return_inverse=True)
    # C(n−c,k)/C(n,k) is symmetric in c and k, so the shorter product is taken.
    short, long = np.minimum(triples[1], triples[2]), np.maximum(triples[1], triples[2])
    log_miss = np.empty(len(short), dtype=np.float64)
    ends = np.cumsum(short)
    start = 0
    while start < len(short):
        stop = max(start + 1, int(np.searchsorted(ends, ends[start] - short[start] + _CHUNK_FACTORS, side="right")))
        part = slice(start, stop)
        firsts = ends[part] - short[part] - (ends[start] - short[start])
        # The factors of one triple stand in a row, from n − short + 1 to n.
        above = np.arange(int(short[part].sum())) + np.repeat(triples[0][part] - short[part] + 1 - firsts, short[part])
        log_miss[part] = np.add.reduceat(np.log1p(-np.repeat(long[part], short[part]) / above), firsts)
        start = stop
    values: Floats = -np.expm1(log_miss)
    return values[position.ravel()]


def _whole(values: ArrayLike, name: str) -> Ints:
    array = np.asarray(values)
    if array.dtype.kind not in "iu" and not (
        array.dtype.kind == "f" and bool(np.all(np.isfinite(array)) and np.all(array == np.floor(array)))
    ):
        raise ValueError(f"{name} must hold whole numbers")
    return array.astype(np.int64)
