"""What the public cases are worth in a run: n@k against pass@k, and how often such cases accept wrong programs.

Over the problems that have public cases, and the attempts that were judged on both sets. For benchmarks that extend
another one (HumanEval+, MBPP+) the base cases are judged in the same way: programs that pass them and fail the rest are
false accepts of the base benchmark (Liu et al. 2023, arXiv 2305.01210).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cotbench.analysis.coverage import default_ks
from cotbench.analysis.frames import RunTable
from cotbench.analysis.notes import counted
from cotbench.analysis.sheet import Sheet, Value, columns
from cotbench.analysis.traced import Traced, traced
from cotbench.core.errors import ConfigurationError
from cotbench.stats.bootstrap import resampled_means
from cotbench.stats.intervals import FEW_PROBLEMS, Interval, mean_interval, mean_intervals
from cotbench.stats.passk import pass_at_k_curves
from cotbench.stats.selection import false_accepts, false_rejects, filtered_pass_at_k, n_at_k, selection_efficiency

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SEVERAL = 10
"""Submissions of the second kind of n@k, as in AlphaCode's 10@k."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Per problem: attempts, those that pass the first set of cases, both sets, and the second set."""

    problems: tuple[str, ...]
    attempts: Ints
    first: Ints
    both: Ints
    second: Ints


@dataclass(frozen=True, slots=True)
class Selected:
    """One k: means over problems. `efficiency` is None where nothing can be gained, its limits if problems are few."""

    k: int
    one: float
    one_interval: Interval
    several: float | None
    coverage: float
    filtered: float
    efficiency: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Fault:
    """How often a set of cases is wrong: `count` of `total` attempts on `problems` problems, as a mean over those."""

    count: int
    total: int
    problems: int
    rate: float | None
    interval: Interval | None


def judged_on_public(table: RunTable, attempts: Sequence[Traced]) -> Judged:
    """Return the counts of public against hidden cases. Raises ConfigurationError if no attempt was judged on both."""
    found = _counts(table, [(item, item.public) for item in attempts if item.public is not None])
    if found is None:
        raise ConfigurationError(
            f"{table.name}: no attempt was judged on public cases, so nothing could be selected by them",
            hint="cotbench list benchmarks shows which have public cases",
        )
    return found


def judged_on_base(table: RunTable, attempts: Sequence[Traced]) -> Judged | None:
    """Return the counts of base cases against all hidden ones; None where no problem of the run says which are base."""
    base = {name: info.base for name, info in table.manifest.problems.items()}
    return _counts(
        table, [(item, item.passed or item.cases >= count) for item in attempts if (count := base[item.problem])]
    )


def selected(judged: Judged, *, confidence: float = 0.95, seed: int = 0) -> tuple[Selected, ...]:
    """Return n@k by the public cases beside pass@k for k = 1, 2, 5, 10 …, over the problems that `judged` holds."""
    ks = default_ks(int(judged.attempts.min()))
    coverage = pass_at_k_curves(judged.attempts, judged.second, ks)
    rows: list[Selected] = []
    for place, k in enumerate(ks):
        one = n_at_k(judged.attempts, judged.first, judged.both, 1, k)
        several = n_at_k(judged.attempts, judged.first, judged.both, SEVERAL, k) if k > SEVERAL else None
        low, high = _efficiency_limits(one, coverage[:, 0], coverage[:, place], confidence, seed)
        rows.append(
            Selected(
                k=k,
                one=float(one.mean()),
                one_interval=mean_interval(one, confidence=confidence, seed=seed),
                several=None if several is None else float(several.mean()),
                coverage=float(coverage[:, place].mean()),
                filtered=float(filtered_pass_at_k(judged.first, judged.both, k).mean()),
                efficiency=selection_efficiency(
                    float(one.mean()), float(coverage[:, 0].mean()), float(coverage[:, place].mean())
                ),
                low=low,
                high=high,
            )
        )
    return tuple(rows)


def faults(judged: Judged, *, confidence: float = 0.95, seed: int = 0) -> tuple[Fault, Fault]:
    """Return the first set's false accepts (wrong attempts that pass) and false rejects (right ones that do not)."""
    counts = judged.attempts, judged.first, judged.both, judged.second
    return (
        _fault(*false_accepts(*counts), confidence, seed),
        _fault(*false_rejects(*counts), confidence, seed),
    )


def selection_sheets(table: RunTable, *, confidence: float = 0.95, seed: int = 0) -> tuple[Sheet, ...]:
    """Return selection, faults of the public cases and, for extended benchmarks, base against all cases, as sheets.

    Raises ConfigurationError if no attempt was judged on public or base cases, StoreError if the run is unreadable.
    """
    attempts = traced(table)
    base = judged_on_base(table, attempts)
    public = judged_on_public(table, attempts) if base is None or _any_public(attempts) else None
    sheets: list[Sheet] = []
    sets: list[tuple[str, Judged]] = []
    if public is not None:
        sheets.append(_selection(public, confidence, seed))
        sets.append(("public", public))
    if base is not None:
        sets.append(("base", base))
    sheets.append(_faults(sets, confidence, seed))
    if base is not None:
        sheets.append(_base(base, confidence, seed))
    return tuple(sheets)


