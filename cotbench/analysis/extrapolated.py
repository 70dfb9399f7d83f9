"""pass@k beyond the attempts of a run, with the interval that says how little is known about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cotbench.analysis.coverage import coverage, curve_ks
from cotbench.analysis.frames import ProblemRow
from cotbench.analysis.notes import counted
from cotbench.core.errors import ConfigurationError
from cotbench.stats.extrapolation import FARTHEST, fit_difficulty, fit_power_law, predict


@dataclass(frozen=True, slots=True)
class Extrapolated:
    """One run at a k beyond its `attempts`, by a zero-inflated Beta-Binomial and, without an interval, a power law.

    `zero` is the fitted share of problems that no attempt ever solves, `alpha` and `beta` the difficulty of the
    others. `power_law` is None where fewer than two points of the curve lie strictly between 0 and 1.
    """

    run: str
    attempts: int
    k: int
    estimate: float
    low: float
    high: float
    zero: float
    alpha: float
    beta: float
    power_law: float | None
    note: str


def extrapolated(
    run: str, problems: Sequence[ProblemRow], ks: Sequence[int], *, confidence: float = 0.95, force: bool = False
) -> tuple[Extrapolated, ...]:
    """Return predictions of pass@k for a run's problems.

    Raises ConfigurationError for a k below 1 or, without `force`, beyond ten times the fewest attempts of a problem,
    and where nothing can be fitted: fewer than two problems, no attempt that passed.
    """
    rows = [row for row in problems if row.n > 0]
    most = min((row.n for row in rows), default=0)
    for k in ks:
        if k < 1:
            raise ConfigurationError(f"--extrapolate {k}: a whole number from 1 up was expected")
        if k > FARTHEST * most and not force:
            raise ConfigurationError(
                f"--extrapolate {k}: {run} has {counted(most, 'attempt')} per problem, and beyond {FARTHEST * most} "
                "a prediction rests on the model alone",
                hint=f"give --extrapolate up to {FARTHEST * most}, run more attempts, or take the risk with --force",
            )
    n = np.array([row.n for row in rows], dtype=np.int64)
    c = np.array([row.passed for row in rows], dtype=np.int64)
    try:
        fit = fit_difficulty(n, c)
        found = [predict(n, c, k, confidence=confidence) for k in ks]
    except ValueError as error:
        raise ConfigurationError(f"--extrapolate: {run}: {error}") from error
    points = curve_ks(most)
    law = fit_power_law(points, coverage(rows, points).mean(axis=0))
    missing = len(problems) - len(rows)
    note = f"{counted(missing, 'problem')} without any program left out of the fit" if missing else ""
    far = [f"beyond {FARTHEST} × the attempts"] if any(k > FARTHEST * most for k in ks) else []
    return tuple(
        Extrapolated(
            run=run,
            attempts=most,
            k=k,
            estimate=prediction.estimate,
            low=prediction.low,
            high=prediction.high,
            zero=fit.zero,
            alpha=fit.alpha,
            beta=fit.beta,
            power_law=None if law is None else float(law.pass_at_k(k)),
            note="; ".join([*far, *([note] if note else [])]),
        )
        for k, prediction in zip(ks, found, strict=True)
    )
