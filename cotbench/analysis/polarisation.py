"""Polarisation of a run: solve rates per problem and per idea, and how far the idea decides beyond chance.

Wang et al. 2024 (arXiv 2409.03733, section 3.3) show the histogram; the correlation and the null beside it are in
`stats/polarisation.py`. What is done for ideas can be done for every kind of thought that several programs share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cotbench.analysis.frames import RunTable
from cotbench.analysis.notes import counted
from cotbench.analysis.sheet import Sheet, Value, columns
from cotbench.analysis.traced import Traced, traced
from cotbench.core.attempt import StepKind
from cotbench.core.errors import ConfigurationError
from cotbench.stats.polarisation import Grid, Histogram, Polarisation, grid, histogram, polarisation

THOUGHTS: tuple[StepKind, ...] = ("observation", "sketch", "idea", "pseudocode")
"""Kinds of thoughts that programs can share, in the order in which they are thought."""


@dataclass(frozen=True, slots=True)
class ThoughtRate:
    """Programs of one thought and passes among them; `label` and `text` are those of its last step."""

    problem: str
    unit: int
    label: str
    text: str
    programs: int
    passed: int

    @property
    def rate(self) -> float:
        """The share that passed."""
        return self.passed / self.programs


@dataclass(frozen=True, slots=True)
class Polarised:
    """One kind of thought of one run. `rates` are the thoughts of all problems, settled ones included.

    `result` and `bins` are over the problems that are open (some programs pass and some do not) and have two thoughts;
    None where there is none, or where no thought has two programs: then thought and chance cannot be told apart.
    """

    run: str
    kind: StepKind
    rates: tuple[ThoughtRate, ...]
    problems: int
    settled: int
    result: Polarisation | None
    bins: Histogram | None


def polarised(table: RunTable, kind: StepKind = "idea", *, confidence: float = 0.95, seed: int = 0) -> Polarised:
    """Return how a run's solve rates polarise by one kind of thought.

    Raises ConfigurationError if the run has no such thoughts, StoreError if it cannot be read.
    """
    return _polarised(table, traced(table), kind, confidence, seed)


def polarisation_sheets(table: RunTable, *, confidence: float = 0.95, seed: int = 0) -> tuple[Sheet, ...]:
    """Return the numbers per kind of thought, the histogram of ideas, and the ideas themselves.

    Raises as `polarised` does.
    """
    attempts = traced(table)
    present = [kind for kind in THOUGHTS if any(item.branch(kind) for item in attempts)]
    if not present:
        raise _without(table, "idea")
    found = {kind: _polarised(table, attempts, kind, confidence, seed) for kind in present}
    chosen = found["idea" if "idea" in found else present[-1]]
    return (_numbers(found, confidence), *_bins(chosen), _thoughts(chosen))


def _polarised(table: RunTable, attempts: Sequence[Traced], kind: StepKind, confidence: float, seed: int) -> Polarised:
    groups: dict[tuple[str, int, tuple[str, ...]], list[Traced]] = {}
    for item in attempts:
        branch = item.branch(kind)
        if branch is not None:
            groups.setdefault((item.problem, item.unit, branch), []).append(item)
    if not groups:
        raise _without(table, kind)
    rates = tuple(
        ThoughtRate(
            problem=problem,
            unit=unit,
            label=members[0].steps(kind)[-1].label,
            text=members[0].steps(kind)[-1].text,
            programs=len(members),
            passed=sum(item.passed for item in members),
        )
        for (problem, unit, _), members in groups.items()
    )
    grids = _grids(rates)
    told = any(rate.programs > 1 for rate in rates)
    return Polarised(
        run=table.name,
        kind=kind,
        rates=rates,
        problems=len(grids),
        settled=sum(item.settled for item in grids),
        result=polarisation(grids, confidence=confidence, seed=seed) if told else None,
        bins=histogram(grids, seed=seed) if told else None,
    )


def _grids(rates: Sequence[ThoughtRate]) -> list[Grid]:
    by_problem: dict[str, list[ThoughtRate]] = {}
    for rate in rates:
        by_problem.setdefault(rate.problem, []).append(rate)
    return [grid([r.programs for r in found], [r.passed for r in found]) for found in by_problem.values()]


def _without(table: RunTable, kind: StepKind) -> ConfigurationError:
    return ConfigurationError(
        f"{table.name}: no judged attempt of {table.spec.strategy} comes from a step of kind {kind}",
        hint="cotbench run --strategy conditioned draws several programs for each idea",
    )


def _numbers(found: dict[StepKind, Polarised], confidence: float) -> Sheet:
    rows: list[tuple[Value, ...]] = []
    notes: list[str] = []
    for kind, item in found.items():
        result = item.result
        shared = sum(rate.programs > 1 for rate in item.rates)
        if not shared:
            notes.append(f"{kind}: one program each, so thought and chance cannot be told apart")
        elif result is None:
            notes.append(f"{kind}: no problem is open and has two thoughts, so nothing can be said")
        estimates = (None,) * 7 if result is None else _estimates(result)
        ideas = None if result is None else result.ideas
        each = sum(rate.programs for rate in item.rates) / len(item.rates)
        rows.append((kind, item.problems, item.settled, ideas, each, *estimates))
    return Sheet(
        name="polarisation",
        title="How far a thought decides whether its programs pass",
        columns=columns(
            thought="word",
            problems="count",
            settled="count",
            thoughts="count",
            programs_each="number",
            correlation="number",
            low="number",
            high="number",
            p="number",
            extreme="share",
            extreme_by_chance="share",
            chance_95="share",
        ),
        rows=tuple(rows),
        notes=(
            f"correlation: one-way ANOVA intraclass correlation within problems, {100 * confidence:g} % interval over "
            "problems; p: programs shuffled among the thoughts of their problem",
            "extreme: thoughts with a solve rate below 10 % or from 90 % on; chance 95: 95 % of shuffles are below",
            "settled problems (all programs pass, or none) are counted and left out",
            *notes,
        ),
    )


def _estimates(result: Polarisation) -> tuple[Value, ...]:
    return (
        result.correlation,
        result.low,
        result.high,
        result.p,
        result.extreme,
        result.extreme_null,
        result.extreme_null_high,
    )


def _bins(item: Polarised) -> tuple[Sheet, ...]:
    bins = item.bins
    if bins is None:
        return ()
    rows = tuple(
        (f"{low:.0%} – {high:.0%}", *cells)
        for low, high, *cells in zip(
            bins.edges,
            bins.edges[1:],
            bins.problems,
            bins.ideas,
            bins.null,
            bins.null_low,
            bins.null_high,
            strict=False,
        )
    )
    return (
        Sheet(
            name="histogram",
            title=f"Solve rates per problem and per {item.kind}",
            columns=columns(
                solve_rate="word",
                problems="share",
                thoughts="share",
                by_chance="share",
                chance_low="share",
                chance_high="share",
            ),
            rows=rows,
            notes=("chance low and high: 95 % of the shuffles lie between them, bin by bin",),
        ),
    )


def _thoughts(item: Polarised) -> Sheet:
    ordered = sorted(item.rates, key=lambda rate: (rate.problem, -rate.rate, rate.unit, rate.label))
    return Sheet(
        name="thoughts",
        title=f"{counted(len(ordered), item.kind)}, best first within each problem",
        columns=columns(
            problem="word", unit="count", label="word", programs="count", passed="count", rate="share", text="word"
        ),
        rows=tuple(
            (rate.problem, rate.unit, rate.label, rate.programs, rate.passed, rate.rate, rate.text) for rate in ordered
        ),
    )
