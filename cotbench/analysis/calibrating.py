"""Calibration of a run: attempts whose lineage states a chance, against whether they passed.

A strategy states a chance with a step of kind `probability` whose text is a decimal number such as 0.25; the last one
of an attempt counts.
"""

from __future__ import annotations

from dataclasses import dataclass

from cotbench.analysis.frames import RunTable
from cotbench.analysis.notes import counted
from cotbench.analysis.sheet import Sheet, columns
from cotbench.analysis.traced import Traced, traced
from cotbench.core.errors import ConfigurationError
from cotbench.stats.calibration import Calibration, Score, calibration


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The calibration of one run; `unreadable` attempts state something that is no number from 0 to 1."""

    run: str
    result: Calibration
    unreadable: int
    silent: int


def calibrated(table: RunTable, *, bins: int = 10, confidence: float = 0.95, seed: int = 0) -> Calibrated:
    """Return how well the stated chances agree with what passed.

    Raises ConfigurationError if no judged attempt states one, StoreError if the run cannot be read.
    """
    attempts = traced(table)
    found = [(item, chance) for item in attempts if (chance := _stated(item)) is not None]
    if not found:
        raise ConfigurationError(
            f"{table.name}: no judged attempt states how likely it is",
            hint="draw attempts with a strategy that states chances: cotbench list strategies",
        )
    states = sum(bool(item.steps("probability")) for item in attempts)
    return Calibrated(
        run=table.name,
        result=calibration(
            [chance for _, chance in found],
            [item.passed for item, _ in found],
            [item.problem for item, _ in found],
            bins=bins,
            confidence=confidence,
            seed=seed,
        ),
        unreadable=states - len(found),
        silent=len(attempts) - states,
    )


def calibration_sheets(table: RunTable, *, confidence: float = 0.95, seed: int = 0) -> tuple[Sheet, ...]:
    """Return the scores and the bins as sheets. Raises as `calibrated` does."""
    found = calibrated(table, confidence=confidence, seed=seed)
    result = found.result
    notes = [
        "expected calibration error: mean distance of share passed and chance stated over ten bins; noise adds to it",
        "Brier score: mean square of chance stated − passed; constant: that of always stating the share passed",
    ]
    if found.unreadable:
        notes.append(f"{counted(found.unreadable, 'attempt')} stated no number from 0 to 1 and are left out")
    if found.silent:
        notes.append(f"{counted(found.silent, 'attempt')} stated nothing and are left out")
    scores: list[tuple[str, Score]] = [
        ("expected calibration error", result.error),
        ("Brier score", result.brier),
        ("Brier score, constant", Score(result.base, None, None)),
    ]
    return (
        Sheet(
            name="calibration",
            title=f"{counted(result.statements, 'stated chance')} on {counted(result.problems, 'problem')}",
            columns=columns(score="word", value="number", low="number", high="number"),
            rows=tuple((name, score.value, score.low, score.high) for name, score in scores),
            notes=tuple(notes),
        ),
        Sheet(
            name="bins",
            title="Chances stated and shares passed",
            columns=columns(
                stated="word",
                attempts="count",
                problems="count",
                mean_stated="share",
                passed="share",
                low="share",
                high="share",
            ),
            rows=tuple(
                (
                    f"{part.low:.0%} – {part.high:.0%}",
                    part.statements,
                    part.problems,
                    part.stated,
                    part.right,
                    part.interval.low,
                    part.interval.high,
                )
                for part in result.bins
            ),
            notes=("intervals: Wilson, for as many trials as a bin has problems",),
        ),
    )


def _stated(item: Traced) -> float | None:
    steps = item.steps("probability")
    try:
        value = float(steps[-1].text) if steps else -1.0
    except ValueError:
        return None
    # NaN is not between them either.
    return value if 0.0 <= value <= 1.0 else None
