"""Sketch length: how right a program comes out of a description of a right one, against the length of that.

Wang et al. 2024 (arXiv 2409.03733, section 3.2). Lengths are those that the sketches came out at, in words and in
completion tokens of their calls. A run without sketches on the same benchmark and model is a baseline: what is solved
without being told; the idea gap is (with sketch − without) / (1 − without).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cotbench.analysis.coverage import coverage, on_problems
from cotbench.analysis.frames import RunTable
from cotbench.analysis.notes import counted
from cotbench.analysis.sheet import Sheet, columns
from cotbench.analysis.traced import Traced, traced
from cotbench.core.attempt import Step
from cotbench.core.errors import ConfigurationError
from cotbench.stats.intervals import Interval, mean_interval
from cotbench.stats.passk import pass_at_k
from cotbench.store import CallRow, stream_rows

_LABEL = "words"


@dataclass(frozen=True, slots=True)
class Length:
    """Sketches of one length asked for (0: any): means over problems of words, tokens (None: unknown) and pass@k."""

    asked: int
    problems: int
    sketches: int
    words: float
    tokens: float | None
    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class SketchCurve:
    """Accuracy against length for one run, shortest first. `n` is the fewest and the most programs of a sketch."""

    run: str
    k: int
    n: tuple[int, int]
    problems: tuple[str, ...]
    lengths: tuple[Length, ...]


@dataclass(frozen=True, slots=True)
class Baseline:
    """pass@k of a run without sketches on the problems of a curve."""

    run: str
    value: float
    interval: Interval


def has_sketches(attempts: Sequence[Traced]) -> bool:
    """Return whether any attempt comes from a sketch."""
    return any(item.steps("sketch") for item in attempts)


def sketch_curve(
    table: RunTable, attempts: Sequence[Traced], *, k: int = 1, confidence: float = 0.95, seed: int = 0
) -> SketchCurve:
    """Return the curve over the problems that have sketches of every length, so that lengths can be compared.

    Raises ConfigurationError if there is no such problem, or k is above the programs of a sketch.
    """
    groups: dict[int, dict[str, list[tuple[Step, Traced]]]] = {}
    for item in attempts:
        for step in item.steps("sketch")[-1:]:
            asked = step.label.removeprefix(_LABEL)
            groups.setdefault(int(asked) if asked.isdecimal() else 0, {}).setdefault(item.problem, []).append(
                (step, item)
            )
    if not groups:
        raise ConfigurationError(
            f"{table.name}: no judged attempt comes from a sketch",
            hint="cotbench run --strategy backtranslate makes them",
        )
    shared = set.intersection(*(set(found) for found in groups.values()))
    problems = tuple(row.problem for row in table.problems if row.problem in shared)
    if not problems:
        raise ConfigurationError(f"{table.name}: no problem has sketches of every length yet", hint="finish the run")
    counts = [len(found[problem]) for found in groups.values() for problem in problems]
    if not 1 <= k <= min(counts):
        raise ConfigurationError(
            f"{table.name}: pass@{k} is undefined, the fewest programs of a sketch are {min(counts)}",
            hint=f"give --k up to {min(counts)}",
        )
    tokens = {row.key: row.usage.completion for row in stream_rows(table.path, CallRow)}
    lengths = [
        _length(asked, {problem: found[problem] for problem in problems}, tokens, k, confidence, seed)
        for asked, found in groups.items()
    ]
    return SketchCurve(
        run=table.name,
        k=k,
        n=(min(counts), max(counts)),
        problems=problems,
        lengths=tuple(sorted(lengths, key=lambda length: (length.words, length.asked))),
    )


def baseline(
    table: RunTable, problems: Sequence[str], *, k: int = 1, confidence: float = 0.95, seed: int = 0
) -> Baseline:
    """Return pass@k of a run without sketches on the problems of a curve.

    Raises ConfigurationError if it lacks one of them, or has fewer than k attempts on one.
    """
    known = {row.problem for row in table.evaluated}
    missing = [problem for problem in problems if problem not in known]
    if missing:
        raise ConfigurationError(
            f"{table.name} has no judged attempt on {counted(len(missing), 'problem')} with sketches, "
            f"for example {missing[0]}",
            hint="finish that run, or leave it out",
        )
    rows = on_problems(table, problems)
    if any(0 < row.n < k for row in rows):
        raise ConfigurationError(f"{table.name}: pass@{k} is undefined, a problem has fewer attempts")
    values = coverage(rows, [k])[:, 0]
    return Baseline(table.name, float(values.mean()), mean_interval(values, confidence=confidence, seed=seed))


def idea_gap(value: float, without: float) -> float | None:
    """Return (with sketch − without) / (1 − without); None where everything is solved without."""
    return None if without >= 1.0 else (value - without) / (1.0 - without)


def sketch_sheets(
    table: RunTable, beside: Sequence[RunTable] = (), *, confidence: float = 0.95, seed: int = 0
) -> tuple[Sheet, ...]:
    """Return accuracy by length as a sheet, with the idea gap against each run beside it; raises as the two above."""
    curve = sketch_curve(table, traced(table), confidence=confidence, seed=seed)
    plain = [baseline(other, curve.problems, confidence=confidence, seed=seed) for other in beside]
    first = plain[0].value if plain else None
    return (
        Sheet(
            name="sketches",
            title=f"pass@{curve.k} by length of the sketch, {counted(len(curve.problems), 'problem')}",
            columns=columns(
                words_asked="count",
                words="number",
                tokens="number",
                sketches="count",
                passed="share",
                low="share",
                high="share",
                idea_gap="share",
            ),
            rows=tuple(
                (
                    length.asked,
                    length.words,
                    length.tokens,
                    length.sketches,
                    length.value,
                    length.interval.low,
                    length.interval.high,
                    None if first is None else idea_gap(length.value, first),
                )
                for length in curve.lengths
            ),
            notes=(
                "words and tokens are what the sketches came out at; 0 words asked: any length",
                *(f"without a sketch, {base.run}: {100 * base.value:.1f} %" for base in plain),
                *([] if plain else ["idea gap: name a run without sketches with --with RUN"]),
            ),
        ),
    )


def _length(
    asked: int,
    found: dict[str, list[tuple[Step, Traced]]],
    tokens: dict[str, int],
    k: int,
    confidence: float,
    seed: int,
) -> Length:
    sketches = {step.call: step for pairs in found.values() for step, _ in pairs}
    per_problem = [list({step.call: step for step, _ in pairs}.values()) for pairs in found.values()]
    words = [float(np.mean([len(step.text.split()) for step in steps])) for steps in per_problem]
    known = all(call in tokens for call in sketches)
    n = np.array([len(pairs) for pairs in found.values()])
    c = np.array([sum(item.passed for _, item in pairs) for pairs in found.values()])
    values = pass_at_k(n, c, k)
    return Length(
        asked=asked,
        problems=len(found),
        sketches=len(sketches),
        words=float(np.mean(words)),
        tokens=float(np.mean([np.mean([tokens[step.call] for step in steps]) for steps in per_problem]))
        if known
        else None,
        value=float(values.mean()),
        interval=mean_interval(values, confidence=confidence, seed=seed),
    )
