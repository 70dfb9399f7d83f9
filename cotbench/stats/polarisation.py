"""Polarisation: how far the idea behind a program decides whether it passes.

Wang et al. 2024 (arXiv 2409.03733, section 3.3) draw several programs for each of several ideas per problem and see the
solve rates per idea pile up at 0 and 1. A histogram alone cannot tell that from chance: splitting attempts by any label
widens their distribution. So beside it stand the intraclass correlation (the share of variance within problems that
the idea explains) and a null in which programs are shuffled among the ideas of their problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cotbench.stats.streams import stream

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LOW, HIGH = 0.1, 0.9
"""Ideas with a solve rate below the first or not below the second count as extreme."""

FEW_GRIDS = 5
"""Below this number of problems the correlation has no interval."""

_NULL = "polarisation null"
SHUFFLES = 2000
DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Grid:
    """Programs per idea and passes among them for the ideas of one problem: two vectors of one length."""

    programs: Ints
    passed: Ints

    @property
    def settled(self) -> bool:
        """Whether all programs of the problem pass, or none does: nothing is left for the idea to decide."""
        total = int(self.passed.sum())
        return total in (0, int(self.programs.sum()))


@dataclass(frozen=True, slots=True)
class Polarisation:
    """`correlation` is the pooled one-way ANOVA intraclass correlation with its interval, `p` comes from the shuffles.

    `extreme` is the share of ideas at an end (see LOW, HIGH), `extreme_null` its mean under the null and
    `extreme_null_high` the null's 95 % point. `settled` problems were left out: they hold no information.
    """

    problems: int
    ideas: int
    settled: int
    correlation: float
    low: float | None
    high: float | None
    p: float
    extreme: float
    extreme_null: float
    extreme_null_high: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Shares of problems and of ideas by solve rate: one number per bin [edge, next edge), the last one closed.

    `null` is the mean share of ideas if programs are shuffled among the ideas of their problem; 95 % of the shuffles
    lie between `null_low` and `null_high` in each bin.
    """

    edges: tuple[float, ...]
    problems: tuple[float, ...]
    ideas: tuple[float, ...]
    null: tuple[float, ...]
    null_low: tuple[float, ...]
    null_high: tuple[float, ...]


def grid(programs: Sequence[int], passed: Sequence[int]) -> Grid:
    """Return the grid of a problem; ideas without programs are dropped. Raises ValueError for impossible counts."""
    given, right = np.asarray(programs, dtype=np.int64), np.asarray(passed, dtype=np.int64)
    if given.ndim != 1 or given.shape != right.shape:
        raise ValueError("programs and passed must be vectors of the same length")
    if np.any(right < 0) or np.any(right > given):
        raise ValueError("passed must lie between 0 and programs")
    return Grid(given[given > 0], right[given > 0])


