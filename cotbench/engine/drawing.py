"""How good a selector is: k attempts drawn at random, in random order, of which it submits n.

That is n@k (Li et al. 2022, arXiv 2203.07814). Where there is a closed form it is used; else it is a mean over seeded
draws, the same ones for every selector, so that selectors are compared on equal terms.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cotbench.core.ids import seeded
from cotbench.engine.inputs import GENERATED
from cotbench.engine.pools import Pool
from cotbench.selectors import Ranking
from cotbench.stats.passk import pass_at_k
from cotbench.stats.selection import n_at_k

DRAWS = 200
"""How many draws a rate is the mean of: then one problem's is known to 0.035, and the mean over 100 to 0.0035."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to work out: `n` submissions out of each of `ks` attempts, how exactly, and on how many inputs."""

    n: int
    ks: tuple[int, ...]
    draws: int = DRAWS
    seed: int = 0
    generated: int = GENERATED


def closed_form(selector: str, pool: Pool, n: int, k: int) -> float | None:
    """Return n@k of `first` (pass@n), `public` and `oracle` (pass@k) on one problem; None for other selectors.

    A pool without attempts gives 0. Raises ValueError for k above the attempts of another one.
    """
    size, right = pool.size, pool.hidden.passed
    if selector not in ("first", "public", "oracle"):
        return None
    if not size:
        return 0.0
    if selector == "public":
        accepted = pool.candidates.passers(range(size))
        both = sum(right[place] for place in accepted)
        return float(n_at_k(np.array([size]), np.array([len(accepted)]), np.array([both]), n, k)[0])
    return float(pass_at_k(size, sum(right), min(n, k) if selector == "first" else k))


def drawn_rate(ranking: Ranking, pool: Pool, n: int, k: int, wish: Wish) -> float:
    """Return the chance that one of the first n that a ranking submits is right, over draws of k attempts.

    What the oracle solves and the ranking does not is counted over the draws and taken from what the oracle solves in
    closed form: unbiased, nearly exact for good selectors, and never above the oracle. Where there are no more sets of
    k than draws, every set is drawn equally often and only its order is random.
    Raises ValueError for k above the attempts.
    """
    if not pool.size:
        return 0.0
    right = pool.hidden.passed
    draws = list(_draws(pool, k, wish))
    missed = sum(
        any(right[place] for place in drawn) and not any(right[place] for place in ranking(drawn)[:n])
        for drawn in draws
    )
    coverage = float(pass_at_k(pool.size, sum(right), k))
    return max(0.0, coverage - missed / len(draws))


def _draws(pool: Pool, k: int, wish: Wish) -> Iterator[list[int]]:
    rng = seeded("select", wish.seed, pool.problem.id, k)
    sets = math.comb(pool.size, k)
    if not 0 < sets <= wish.draws:
        for _ in range(wish.draws):
            yield rng.sample(range(pool.size), k)
        return
    for _ in range(-(-wish.draws // sets)):
        for chosen in itertools.combinations(range(pool.size), k):
            yield rng.sample(chosen, k)
