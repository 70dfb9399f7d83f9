"""Exact probabilities that the closed forms are built from: lists without replacement, sums, and n of k chosen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from cotbench.latent.ideas import shares


def list_sets(logs: Sequence[float], size: int) -> dict[int, float]:
    """Return the probability of each set of the first `size` items drawn without replacement from log weights.

    A set is a bit mask, bit i - 1 for item i. Summed over the orders of a set one item at a time (Plackett 1975):
    P(S) = Σ over i in S of P(S without i) · w_i / (all weight outside S without i).
    """
    layer = {0: 1.0}
    for _ in range(min(size, len(logs))):
        following: dict[int, float] = {}
        for mask, chance in layer.items():
            left = [place for place in range(len(logs)) if not mask >> place & 1]
            for place, share in zip(left, shares(tuple(logs[place] for place in left)), strict=True):
                grown = mask | 1 << place
                following[grown] = following.get(grown, 0.0) + chance * share
        layer = following
    return layer


def members(mask: int) -> list[int]:
    """Return the items (from 1) of a bit mask."""
    return [place + 1 for place in range(mask.bit_length()) if mask >> place & 1]


def number_right(chances: Iterable[float]) -> list[float]:
    """Return the law of the number of successes among independent trials: entry c is the chance of c of them."""
    law = [1.0]
    for chance in chances:
        law = times(law, [1.0 - chance, chance])
    return law


def times(first: Sequence[float], second: Sequence[float], most: int | None = None) -> list[float]:
    """Return the product of two polynomials, of which terms above degree `most` are left out."""
    length = len(first) + len(second) - 1 if most is None else min(len(first) + len(second) - 1, most + 1)
    product = [0.0] * length
    for i, a in enumerate(first):
        for j, b in enumerate(second[: length - i]):
            product[i + j] += a * b
    return product


def pass_at_k(law: Sequence[float], k: int) -> float:
    """Return the expected value of the estimator 1 − C(n−c,k)/C(n,k) where c has this law on 0 … n.

    (Chen et al. 2021, arXiv 2107.03374, equation 1.) Raises ValueError unless 1 <= k <= n.
    """
    n = len(law) - 1
    check_k(k, n)
    return 1.0 - math.fsum(chance * math.comb(n - c, k) for c, chance in enumerate(law)) / math.comb(n, k)


def chosen(k: int, n: int, right: float, accepted: float) -> float:
    """Return n@k: the chance that of k programs n are submitted of which one is right.

    Programs are right with chance `right`, wrong but accepted by the public cases with chance `accepted`. Accepted
    programs are submitted first, in an order that knows nothing of the hidden cases: with R right and A wrong ones
    among them, none of n is right with chance C(A,n)/C(R+A,n). (AlphaCode's n@k, Li et al. 2022, with public filter.)
    """
    check_k(n, k)
    rest = max(0.0, 1.0 - right - accepted)
    total = 0.0
    for r in range(1, k + 1):
        for a in range(k - r + 1):
            chance = math.comb(k, r) * math.comb(k - r, a) * right**r * accepted**a * rest ** (k - r - a)
            total += chance * (1.0 - math.comb(a, n) / math.comb(r + a, n) if n <= r + a else 1.0)
    return total


def tree_pass_at_k(nodes: Sequence[Sequence[float]], attempts: int, k: int) -> float:
    """Return pass@k of the `attempts` first programs of a tree whose nodes come in random order, again if too few.

    `nodes[j][m]` sums, over the choices of m of node j's programs, the chance that all of them fail; so a node of one
    program is [1, f]. With N nodes of b programs each and attempts = (tN + r)·b, every node is used t times and r of
    them, a random set, once more; the sum over choices of k programs is the coefficient of z^k y^r in
    Π_j F_j(z)^t (1 + y F_j(z)), which is divided by C(N,r) and C(attempts,k).
    Raises ValueError where k does not fit, or nodes would be used in part.
    """
    check_k(k, attempts)
    branches = len(nodes[0]) - 1
    rounds, rest = divmod(attempts, len(nodes) * branches)
    if rest % branches:
        raise ValueError(f"{attempts} attempts end inside a node of {branches} programs")
    more = rest // branches
    table = [[1.0]] + [[0.0]] * more
    for failing in nodes:
        whole = [1.0]
        for _ in range(rounds):
            whole = times(whole, failing, k)
        extended = times(whole, failing, k)
        table = [
            _plus(times(row, whole, k), times(table[used - 1], extended, k) if used else [])
            for used, row in enumerate(table)
        ]
    coefficient = table[more][k] if k < len(table[more]) else 0.0
    return 1.0 - coefficient / (math.comb(len(nodes), more) * math.comb(attempts, k))


def check_k(k: int, n: int) -> None:
    """Raise ValueError unless 1 <= k <= n."""
    if not 1 <= k <= n:
        raise ValueError(f"k = {k} is not between 1 and {n}")


def _plus(first: Sequence[float], second: Sequence[float]) -> list[float]:
    return [
        (first[place] if place < len(first) else 0.0) + (second[place] if place < len(second) else 0.0)
        for place in range(max(len(first), len(second)))
    ]
