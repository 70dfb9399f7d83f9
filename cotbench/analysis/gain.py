"""Whether diversity predicts the gain from more attempts: D against pass@k − pass@1, over runs and over problems.

Wang et al. 2024 (arXiv 2409.03733, section 6.1) plot D against the relative gain (pass@k − pass@1) / pass@1, one point
per model and method, with no coefficient. That gain has pass@1 in its denominator, and diversity lowers pass@1, so part
of the association is built in. Beside it stand the absolute gain and the correlations that are left when pass@1 is
given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cotbench.analysis.coverage import coverage, split_ks
from cotbench.analysis.diversity import RunDiversity
from cotbench.analysis.frames import ProblemRow
from cotbench.core.errors import ConfigurationError
from cotbench.stats.association import FEWEST, Association, spearman

FEWEST_RUNS = 3

Level = Literal["runs", "problems"]
Kind = Literal["relative", "absolute"]


@dataclass(frozen=True, slots=True)
class GainPoint:
    """A run, or a problem of a run. `differences` holds D by rung."""

    run: str
    problem: str
    model: str
    differences: Mapping[str, float]
    pass_one: float
    pass_k: float

    def gain(self, kind: Kind) -> float | None:
        """Return the gain as a share of problems, or relative to pass@1; None where that is zero."""
        absolute = self.pass_k - self.pass_one
        if kind == "absolute":
            return absolute
        return absolute / self.pass_one if self.pass_one > 0 else None


@dataclass(frozen=True, slots=True)
class GainRow:
    """The association of one rung with one gain: plain, and given pass@1. None where it is undefined."""

    level: Level
    rung: str
    gain: Kind
    points: int
    plain: Association | None
    partial: Association | None


@dataclass(frozen=True, slots=True)
class Gain:
    """All associations at one k, and the points they come from."""

    k: int
    runs: tuple[GainPoint, ...]
    problems: tuple[GainPoint, ...]
    rows: tuple[GainRow, ...]
    notes: tuple[str, ...]


def gain(
    found: Sequence[RunDiversity],
    labels: Sequence[str],
    *,
    k: int | None = None,
    seed: int = 0,
    confidence: float = 0.95,
) -> Gain:
    """Return D against gain for one or more runs, at k or at the largest k up to half of the fewest attempts.

    Nearer to all attempts a problem's pass@k is 0 or 1, and its gain says little but pass@1. Over runs, those of one
    model are resampled together; over problems, all points of one problem. Raises ConfigurationError for a k that is
    undefined, and where no k above 1 is defined.
    """
    last = _gain_k(found, k)
    runs = tuple(_run_point(run, label, last) for run, label in zip(found, labels, strict=True))
    problems = tuple(
        point for run, label in zip(found, labels, strict=True) for point in _problem_points(run, label, last)
    )
    rows = [
        *(_rows("runs", runs, seed, confidence) if len(runs) >= FEWEST_RUNS else ()),
        *_rows("problems", problems, seed, confidence),
    ]
    return Gain(last, runs, problems, tuple(rows), tuple(_notes(found, runs, problems, rows)))


def _gain_k(found: Sequence[RunDiversity], wanted: int | None) -> int:
    usable, left_out = split_ks([run.table.evaluated for run in found], None if wanted is None else [wanted])
    if wanted is not None and wanted < 2:
        raise ConfigurationError(f"--k {wanted}: gain is pass@k over pass@1", hint="give a k from 2 up")
    above = [k for k in usable if k > 1]
    if not above:
        missing = f"k = {left_out[0]}" if left_out else "any k above 1"
        raise ConfigurationError(
            f"gain is pass@k over pass@1, and some problem has too few attempts for {missing}",
            hint="run with more --attempts, or give a smaller --k",
        )
    return max([k for k in above if k <= max(usable) / 2] or above[:1])


def _run_point(run: RunDiversity, label: str, k: int) -> GainPoint:
    one, many = (float(value) for value in coverage(run.table.evaluated, (1, k)).mean(axis=0))
    differences = {values.rung: values.difference.value for values in run.rungs}
    return GainPoint(label, "", run.table.spec.model, differences, one, many)


def _problem_points(run: RunDiversity, label: str, k: int) -> list[GainPoint]:
    rows: dict[str, ProblemRow] = {row.problem: row for row in run.table.evaluated}
    points: list[GainPoint] = []
    for problem in run.problems:
        if problem.problem not in rows:
            continue
        one, many = (float(value) for value in coverage([rows[problem.problem]], (1, k))[0])
        differences = {
            values.rung: value for values in run.rungs if (value := problem.difference(values.rung)) is not None
        }
        points.append(GainPoint(label, problem.problem, run.table.spec.model, differences, one, many))
    return points


def _rows(level: Level, points: Sequence[GainPoint], seed: int, confidence: float) -> list[GainRow]:
    rungs = list(dict.fromkeys(rung for point in points for rung in point.differences))
    kinds: tuple[Kind, ...] = ("relative", "absolute")
    rows: list[GainRow] = []
    for rung in rungs:
        for kind in kinds:
            kept = [
                (point, point.differences[rung], value)
                for point in points
                if rung in point.differences and (value := point.gain(kind)) is not None
            ]
            x, y = [item[1] for item in kept], [item[2] for item in kept]
            given = [item[0].pass_one for item in kept]
            clusters = [item[0].model if level == "runs" else item[0].problem for item in kept]
            plain, partial = (
                spearman(x, y, given=third, clusters=clusters, confidence=confidence, seed=seed)
                for third in (None, given)
            )
            rows.append(GainRow(level, rung, kind, len(kept), plain, partial))
    return rows


def _notes(
    found: Sequence[RunDiversity],
    runs: Sequence[GainPoint],
    problems: Sequence[GainPoint],
    rows: Sequence[GainRow],
) -> list[str]:
    notes = [
        "the relative gain has pass@1 in its denominator and D is high where pass@1 is low: part of the plain "
        "association is built in, see the one given pass@1",
        "D, pass@1 and pass@k of a point come from the same attempts",
    ]
    if len(runs) < FEWEST_RUNS:
        notes.append(f"an association over runs needs {FEWEST_RUNS} of them")
    elif len({point.model for point in runs}) < FEWEST:
        notes.append(f"no interval over runs with fewer than {FEWEST} models: runs of one model are not independent")
    unsolved = sum(point.pass_one == 0 for point in problems)
    if unsolved:
        notes.append(f"{unsolved:,} of {len(problems):,} points have no pass and so no relative gain")
    if any(row.level == "problems" and row.partial is None and row.plain is not None for row in rows):
        notes.append(
            "over problems with equally many attempts pass@k follows from pass@1: nothing is left of the relative gain"
        )
    if len({run.table.spec.benchmark for run in found}) > 1:
        notes.append("the runs are of different benchmarks, which differ in more than diversity")
    return notes
