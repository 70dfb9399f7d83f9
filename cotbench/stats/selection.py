"""What a selector that sees only the public cases makes of k attempts: n@k in closed form; how good such cases are.

pass@k lets an oracle pick. n@k is what a user gets: draw k attempts, submit at most n of those that pass the public
cases (AlphaCode's notation, Li et al. 2022, arXiv 2203.07814). Of the N attempts on a problem, `both` pass public and
hidden cases, `public` pass the public cases (so `both` <= `public`), `hidden` pass the hidden ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from cotbench.stats.passk import pass_at_k

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def n_at_k(attempts: ArrayLike, public: ArrayLike, both: ArrayLike, n: int, k: int) -> Floats:
    """Return, per problem, the chance that one of n submissions is right: n drawn at random from those of k attempts
    (themselves drawn at random) that pass the public cases; all of them where they are fewer, none where none does.

    Given that s of the k pass the public cases, the m = min(n, s) submissions are a random m-subset of all `public`
    attempts, so n@k = Σ_s P(s) · pass@m(public, both), with s hypergeometric. Equal to the double sum over right and
    wrong public passers, but of n + 1 terms. Raises ValueError for impossible counts, n < 1, or k outside 1 … attempts.
    """
    total, accepted, right = _counts(attempts, public, both)
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    if k < 1 or bool(np.any(k > total)):
        raise ValueError(f"n@{k} is undefined for {total.min(initial=k)} attempts")
    most = min(n, k)
    chance = np.zeros(total.shape, dtype=np.float64)
    below = _hypergeometric(total, accepted, k, 0)
    for submitted in range(1, most + 1):
        here = _hypergeometric(total, accepted, k, submitted) if submitted < most else np.maximum(0.0, 1.0 - below)
        below = below + here
        chance += here * filtered_pass_at_k(accepted, right, submitted)
    return chance


def filtered_pass_at_k(public: ArrayLike, both: ArrayLike, k: int) -> Floats:
    """Return pass@k among the attempts that pass the public cases, as Wang et al. 2024 (arXiv 2409.03733, appendix R)
    plot it: 0 where none passes them, and 1 where fewer than k do and one of those is right.

    It counts submissions only: every k is paid for with all attempts of the run. Raises ValueError for impossible
    counts or k < 1.
    """
    accepted, right, _ = np.broadcast_arrays(_whole(public), _whole(both), 0)
    _check(accepted, right)
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    values = (right > 0).astype(np.float64)
    enough = accepted >= k
    values[enough] = pass_at_k(accepted[enough], right[enough], k)
    return values


def selection_efficiency(selected: float, single: float, coverage: float) -> float | None:
    """Return (1@k − pass@1) / (pass@k − pass@1): the share of what an oracle gains that the selector gets.

    None where the oracle gains nothing.
    """
    gain = coverage - single
    return None if gain <= 1e-12 else (selected - single) / gain


def false_accepts(attempts: ArrayLike, public: ArrayLike, both: ArrayLike, hidden: ArrayLike) -> tuple[Ints, Ints]:
    """Return, per problem, wrong attempts that pass the public cases, and all wrong attempts.

    Raises ValueError for impossible counts.
    """
    total, accepted, right, solved = _with_hidden(attempts, public, both, hidden)
    return accepted - right, total - solved


def false_rejects(attempts: ArrayLike, public: ArrayLike, both: ArrayLike, hidden: ArrayLike) -> tuple[Ints, Ints]:
    """Return, per problem, right attempts that fail the public cases, and all right attempts.

    Raises ValueError for impossible counts.
    """
    _, _, right, solved = _with_hidden(attempts, public, both, hidden)
    return solved - right, solved


def _with_hidden(
    attempts: ArrayLike, public: ArrayLike, both: ArrayLike, hidden: ArrayLike
) -> tuple[Ints, Ints, Ints, Ints]:
    total, accepted, right = _counts(attempts, public, both)
    solved = np.broadcast_to(_whole(hidden), total.shape)
    if np.any(solved < right) or np.any(solved - right > total - accepted):
        raise ValueError("hidden must lie between both and both + the attempts that fail the public cases")
    return total, accepted, right, solved


def _counts(attempts: ArrayLike, public: ArrayLike, both: ArrayLike) -> tuple[Ints, Ints, Ints]:
    total, accepted, right = np.broadcast_arrays(
        np.atleast_1d(_whole(attempts)), np.atleast_1d(_whole(public)), np.atleast_1d(_whole(both))
    )
    _check(accepted, right)
    if np.any(accepted > total):
        raise ValueError("public must not exceed the attempts")
    return total, accepted, right


def _check(accepted: Ints, right: Ints) -> None:
    if np.any(right < 0) or np.any(right > accepted):
        raise ValueError("both must lie between 0 and public")


def _hypergeometric(total: Ints, marked: Ints, draws: int, wanted: int) -> Floats:
    """Return the chance that `draws` of `total` items, `marked` of them marked, hold just `wanted` marked ones."""
    possible = (wanted <= marked) & (draws - wanted <= total - marked) & (draws >= wanted)
    chance = np.zeros(total.shape, dtype=np.float64)
    if possible.any():
        t, m = total[possible], marked[possible]
        log = _log_choose(m, wanted) + _log_choose(t - m, draws - wanted) - _log_choose(t, draws)
        chance[possible] = np.exp(log)
    return chance


def _log_choose(n: Ints, k: int) -> Floats:
    log: Floats = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return log


def _whole(values: ArrayLike) -> Ints:
    array = np.asarray(values)
    if array.dtype.kind not in "iu":
        raise ValueError("counts must be whole numbers")
    return array.astype(np.int64)