def _any_public(attempts: Sequence[Traced]) -> bool:
    return any(item.public is not None for item in attempts)


def _counts(table: RunTable, found: Sequence[tuple[Traced, bool]]) -> Judged | None:
    by_problem: dict[str, list[int]] = {}
    for item, first in found:
        counts = by_problem.setdefault(item.problem, [0, 0, 0, 0])
        for place, here in enumerate((True, first, first and item.passed, item.passed)):
            counts[place] += here
    if not by_problem:
        return None
    names = tuple(row.problem for row in table.problems if row.problem in by_problem)
    matrix = np.array([by_problem[name] for name in names], dtype=np.int64)
    return Judged(names, *matrix.T)


def _efficiency_limits(
    one: Floats, single: Floats, coverage: Floats, confidence: float, seed: int
) -> tuple[float, float] | tuple[None, None]:
    if one.size < FEW_PROBLEMS or float(coverage.mean() - single.mean()) <= 1e-12:
        return None, None
    means = resampled_means(np.stack([one, single, coverage], axis=1), seed=seed)
    gains = means[:, 2] - means[:, 1]
    open_draws = gains > 1e-12
    tail = (1.0 - confidence) / 2.0
    values = (means[open_draws, 0] - means[open_draws, 1]) / gains[open_draws]
    low, high = np.quantile(values, [tail, 1.0 - tail])
    return float(low), float(high)


def _fault(count: Ints, total: Ints, confidence: float, seed: int) -> Fault:
    some = total > 0
    shares = count[some] / total[some]
    rate = float(shares.mean()) if shares.size else None
    interval = mean_interval(shares, confidence=confidence, seed=seed) if shares.size else None
    return Fault(int(count.sum()), int(total.sum()), int(shares.size), rate, interval)


def _selection(judged: Judged, confidence: float, seed: int) -> Sheet:
    return Sheet(
        name="selection",
        title=f"One answer chosen by the public cases, {counted(len(judged.problems), 'problem')}",
        columns=columns(
            k="count",
            one_at_k="share",
            low="share",
            high="share",
            ten_at_k="share",
            pass_at_k="share",
            filtered_pass_at_k="share",
            efficiency="share",
            efficiency_low="share",
            efficiency_high="share",
        ),
        rows=tuple(
            (
                row.k,
                row.one,
                row.one_interval.low,
                row.one_interval.high,
                row.several,
                row.coverage,
                row.filtered,
                row.efficiency,
                row.low,
                row.high,
            )
            for row in selected(judged, confidence=confidence, seed=seed)
        ),
        notes=(
            "1@k: draw k attempts, submit one that passes the public cases",
            "efficiency: (1@k − pass@1) / (pass@k − pass@1), the share of an oracle's gain",
            f"filtered pass@k: k counts attempts that pass the public cases, and all {int(judged.attempts.min())} "
            "attempts of a problem are paid for at every k",
        ),
    )


def _faults(sets: Sequence[tuple[str, Judged]], confidence: float, seed: int) -> Sheet:
    rows: list[tuple[Value, ...]] = []
    for name, judged in sets:
        for word, fault in zip(("accepts", "rejects"), faults(judged, confidence=confidence, seed=seed), strict=True):
            interval = fault.interval
            rows.append(
                (
                    f"{name} cases: false {word}",
                    fault.count,
                    fault.total,
                    fault.problems,
                    fault.rate,
                    None if interval is None else interval.low,
                    None if interval is None else interval.high,
                )
            )
    return Sheet(
        name="faults",
        title="How often cases accept wrong programs, or reject right ones",
        columns=columns(
            fault="word", attempts="count", of="count", problems="count", rate="share", low="share", high="share"
        ),
        rows=tuple(rows),
        notes=("rate: mean over the problems that have such attempts; right and wrong are what the hidden cases say",),
    )


def _base(judged: Judged, confidence: float, seed: int) -> Sheet:
    ks = default_ks(int(judged.attempts.min()))
    base = pass_at_k_curves(judged.attempts, judged.first, ks)
    whole = pass_at_k_curves(judged.attempts, judged.second, ks)
    drops = mean_intervals(np.clip(base - whole, 0.0, 1.0), confidence=confidence, seed=seed)
    rows = tuple(
        (
            k,
            float(base[:, place].mean()),
            float(whole[:, place].mean()),
            float((base - whole)[:, place].mean()),
            d.low,
            d.high,
        )
        for place, (k, d) in enumerate(zip(ks, drops, strict=True))
    )
    return Sheet(
        name="base",
        title=f"pass@k on the base cases and on all, {counted(len(judged.problems), 'problem')}",
        columns=columns(
            k="count", base_pass_at_k="share", pass_at_k="share", drop="share", drop_low="share", drop_high="share"
        ),
        rows=rows,
    )
