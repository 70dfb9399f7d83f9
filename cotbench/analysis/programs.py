"""The programs of a run with what diversity needs of them: normal forms, verdicts, and what judges said of pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from cotbench.core.ids import text_digest
from cotbench.core.normal import NormalForms, normal_forms
from cotbench.store import RunDirectory, read_rows, stream_rows
from cotbench.store.judgements import JudgementRow, judge_directories
from cotbench.store.observations import ObservationRow, read_observations
from cotbench.store.spending import spent_on

Among = Literal["all", "passed", "failed"]
"""Which programs count: all, those that passed the hidden cases, or those that did not."""


@dataclass(frozen=True, slots=True)
class Program:
    """One attempt that has a program; `public` is None where the problem has no public cases."""

    key: str
    problem: str
    code: str
    forms: NormalForms
    public: bool | None
    passed: bool


@dataclass(frozen=True, slots=True)
class Judgements:
    """All that one model with one set of prompts said of pairs of attempts, and what it was paid in this directory."""

    method: str
    rows: tuple[JudgementRow, ...]
    calls: int
    usd: float | None


@dataclass(frozen=True, slots=True)
class RunPrograms:
    """The programs of a run by problem, in the order of unit and index; problems without one are there, too.

    `behaviours` says by attempt what a program did on the inputs that it was watched on, equal texts for the same; at
    most `inputs` for a problem. Problems of which a program was not watched are not there.
    """

    problems: Mapping[str, tuple[Program, ...]]
    behaviours: Mapping[str, str] = field(default_factory=dict)
    inputs: int = 0
    judgements: tuple[Judgements, ...] = field(default=())


def run_programs(run: RunDirectory, problems: Iterable[str], among: Among = "all") -> RunPrograms:
    """Read the programs of some problems of a run. Raises StoreError if it cannot be read.

    Of a program without a hidden verdict it is not known whether it passed: it counts among "all" only.
    """
    manifest, rows = run.read_manifest(), read_rows(run.path)
    public, hidden = (rows.verdicts_on(suite, manifest.grader) for suite in ("public", "hidden"))
    known: dict[str, NormalForms] = {}
    found: dict[str, list[Program]] = {name: [] for name in problems}
    for key, row in sorted(rows.attempts.items(), key=lambda item: (item[1].unit, item[1].index)):
        if row.code is None or row.problem not in found:
            continue
        verdict = hidden.get(key)
        passed = verdict is not None and verdict.outcome == "passed"
        if among != "all" and (verdict is None or passed != (among == "passed")):
            continue
        name = text_digest(row.code)
        if name not in known:
            known[name] = normal_forms(row.code)
        seen = public.get(key)
        accepted = (seen is not None and seen.outcome == "passed") if manifest.problems[row.problem].public else None
        found[row.problem].append(Program(key, row.problem, row.code, known[name], accepted, passed))
    programs = {name: tuple(own) for name, own in found.items()}
    behaviours, inputs = _behaviours(run, programs)
    return RunPrograms(programs, behaviours, inputs, _judgements(run))


def _behaviours(run: RunDirectory, programs: Mapping[str, tuple[Program, ...]]) -> tuple[dict[str, str], int]:
    """Return the behaviour of attempts on the longest list of inputs that all programs of their problem were run on.

    Where of some problem only a part was watched, as selectors do with those that pass the public cases, there is none:
    the problems of which all were watched would not be a fair part of the run's.
    """
    lists: dict[str, dict[tuple[str, str], dict[str, ObservationRow]]] = {}
    for row in read_observations(run.path).values():
        lists.setdefault(row.problem, {}).setdefault((row.inputs, row.grader), {})[row.program] = row
    found: dict[str, str] = {}
    inputs = 0
    for name, own in programs.items():
        names = {program.key: text_digest(program.code) for program in own}
        whole = [rows for rows in lists.get(name, {}).values() if rows.keys() >= set(names.values())]
        longest = max(whole, key=lambda rows: max((len(row.seen) for row in rows.values()), default=0), default=None)
        if own and longest is None and lists.get(name):
            return {}, 0
        if own and longest is not None:
            inputs = max(inputs, *(len(longest[program].seen) for program in names.values()))
            found |= {key: " ".join(longest[program].behaviour) for key, program in names.items()}
    return found, inputs


def _judgements(run: RunDirectory) -> tuple[Judgements, ...]:
    found: list[Judgements] = []
    for directory in judge_directories(run.path):
        rows: dict[str, JudgementRow] = {}
        for row in stream_rows(directory, JudgementRow):
            rows.setdefault(row.key, row)
        calls = read_rows(directory).calls
        spent = spent_on(calls.values(), {})
        for method in sorted({row.method for row in rows.values()}):
            said = tuple(row for row in rows.values() if row.method == method)
            found.append(Judgements(method, said, len(calls), spent.usd))
    return tuple(found)
