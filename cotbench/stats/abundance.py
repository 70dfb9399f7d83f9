"""How many different things there are, and how evenly they share the attempts: pairwise difference and Hill numbers.

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


def _total(sizes: Sequence[int]) -> int:
    if any(size < 0 for size in sizes):
        raise ValueError("sizes of classes must not be negative")
    return sum(sizes)