def polarisation(
    grids: Sequence[Grid], *, confidence: float = 0.95, seed: int = 0, shuffles: int = SHUFFLES, draws: int = DRAWS
) -> Polarisation | None:
    """Return how far ideas decide, pooled over problems; None where no problem has two ideas and is not settled.

    The interval resamples problems (percentiles) and is None for fewer than FEW_GRIDS of them.
    Raises ValueError for a bad confidence.
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    open_grids = _open(grids)
    if not open_grids:
        return None
    observed = _correlation(np.sum([_sums(item.programs, item.passed[None, :]) for item in open_grids], axis=0))[0]
    null = _shuffled(open_grids, seed, shuffles)
    low, high = _interval(open_grids, confidence, seed, draws)
    ideas = sum(item.programs.size for item in open_grids)
    extreme_null = null.extremes / ideas
    return Polarisation(
        problems=len(open_grids),
        ideas=ideas,
        settled=sum(item.settled for item in grids),
        correlation=float(observed),
        low=low,
        high=high,
        p=float((1 + np.count_nonzero(null.correlations >= observed - 1e-12)) / (shuffles + 1)),
        extreme=float(sum(_extremes(item.programs, item.passed[None, :])[0] for item in open_grids) / ideas),
        extreme_null=float(extreme_null.mean()),
        extreme_null_high=float(np.quantile(extreme_null, 0.95)),
    )


def histogram(grids: Sequence[Grid], *, bins: int = 10, seed: int = 0, shuffles: int = SHUFFLES) -> Histogram | None:
    """Return the distribution of solve rates of the problems that `polarisation` counts; None where there are none.

    Its shuffles are those of `polarisation` with the same seed. Raises ValueError for less than one bin.
    """
    if bins < 1:
        raise ValueError(f"a histogram has at least one bin, not {bins}")
    open_grids = _open(grids)
    if not open_grids:
        return None
    rng = stream(seed, _NULL)
    per_problem, per_idea = np.zeros(bins), np.zeros(bins)
    dealt = np.zeros((shuffles, bins))
    for item in open_grids:
        pooled = np.array([[item.passed.sum()]])
        per_problem += _binned(np.array([item.programs.sum()]), pooled, bins)[0]
        per_idea += _binned(item.programs, item.passed[None, :], bins)[0]
        deals = rng.multivariate_hypergeometric(item.programs, int(item.passed.sum()), size=shuffles)
        dealt += _binned(item.programs, deals, bins)
    ideas = sum(item.programs.size for item in open_grids)
    low, high = np.quantile(dealt / ideas, [0.025, 0.975], axis=0)
    return Histogram(
        edges=tuple(place / bins for place in range(bins + 1)),
        problems=_shares(per_problem / len(open_grids)),
        ideas=_shares(per_idea / ideas),
        null=_shares(dealt.mean(axis=0) / ideas),
        null_low=_shares(low),
        null_high=_shares(high),
    )


def intraclass_correlation(grids: Sequence[Grid]) -> float:
    """Return (MSB − MSW) / (MSB + (m − 1)·MSW), mean squares pooled over problems (one-way ANOVA within each).

    m is the usual mean size for unequal groups. NaN where nothing varies. Raises ValueError for no grid.
    """
    if not grids:
        raise ValueError("no problem was given")
    return float(_correlation(np.sum([_sums(item.programs, item.passed[None, :]) for item in grids], axis=0))[0])


@dataclass(frozen=True, slots=True)
class _Null:
    correlations: Floats
    extremes: Floats


def _shuffled(grids: Sequence[Grid], seed: int, shuffles: int) -> _Null:
    """Deal the passes of each problem out to its ideas at random, `shuffles` times."""
    rng = stream(seed, _NULL)
    sums = np.zeros((shuffles, 5), dtype=np.float64)
    extremes = np.zeros(shuffles, dtype=np.float64)
    for item in grids:
        dealt = rng.multivariate_hypergeometric(item.programs, int(item.passed.sum()), size=shuffles)
        sums += _sums(item.programs, dealt)
        extremes += _extremes(item.programs, dealt)
    return _Null(_correlation(sums), extremes)


def _interval(
    grids: Sequence[Grid], confidence: float, seed: int, draws: int
) -> tuple[float, float] | tuple[None, None]:
    if len(grids) < FEW_GRIDS:
        return None, None
    rng = stream(seed, "polarisation interval")
    chosen = rng.multinomial(len(grids), np.full(len(grids), 1.0 / len(grids)), size=draws)
    # Ideas are not drawn again within their problem: of five ideas drawn with replacement some are alike, which
    # takes a fifth of the variance between them away and would shift the whole interval.
    sums = np.concatenate([_sums(item.programs, item.passed[None, :]) for item in grids])
    values = _correlation(chosen @ sums)
    tail = (1.0 - confidence) / 2.0
    low, high = np.nanquantile(values, [tail, 1.0 - tail])
    return float(low), float(high)


def _open(grids: Sequence[Grid]) -> list[Grid]:
    return [item for item in grids if not item.settled and item.programs.size >= 2]


def _binned(programs: Ints, passed: Ints, bins: int) -> Floats:
    """Return how many of each row's rates fall into each bin, exactly: whole numbers decide, not rounded rates."""
    places = np.minimum(passed * bins // programs, bins - 1)
    return np.stack([(places == place).sum(axis=1) for place in range(bins)], axis=1).astype(np.float64)


def _shares(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _sums(programs: Ints, passed: Ints) -> Floats:
    """Return per row: squares between ideas, their degrees of freedom, squares within, theirs, and Σ(N − Σm²/N)."""
    sizes = np.broadcast_to(programs, passed.shape).astype(np.float64)
    rates = passed / sizes
    total = sizes.sum(axis=1)
    mean = passed.sum(axis=1) / total
    between = (sizes * (rates - mean[:, None]) ** 2).sum(axis=1)
    within = (sizes * rates * (1.0 - rates)).sum(axis=1)
    groups = np.full(total.shape, passed.shape[1], dtype=np.float64)
    spread = total - (sizes**2).sum(axis=1) / total
    return np.stack([between, groups - 1.0, within, total - groups, spread], axis=1)


def _correlation(sums: Floats) -> Floats:
    rows = np.atleast_2d(sums)
    between, groups, within, rest, spread = rows.T
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_between = between / groups
        # One program per idea leaves no squares within, and nothing to tell idea and chance apart.
        mean_within = np.where(rest > 0, within / rest, np.nan)
        size = spread / groups
        value: Floats = (mean_between - mean_within) / (mean_between + (size - 1.0) * mean_within)
    return value


def _extremes(programs: Ints, passed: Ints) -> Floats:
    rates = passed / programs
    count: Floats = ((rates < LOW) | (rates >= HIGH)).sum(axis=1).astype(np.float64)
    return count
