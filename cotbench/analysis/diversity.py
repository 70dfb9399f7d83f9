"""How different the programs of a run are: a ladder of measures, per problem and averaged over problems.

    exact, tokens, tree    classes of equal normal forms (`core/normal.py`)
    edits                  mean edit distance of pairs of trees
    behaviour              classes of equal outputs on public and generated inputs
    judge                  pairs that a model says are of the same idea

D is the chance that two programs of one problem differ (for `edits` the mean distance): equation 1 of Wang et al. 2024
(arXiv 2409.03733). Problems are the unit of all intervals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np

from cotbench.analysis.frames import RunTable
from cotbench.analysis.programs import Judgements, Program, RunPrograms
from cotbench.stats.abundance import expected_classes, hill_number, pairwise_difference, rarefied_hill_number
from cotbench.stats.agreement import Agreement, agreement
from cotbench.stats.edits import mean_distance, some_pairs
from cotbench.stats.intervals import Interval, mean_intervals
from cotbench.store.judgements import JudgementRow

EDIT_PAIRS = 200
"""Pairs of programs per problem whose trees are compared, unless told otherwise."""

ORDERS = (0, 1, 2)
CLASSES = ("exact", "tokens", "tree", "behaviour")
"""The rungs that sort programs into classes, each at least as coarse as the one before (behaviour stands alone)."""


@dataclass(frozen=True, slots=True)
class ProblemDiversity:
    """One problem. `sizes` are the sizes of the classes of each rung that was measured, largest first.

    `useful` are the sizes of the classes of behaviour among the programs that passed the public cases. `different`
    is the share of judged pairs said to differ, by judge; both orders of a pair count half each.
    """

    problem: str
    programs: int
    sizes: Mapping[str, tuple[int, ...]]
    edits: float | None
    useful: tuple[int, ...] | None
    different: Mapping[str, float]

    def difference(self, rung: str) -> float | None:
        """Return D on one rung; None where it is not measured or there is no pair."""
        if rung == "edits":
            return self.edits
        if rung in self.sizes:
            return pairwise_difference(self.sizes[rung])
        return self.different.get(rung)


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over so many problems with its interval."""

    value: float
    interval: Interval
    problems: int


@dataclass(frozen=True, slots=True)
class RungValues:
    """One rung of one run: D, and the Hill numbers of ORDERS in `draws` programs where the rung has classes."""

    rung: str
    difference: Mean
    hill: tuple[Mean, ...]


@dataclass(frozen=True, slots=True)
class JudgeValues:
    """What is to be known of a judge: pairs judged, answers that could not be read, and whether orders agree."""

    method: str
    pairs: int
    asked: int
    unreadable: int
    orders: Agreement | None
    calls: int
    usd: float | None


@dataclass(frozen=True, slots=True)
class RunDiversity:
    """The ladder of one run. `useful` is the number of behaviours that pass the public cases in `draws` programs.

    `inputs` is the length of the longest list of inputs that programs were watched on.
    """

    table: RunTable
    problems: tuple[ProblemDiversity, ...]
    draws: int
    rungs: tuple[RungValues, ...]
    useful: Mean | None
    judges: tuple[JudgeValues, ...]
    edit_pairs: int
    inputs: int

    def rung(self, name: str) -> RungValues | None:
        """Return one rung's values, None where it was not measured."""
        return next((values for values in self.rungs if values.rung == name), None)


def problem_diversities(
    programs: RunPrograms,
    *,
    edit_pairs: int = EDIT_PAIRS,
    seed: int = 0,
) -> tuple[ProblemDiversity, ...]:
    """Measure every problem. Raises ValueError for a negative seed."""
    return tuple(
        _problem(name, own, programs.behaviours, programs.judgements, edit_pairs, seed)
        for name, own in programs.problems.items()
    )


def fewest_programs(groups: Iterable[Sequence[ProblemDiversity]]) -> int:
    """Return the fewest programs of a problem that has at least two, 1 where there is none."""
    return min((row.programs for rows in groups for row in rows if row.programs > 1), default=1)


