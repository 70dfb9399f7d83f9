"""pass@k beyond the attempts that were made: a distribution of difficulty is fitted, not the curve.

The counts c_i of n_i follow a Beta-Binomial, zero-inflated by the share of problems that no attempt ever solves:
pass@k = (1 − π)·[1 − B(α, β+k)/B(α, β)] (Schaeffer et al. 2025, arXiv 2502.17578; Kazdan et al. 2025, arXiv
2510.05197). π is weakly identified, which is why every prediction comes with a profile likelihood interval. Beside it
stands the power law log pass@k = a·k^b that Brown et al. 2024 (arXiv 2407.21787) fit to the curve, without one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize
from scipy.special import betaln, expit, gammaln
from scipy.stats import chi2

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FARTHEST = 10
"""Predictions beyond so many times the attempts that were made rest on the model alone."""

_LOG_BOUND = 12.0
_STARTS = ((-2.0, -0.7, 0.0), (-4.0, 0.0, 1.0), (0.0, 0.5, 2.0), (-1.0, -1.5, 1.5))


@dataclass(frozen=True, slots=True)
class Difficulty:
    """A zero-inflated Beta distribution of success rates; `zero` is the share of problems that are never solved."""

    zero: float
    alpha: float
    beta: float
    log_likelihood: float

    def pass_at_k(self, k: ArrayLike) -> Floats:
        """Return the expected pass@k on a fresh problem, for any k >= 0."""
        return (1.0 - self.zero) * _reached(self.alpha, self.beta, np.asarray(k, dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Prediction:
    """pass@k at a k beyond the data, with the limits of its profile likelihood interval."""

    k: int
    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """log pass@k = a·k^b with a, b < 0, by least squares on log(−log pass@k)."""

    a: float
    b: float

    def pass_at_k(self, k: ArrayLike) -> Floats:
        """Return the fitted pass@k."""
        value: Floats = np.exp(self.a * np.asarray(k, dtype=np.float64) ** self.b)
        return value


def fit_difficulty(n: ArrayLike, c: ArrayLike) -> Difficulty:
    """Return the maximum likelihood fit to c passes of n attempts per problem.

    Raises ValueError for impossible counts, and where nothing can be fitted: fewer than two problems, no pass at all.
    """
    table = _Counts(n, c)
    return max((_climb(table, start) for start in _STARTS), key=lambda found: found.log_likelihood)


def predict(n: ArrayLike, c: ArrayLike, k: int, *, confidence: float = 0.95) -> Prediction:
    """Return pass@k on problems like these, with a profile likelihood interval (Wilks' χ² with one degree of freedom).

    For a value v of pass@k the likelihood is maximised over α and β with 1 − π = v / [1 − B(α, β+k)/B(α, β)]; the
    interval holds the v whose maximum is near enough to the largest one. Raises ValueError as `fit_difficulty`, for
    k < 1 and for a confidence that is not one.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    table = _Counts(n, c)
    fit = fit_difficulty(n, c)
    estimate = float(fit.pass_at_k(k))
    drop = float(chi2.ppf(confidence, 1)) / 2.0
    peak = np.log([fit.alpha, fit.beta])

    def limit(end: float) -> float:
        last = peak

        def excess(value: float) -> float:
            nonlocal last
            reached, last = _profile(table, value, k, (last, peak))
            return fit.log_likelihood - reached - drop

        # An end of the unit interval that is likely enough belongs to the interval.
        return round(end) if excess(end) <= 0.0 else float(brentq(excess, estimate, end, xtol=1e-4))

    return Prediction(k, estimate, limit(1e-6), limit(1.0 - 1e-9))


def fit_power_law(ks: ArrayLike, values: ArrayLike) -> PowerLaw | None:
    """Return the power law through a curve of pass@k; None where fewer than two points lie strictly in (0, 1)."""
    k, value = np.asarray(ks, dtype=np.float64), np.asarray(values, dtype=np.float64)
    inside = (value > 0.0) & (value < 1.0) & (k > 0.0)
    if np.unique(k[inside]).size < 2:
        return None
    slope, intercept = np.polyfit(np.log(k[inside]), np.log(-np.log(value[inside])), 1)
    return PowerLaw(-float(np.exp(intercept)), float(slope))


class _Counts:
    """Distinct (n, c) pairs with how often each occurs, and the part of the likelihood that does not change."""

    def __init__(self, n: ArrayLike, c: ArrayLike) -> None:
        attempts, passed = np.asarray(n), np.asarray(c)
        if attempts.ndim != 1 or attempts.shape != passed.shape:
            raise ValueError("n and c must be vectors of the same length")
        if attempts.dtype.kind not in "iu" or passed.dtype.kind not in "iu":
            raise ValueError("n and c must hold whole numbers")
        if np.any(passed < 0) or np.any(passed > attempts) or np.any(attempts < 1):
            raise ValueError("c must lie between 0 and n, and n must be at least 1")
        if attempts.size < 2:
            raise ValueError("a distribution cannot be fitted to fewer than two problems")
        if not passed.any():
            raise ValueError("a distribution cannot be fitted where no attempt passed")
        pairs, counts = np.unique(np.stack([attempts, passed], axis=1), axis=0, return_counts=True)
        self.n, self.c = pairs[:, 0].astype(np.float64), pairs[:, 1].astype(np.float64)
        self.counts = counts.astype(np.float64)
        self._choose = gammaln(self.n + 1) - gammaln(self.c + 1) - gammaln(self.n - self.c + 1)

    def log_likelihood(self, zero: float, alpha: float, beta: float) -> float:
        log = self._choose + betaln(self.c + alpha, self.n - self.c + beta) - betaln(alpha, beta)
        with np.errstate(divide="ignore"):
            mixed = np.log1p(-zero) + log
            never = np.where(self.c == 0, np.log(zero), -np.inf)
        return float(self.counts @ np.logaddexp(mixed, never))


def _natural(x: Floats) -> tuple[float, float, float]:
    return float(expit(x[0])), float(np.exp(x[1])), float(np.exp(x[2]))


def _climb(table: _Counts, start: tuple[float, float, float]) -> Difficulty:
    def cost(x: Floats) -> float:
        return -table.log_likelihood(*_natural(x))

    bounds = [(-_LOG_BOUND - 6, _LOG_BOUND)] + [(-_LOG_BOUND, _LOG_BOUND)] * 2
    found = minimize(cost, np.asarray(start), method="L-BFGS-B", bounds=bounds)
    zero, alpha, beta = _natural(np.asarray(found.x))
    return Difficulty(zero, alpha, beta, -float(found.fun))


def _profile(table: _Counts, value: float, k: int, starts: Sequence[Floats]) -> tuple[float, Floats]:
    """Return the largest log likelihood among difficulties whose pass@k is `value`, and its log α and log β."""

    def cost(x: Floats) -> float:
        alpha, beta = np.exp(x)
        solvable = value / max(float(_reached(alpha, beta, k)), 1e-300)
        if solvable >= 1.0:
            # Such α and β cannot reach the value. The slope leads back to those that can.
            return 1e6 * solvable
        return -table.log_likelihood(1.0 - solvable, float(alpha), float(beta))

    # The edge (no zero inflation) is often where the maximum lies, and a simplex copes with it.
    options = {"xatol": 1e-3, "fatol": 1e-5, "maxiter": 1000}
    found = [minimize(cost, x, method="Nelder-Mead", options=options) for x in starts]
    best = min(found, key=lambda result: float(result.fun))
    return -float(best.fun), np.asarray(best.x)


def _reached(alpha: float, beta: float, k: ArrayLike) -> Floats:
    value: Floats = -np.expm1(betaln(alpha, beta + np.asarray(k, dtype=np.float64)) - betaln(alpha, beta))
    return value
