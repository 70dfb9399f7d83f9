"""How many different things there are, and how evenly they share the attempts: pairwise difference and Hill numbers.

A Hill number grows with the attempts it is counted on, order 0 most and order 2 hardly. Where runs have different
numbers of attempts, compare the rarefied ones. The pairwise difference is unbiased for any number of attempts.

`sizes` are the sizes of the classes into which the attempts on one problem fall (equal programs, equal behaviour,
same idea), in any order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def pairwise_difference(sizes: Sequence[int]) -> float | None:
    """Return the share of pairs of attempts that lie in different classes; None for fewer than two attempts.

    D = 1 − Σ s(s−1) / N(N−1): equation 1 of Wang et al. 2024 (arXiv 2409.03733) where "same" is an equivalence.
    u classes of n attempts each give (u−1)n / (un−1). Raises ValueError for a negative size.
    """
    total = _total(sizes)
    if total < 2:
        return None
    return 1.0 - sum(size * (size - 1) for size in sizes) / (total * (total - 1))


def hill_number(sizes: Sequence[int], order: float) -> float:
    """Return the Hill number of an order: the number of equally common classes with the same diversity (Hill 1973).

    Order 0 counts classes, order 1 is exp of Shannon's entropy, order 2 is 1 / Σ p². 0 where there is no attempt.
    Raises ValueError for a negative size or order.
    """
    if order < 0:
        raise ValueError(f"the order of a Hill number must not be negative, got {order}")
    total = _total(sizes)
    if total == 0:
        return 0.0
    shares = np.array([size / total for size in sizes if size > 0], dtype=np.float64)
    if order == 0:
        return float(shares.size)
    if order == 1:
        return math.exp(-float(np.sum(shares * np.log(shares))))
    return math.pow(float(np.sum(shares**order)), 1.0 / (1.0 - order))


def rarefied_hill_number(sizes: Sequence[int], order: float, draws: int) -> float:
    """Return the Hill number that so many of the attempts, drawn without replacement, have: comparable between runs.

    Chao et al. 2014 (Ecological Monographs 84:45), equations 6 and 8: the classes expected to be met k times in m
    draws, f_k = Σ C(s,k)·C(N−s,m−k) / C(N,m), take the place of counts. Order 0 is the expected number of classes
    (Hurlbert 1971). Raises ValueError for a negative size or order, and unless 1 <= draws <= the attempts.
    """
    if order < 0:
        raise ValueError(f"the order of a Hill number must not be negative, got {order}")
    total = _total(sizes)
    if not 1 <= draws <= total:
        raise ValueError(f"{draws} draws of {total} attempts")
    whole = math.comb(total, draws)
    met = [0.0] * (draws + 1)
    for size in sizes:
        for times in range(1, min(size, draws) + 1):
            met[times] += math.comb(size, times) * math.comb(total - size, draws - times) / whole
    if order == 0:
        return math.fsum(met)
    shares = [times / draws for times in range(draws + 1)]
    if order == 1:
        return math.exp(-math.fsum(f * p * math.log(p) for f, p in zip(met, shares, strict=True) if p > 0))
    power = math.fsum(f * p**order for f, p in zip(met, shares, strict=True) if p > 0)
    return math.pow(power, 1.0 / (1.0 - order))


def expected_classes(sizes: Sequence[int], total: int, draws: int) -> float:
    """Return how many of these classes are expected among so many of `total` attempts, drawn without replacement.

    Attempts outside the classes count as drawn and for no class: Σ 1 − C(N−s, m) / C(N, m). Raises ValueError for a
    negative size, sizes above the total, and unless 0 <= draws <= total.
    """
    if _total(sizes) > total or not 0 <= draws <= total:
        raise ValueError(f"{draws} draws of {total} attempts, {sum(sizes)} of them in classes")
    whole = math.comb(total, draws)
    return math.fsum(1.0 - math.comb(total - size, draws) / whole for size in sizes)


def _total(sizes: Sequence[int]) -> int:
    if any(size < 0 for size in sizes):
        raise ValueError("sizes of classes must not be negative")
    return sum(sizes)
