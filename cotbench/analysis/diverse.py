"""Runs measured for diversity from their directories, and the sentences that belong under the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cotbench.analysis.diversity import (
    EDIT_PAIRS,
    JudgeValues,
    RunDiversity,
    fewest_programs,
    problem_diversities,
    run_diversity,
)
from cotbench.analysis.frames import RunTable
from cotbench.analysis.notes import counted, names
from cotbench.analysis.programs import Among, run_programs
from cotbench.core.budget import dollars
from cotbench.core.errors import ConfigurationError
from cotbench.store import RunDirectory


@dataclass(frozen=True, slots=True)
class DiversitySettings:
    """What is measured and how. `draws` None takes as many as every problem has."""

    draws: int | None = None
    edit_pairs: int = EDIT_PAIRS
    among: Among = "all"
    seed: int = 0
    confidence: float = 0.95


def measure(tables: Sequence[RunTable], settings: DiversitySettings) -> tuple[RunDiversity, ...]:
    """Return the ladder of each run, with Hill numbers in the same number of programs.

    Raises StoreError if a run cannot be read, ConfigurationError where no problem has two programs, or as many as
    `draws`.
    """
    programs = [
        run_programs(RunDirectory(table.path), [row.problem for row in table.problems], settings.among)
        for table in tables
    ]
    problems = [problem_diversities(own, edit_pairs=settings.edit_pairs, seed=settings.seed) for own in programs]
    most = max((row.programs for rows in problems for row in rows), default=0)
    if most < 2:
        among = "" if settings.among == "all" else f" that {settings.among}"
        raise ConfigurationError(
            f"{names([table.name for table in tables])}: no problem has two programs{among}",
            hint="diversity is about programs of one problem; run with more --attempts",
        )
    draws = fewest_programs(problems) if settings.draws is None else settings.draws
    if not 1 <= draws <= most:
        raise ConfigurationError(f"--draws {draws}: the problem with most programs has {most}")
    return tuple(
        run_diversity(
            table,
            own,
            rows,
            draws=draws,
            edit_pairs=settings.edit_pairs,
            seed=settings.seed,
            confidence=settings.confidence,
        )
        for table, own, rows in zip(tables, programs, problems, strict=True)
    )


def diversity_notes(run: RunDiversity) -> list[str]:
    """Return what a reader must know of one run's ladder."""
    notes: list[str] = []
    if run.table.manifest.simulated:
        notes.append("simulated model: these numbers say nothing about any language model")
    single = [row.problem for row in run.problems if row.programs < 2]
    if single:
        notes.append(f"{counted(len(single), 'problem')} with fewer than two programs left out: {names(single)}")
    few = [row.problem for row in run.problems if 2 <= row.programs < run.draws]
    if few:
        notes.append(
            f"{counted(len(few), 'problem')} with fewer than {run.draws} programs left out of effective numbers: "
            f"{names(few)}"
        )
    sampled = sum(row.programs * (row.programs - 1) // 2 > run.edit_pairs for row in run.problems)
    if sampled:
        notes.append(
            f"edit distance from {run.edit_pairs} random pairs on {counted(sampled, 'problem')} that "
            f"{'has' if sampled == 1 else 'have'} more"
        )
    watched = [row for row in run.problems if "behaviour" in row.sizes]
    blind = [row.problem for row in run.problems if row.programs and "behaviour" not in row.sizes]
    if watched:
        notes.append(f"behaviour: outputs on at most {counted(run.inputs, 'public or generated input')} of a problem")
    if run.useful is not None:
        low, high = run.useful.interval.low, run.useful.interval.high
        notes.append(
            f"useful behaviours: {run.useful.value:.2f} [{low:.2f}, {high:.2f}] different ones among the programs that "
            "pass the public cases"
        )
    if watched and blind:
        notes.append(f"{counted(len(blind), 'problem')} without inputs to watch programs on: {names(blind)}")
    if not watched:
        notes.append("no behaviour: not every program was watched on inputs")
    for judge in run.judges:
        notes.append(judge_note(judge))
    return notes


def judge_note(judge: JudgeValues) -> str:
    """Return what is to be known of a judge's word: how much of it there is, and how far it agrees with itself."""
    said = f"judge {judge.method}: {counted(judge.pairs, 'pair')}, {counted(judge.asked, 'question')}"
    if judge.orders is not None:
        kappa = "undefined" if judge.orders.kappa is None else f"{judge.orders.kappa:.2f}"
        said += f"; both orders agree on {100 * judge.orders.share:.0f} % of {judge.orders.pairs:,} (kappa {kappa})"
    if judge.unreadable:
        said += f"; {counted(judge.unreadable, 'answer')} neither same nor different, left out"
    return f"{said}; {counted(judge.calls, 'call')}, {dollars(judge.usd)}"
