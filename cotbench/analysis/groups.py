"""Groups of problems: every run by difficulty, platform or month, and the average in which groups weigh the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from cotbench.analysis.frames import RunTable
from cotbench.core.errors import ConfigurationError
from cotbench.stats.intervals import Interval, mean_intervals, wilson
from cotbench.stats.paired import difference_intervals
from cotbench.store import ProblemInfo

Floats = NDArray[np.float64]

GroupBy = Literal["difficulty", "platform", "month"]

GROUPINGS: tuple[GroupBy, ...] = get_args(GroupBy)

NONE = "none"
"""The group of problems for which the benchmark does not say."""

_MONTH = 7
_ORDER = ("easy", "introductory", "medium", "interview", "hard", "competition")


@dataclass(frozen=True, slots=True)
class GroupValue:
    """One run's pass@k on one group, with its interval over the group's problems."""

    run: str
    k: int
    estimate: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class GroupDifference:
    """run − baseline in pass@k on one group, paired by problem. Without a p: groups are looked at, not tested."""

    run: str
    baseline: str
    k: int
    estimate: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Group:
    """One group of problems."""

    name: str
    problems: int
    values: tuple[GroupValue, ...]
    differences: tuple[GroupDifference, ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """All groups, and `macro`: the mean over groups of each run's pass@k."""

    by: GroupBy
    groups: tuple[Group, ...]
    macro: tuple[GroupValue, ...]


_READ: Mapping[GroupBy, Callable[[ProblemInfo], str]] = {
    "difficulty": lambda info: info.difficulty,
    "platform": lambda info: info.platform,
    "month": lambda info: info.date[:_MONTH],
}


def grouped(
    by: GroupBy,
    tables: Sequence[RunTable],
    names: Sequence[str],
    problems: Sequence[str],
    ks: Sequence[int],
    values: Sequence[Floats],
    pairs: Sequence[tuple[int, int]],
    *,
    seed: int,
    confidence: float,
) -> Grouping:
    """Return pass@k by group from the matrices problems × ks of all runs; `pairs` are places (baseline, run).

    The interval of the average over groups is Wilson's at the effective number of problems 1/Σw², with w the weight
    of a problem in it. Raises ConfigurationError if the manifest says nothing to group by.
    """
    infos = tables[0].manifest.problems
    labels = [_READ[by](infos[name]) or NONE for name in problems]
    if set(labels) == {NONE}:
        hint = "runs of an earlier version did not store the platform" if by == "platform" else ""
        raise ConfigurationError(f"{tables[0].name}: its problems have no {by}", hint=hint)
    order = sorted(set(labels), key=_rank)
    groups: list[Group] = []
    for label in order:
        inside = np.array([found == label for found in labels])
        shown = [matrix[inside] for matrix in values]
        stacked = np.hstack(shown)
        groups.append(
            Group(
                name=label,
                problems=int(inside.sum()),
                values=tuple(
                    GroupValue(name, k, mean, limits)
                    for (name, k), mean, limits in zip(
                        [(name, k) for name in names for k in ks],
                        stacked.mean(axis=0).tolist(),
                        mean_intervals(stacked, confidence=confidence, seed=seed),
                        strict=True,
                    )
                ),
                differences=tuple(
                    GroupDifference(names[run], names[base], k, mean, limits)
                    for base, run in pairs
                    for k, mean, limits in zip(
                        ks,
                        (shown[run] - shown[base]).mean(axis=0).tolist(),
                        difference_intervals(shown[run] - shown[base], confidence=confidence),
                        strict=True,
                    )
                ),
            )
        )
    sizes = {group.name: group.problems for group in groups}
    weights = np.array([1.0 / (len(order) * sizes[label]) for label in labels])
    effective = 1.0 / float(np.sum(weights**2))
    macro = [
        GroupValue(name, k, mean, wilson(min(1.0, max(0.0, mean)) * effective, effective, confidence))
        for name, matrix in zip(names, values, strict=True)
        for k, mean in zip(ks, (weights @ matrix).tolist(), strict=True)
    ]
    return Grouping(by, tuple(groups), tuple(macro))


def _rank(label: str) -> tuple[bool, int, str]:
    """Order groups from easy to hard, else by name; those that the benchmark says nothing of come last."""
    known = label.lower() in _ORDER
    return (label == NONE, _ORDER.index(label.lower()) if known else len(_ORDER), label)