def run_diversity(
    table: RunTable,
    programs: RunPrograms,
    problems: Sequence[ProblemDiversity],
    *,
    draws: int,
    edit_pairs: int = EDIT_PAIRS,
    seed: int = 0,
    confidence: float = 0.95,
) -> RunDiversity:
    """Average over problems. Hill numbers are those of `draws` programs; problems with fewer are left out of them."""
    names = [*CLASSES[:3], "edits", "behaviour", *(judge.method for judge in programs.judgements)]
    rungs: list[RungValues] = []
    for name in names:
        values = [value for row in problems if (value := row.difference(name)) is not None]
        if not values:
            continue
        classes = [row.sizes[name] for row in problems if name in row.sizes and row.programs >= draws]
        hill = [
            mean([rarefied_hill_number(sizes, order, draws) for sizes in classes], 1, draws, seed, confidence)
            for order in ORDERS
            if classes
        ]
        difference = mean(values, 0, 1, seed, confidence)
        if difference is not None:
            rungs.append(RungValues(name, difference, tuple(item for item in hill if item is not None)))
    useful = [
        expected_classes(row.useful, row.programs, draws)
        for row in problems
        if row.useful is not None and row.programs >= draws
    ]
    return RunDiversity(
        table=table,
        problems=tuple(problems),
        draws=draws,
        rungs=tuple(rungs),
        useful=mean(useful, 0, draws, seed, confidence),
        judges=tuple(_judge(judge, programs) for judge in programs.judgements),
        edit_pairs=edit_pairs,
        inputs=programs.inputs,
    )


def plain_hill(sizes: Sequence[int]) -> tuple[float, ...]:
    """Return the Hill numbers of ORDERS of all programs of a problem."""
    return tuple(hill_number(sizes, order) for order in ORDERS)


def mean(values: Sequence[float], least: float, most: float, seed: int, confidence: float) -> Mean | None:
    """Return the mean of values between `least` and `most` with its interval; None where there is no value."""
    if not values:
        return None
    width = (most - least) or 1.0
    shares = np.clip((np.asarray(values, dtype=np.float64) - least) / width, 0.0, 1.0)
    (interval,) = mean_intervals(shares[:, None], confidence=confidence, seed=seed)
    limits = Interval(least + width * interval.low, least + width * interval.high, interval.method)
    return Mean(float(np.mean(values)), limits if most > least else Interval(least, most, interval.method), len(values))


def _problem(
    name: str,
    programs: Sequence[Program],
    behaviours: Mapping[str, str],
    judges: Sequence[Judgements],
    edit_pairs: int,
    seed: int,
) -> ProblemDiversity:
    labels = {
        "exact": [program.forms.exact for program in programs],
        "tokens": [program.forms.tokens for program in programs],
        "tree": [program.forms.tree for program in programs],
    }
    useful: tuple[int, ...] | None = None
    if programs and all(program.key in behaviours for program in programs):
        labels["behaviour"] = [behaviours[program.key] for program in programs]
        if all(program.public is not None for program in programs):
            useful = _sizes(behaviours[program.key] for program in programs if program.public)
    keys = {program.key for program in programs}
    different: dict[str, float] = {}
    for judge in judges:
        said = [row.answer == "different" for row in judge.rows if row.answer != "unreadable" and _about(row, keys)]
        if said:
            different[judge.method] = sum(said) / len(said)
    pairs = some_pairs(len(programs), edit_pairs, seed, f"edit pairs {name}")
    return ProblemDiversity(
        problem=name,
        programs=len(programs),
        sizes={rung: _sizes(values) for rung, values in labels.items()},
        edits=mean_distance([program.forms.walk for program in programs], pairs),
        useful=useful,
        different=different,
    )


def _judge(judge: Judgements, programs: RunPrograms) -> JudgeValues:
    keys = {program.key for own in programs.problems.values() for program in own}
    rows = [row for row in judge.rows if _about(row, keys)]
    read = {(row.first, row.second): row.answer == "same" for row in rows if row.asked and row.answer != "unreadable"}
    both = [(pair, pair[::-1]) for pair in read if pair < pair[::-1] and pair[::-1] in read]
    return JudgeValues(
        method=judge.method,
        pairs=len({frozenset((row.first, row.second)) for row in rows}),
        asked=sum(row.asked for row in rows),
        unreadable=sum(row.answer == "unreadable" for row in rows),
        orders=agreement([read[pair] for pair, _ in both], [read[turned] for _, turned in both]),
        calls=judge.calls,
        usd=judge.usd,
    )


def _about(row: JudgementRow, keys: AbstractSet[str]) -> bool:
    return row.first in keys and row.second in keys


def _sizes(labels: Iterable[str]) -> tuple[int, ...]:
    return tuple(sorted(Counter(labels).values(), reverse=True))
