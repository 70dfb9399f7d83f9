"""Survival through stages: the share of attempts still alive after each, against the product of the stages' rates.

Survival after a stage is the mean over problems of the share of attempts alive. A stage's rate is the mean over
problems of alive after / alive before. If what one stage does had nothing to do with what the others do on a problem,
survival would be the product of the rates; where it is above, the same problems are easy at several stages.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cotbench.stats.bootstrap import DRAWS
from cotbench.stats.intervals import FEW_PROBLEMS, Interval, check_confidence, mean_intervals
from cotbench.stats.streams import stream

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: the share alive after it, its rate (None if nothing came so far), the product of rates up to it.

    `excess` is alive − product, with its interval by the percentile bootstrap over problems; the limits are None for
    fewer than FEW_PROBLEMS problems.
    """

    alive: float
    interval: Interval
    rate: float | None
    product: float
    excess_low: float | None
    excess_high: float | None

    @property
    def excess(self) -> float:
        """By how much survival is above the product of rates."""
        return self.alive - self.product


def survival(
    begun: ArrayLike, alive: ArrayLike, *, confidence: float = 0.95, seed: int = 0, draws: int = DRAWS
) -> tuple[Stage, ...]:
    """Return the stages. `begun` counts attempts per problem (at least 1), `alive` (problems × stages) those left.

    Raises ValueError for no problem, counts that grow along the stages, or a bad confidence.
    """
    check_confidence(confidence)
    total, left = np.asarray(begun, dtype=np.int64), np.asarray(alive, dtype=np.int64)
    if total.ndim != 1 or left.ndim != 2 or left.shape[0] != total.size or total.size == 0:
        raise ValueError("begun is a vector over problems, alive a matrix problems × stages")
    before = np.concatenate([total[:, None], left[:, :-1]], axis=1)
    if np.any(total < 1) or np.any(left < 0) or np.any(left > before):
        raise ValueError("each stage has at most as many alive as the one before, and every problem has begun")
    shares = left / total[:, None]
    open_here = before > 0
    rates = np.divide(left, before, out=np.zeros(left.shape, dtype=np.float64), where=open_here)
    even = np.full((1, total.size), 1.0)
    mean_rates, products = _products(even, rates, open_here)
    low, high = _limits(shares, rates, open_here, confidence, seed, draws)
    intervals = mean_intervals(shares, confidence=confidence, seed=seed, draws=draws)
    return tuple(
        Stage(
            alive=float(shares[:, place].mean()),
            interval=intervals[place],
            rate=None if np.isnan(mean_rates[0, place]) else float(mean_rates[0, place]),
            product=float(products[0, place]),
            excess_low=None if low is None else float(low[place]),
            excess_high=None if high is None else float(high[place]),
        )
        for place in range(left.shape[1])
    )


def _products(weights: Floats, rates: Floats, open_here: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the mean rates and their running products per row of weights over problems."""
    # Where nothing came so far the product is 0 already.
    with np.errstate(divide="ignore", invalid="ignore"):
        mean: Floats = (weights @ rates) / (weights @ open_here.astype(np.float64))
    products: Floats = np.cumprod(np.nan_to_num(mean), axis=1, dtype=np.float64)
    return mean, products


def _limits(
    shares: Floats, rates: Floats, open_here: NDArray[np.bool_], confidence: float, seed: int, draws: int
) -> tuple[Floats, Floats] | tuple[None, None]:
    problems = shares.shape[0]
    if problems < FEW_PROBLEMS:
        return None, None
    weights = stream(seed, "survival").multinomial(problems, np.full(problems, 1.0 / problems), size=draws)
    chosen = weights.astype(np.float64)
    _, products = _products(chosen, rates, open_here)
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(chosen @ shares / problems - products, [tail, 1.0 - tail], axis=0)
    return low, high
