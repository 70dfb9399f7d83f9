"""The attempts of a run as selectors see them, and beside them what selectors must not see.

A `Pool` keeps the two apart: `candidates` is what a selector gets, `hidden` what its submissions are judged by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cotbench.core.errors import ConfigurationError
from cotbench.core.ids import digest
from cotbench.core.problem import Problem
from cotbench.engine.inputs import Inputs
from cotbench.engine.observations import Observed
from cotbench.selectors import Candidate, Candidates, HiddenVerdicts
from cotbench.store.reader import RunRows
from cotbench.store.rows import AttemptRow, VerdictRow


@dataclass(frozen=True, slots=True)
class Pool:
    """All attempts on one problem in the order of unit and index. `keys` are theirs; `digest` covers all of it."""

    problem: Problem
    keys: tuple[str, ...]
    candidates: Candidates
    hidden: HiddenVerdicts
    digest: str

    @property
    def size(self) -> int:
        """How many attempts there are."""
        return len(self.keys)

    @property
    def passing(self) -> tuple[str, ...]:
        """The programs among which behaviour decides, each once: those that pass the public cases."""
        attempts = self.candidates.attempts
        codes = (attempts[place].code for place in self.candidates.passers(range(self.size)))
        return tuple(dict.fromkeys(code for code in codes if code is not None))

    def watched(self, observed: Observed, inputs: Inputs) -> Candidates | None:
        """Return the candidates with their behaviours; None if one that passes the public cases was not watched."""
        passing = frozenset(self.passing) if inputs.cases else frozenset()
        attempts: list[Candidate] = []
        for attempt in self.candidates.attempts:
            row = observed.of(inputs, attempt.code) if attempt.code in passing and attempt.code is not None else None
            if row is None and attempt.code in passing:
                return None
            attempts.append(attempt if row is None else replace(attempt, behaviour=row.behaviour))
        return replace(self.candidates, attempts=tuple(attempts))


def pools_of(problems: Iterable[Problem], rows: RunRows, grader: str) -> tuple[Pool, ...]:
    """Return the pool of every problem, also of those without attempts.

    `grader` is the version whose verdicts count. Raises ConfigurationError if a program has no verdict yet: a pool
    without the programs that are not judged would flatter whoever selects.
    """
    public, hidden = rows.verdicts_on("public", grader), rows.verdicts_on("hidden", grader)
    attempts: dict[str, list[AttemptRow]] = {}
    for attempt in rows.attempts.values():
        attempts.setdefault(attempt.problem, []).append(attempt)
    pools: list[Pool] = []
    for problem in problems:
        made = sorted(attempts.get(problem.id, ()), key=lambda row: (row.unit, row.index))
        owed = sum(row.code is not None and row.key not in hidden for row in made)
        if owed:
            raise ConfigurationError(
                f"{owed} programs of {problem.id} are not judged yet",
                hint="continue the run with the command that started it; `cotbench show RUN` prints it",
            )
        passes = tuple(_passed(hidden, row.key) for row in made)
        accepted = [not problem.public or _passed(public, row.key) for row in made]
        candidates = tuple(Candidate(row.code, good) for row, good in zip(made, accepted, strict=True))
        keys = tuple(row.key for row in made)
        pools.append(
            Pool(
                problem=problem,
                keys=keys,
                candidates=Candidates(problem.view(), candidates),
                hidden=HiddenVerdicts(passes),
                digest=digest([keys, [row.code for row in made], accepted, passes])[:16],
            )
        )
    return tuple(pools)


def _passed(verdicts: Mapping[str, VerdictRow], key: str) -> bool:
    row = verdicts.get(key)
    return row is not None and row.outcome == "passed"
