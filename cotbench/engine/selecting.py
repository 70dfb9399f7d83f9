"""Letting selectors choose among a run's attempts, and keeping what they achieve as rows of the run.

What is a row already is not worked out again. Selectors that need no model are done here; see `selector_calls` for the
others. A problem whose programs could not be watched is a failed row, and owed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from cotbench.core.errors import BudgetReached
from cotbench.core.ids import canonical
from cotbench.core.protocols import Grader
from cotbench.engine.drawing import Wish, closed_form, drawn_rate
from cotbench.engine.inputs import watched_inputs
from cotbench.engine.observations import Progress, Wanted, observe_programs
from cotbench.engine.pools import Pool
from cotbench.selectors import Candidates, Ranking, SelectorEntry, by_oracle
from cotbench.store.selections import SelectionRow, read_selections
from cotbench.store.writer import RunWriter


@dataclass(frozen=True, slots=True)
class Selected:
    """What came of one selector: its rows by k and problem. `failed` are those problems that are owed."""

    selector: str
    rows: Mapping[int, tuple[SelectionRow, ...]]
    failed: tuple[SelectionRow, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every problem has its rows."""
        return not self.failed


class Selections:
    """The selection rows of a run: those kept, and new ones as they are made. The caller holds the run's lock."""

    def __init__(self, directory: Path, pools: Sequence[Pool], wish: Wish, writer: RunWriter) -> None:
        self.directory = directory
        self.pools = tuple(pools)
        self.wish = wish
        self._writer = writer
        self._kept = read_selections(directory)
        self._failed: list[SelectionRow] = []

    def owed(self, selector: str, settings: str) -> list[Pool]:
        """Return the problems that lack a row of a selector."""
        return [
            pool
            for pool in self.pools
            if any(self._row(selector, settings, pool, k, 0.0).key not in self._kept for k in self.wish.ks)
        ]

    def keep(
        self,
        selector: str,
        settings: str,
        pool: Pool,
        ranking: Ranking,
        notes: Mapping[str, int] | None = None,
        stopped: BudgetReached | None = None,
    ) -> None:
        """Work out what a ranking achieves on a problem and write it down, with what was noted and what stopped it."""
        wish = self.wish
        submitted = tuple(pool.keys[place] for place in ranking(range(pool.size))[: wish.n])
        for k in wish.ks:
            exact = closed_form(selector, pool, wish.n, k)
            rate = drawn_rate(ranking, pool, wish.n, k, wish) if exact is None else exact
            row = self._row(selector, settings, pool, k, rate)
            self._write(replace(_stopped(row, stopped), submitted=submitted, notes=dict(notes or {})))

    def fail(self, selector: str, settings: str, pool: Pool, error: str, stopped: BudgetReached | None = None) -> None:
        """Write down why a selector could not choose on a problem, which is owed then."""
        row = replace(self._row(selector, settings, pool, max(self.wish.ks), 0.0), failed=True, error=error)
        row = replace(_stopped(row, stopped), at=round(time.time(), 3))
        self._write(row)
        self._failed.append(row)

    def of(self, selector: str, settings: str) -> Selected:
        """Return everything there is about a selector, the problems in their order, and what failed just now."""
        found = {
            k: tuple(
                self._kept[key]
                for pool in self.pools
                if (key := self._row(selector, settings, pool, k, 0.0).key) in self._kept
            )
            for k in self.wish.ks
        }
        failed = [row for row in self._failed if (row.selector, row.settings) == (selector, settings)]
        return Selected(selector, found, tuple(failed))

    def _row(self, selector: str, settings: str, pool: Pool, k: int, rate: float) -> SelectionRow:
        wish = self.wish
        return SelectionRow(
            problem=pool.problem.id,
            selector=selector,
            settings=settings,
            pool=pool.digest,
            attempts=pool.size,
            k=k,
            n=wish.n,
            draws=0 if selector in ("first", "public", "oracle") else wish.draws,
            rate=rate,
        )

    def _write(self, row: SelectionRow) -> None:
        self._writer.append(row)
        self._kept.setdefault(row.key, row)


def watch_pools(
    selections: Selections,
    pools: Iterable[Pool],
    grader: str,
    sandbox: Callable[[], AbstractContextManager[Grader]],
    progress: Progress | None = None,
) -> dict[str, Candidates]:
    """Return, by problem, the candidates with their behaviours; a problem where the sandbox failed is left out.

    `sandbox` is only opened if a program is to be watched, `grader` is its version. Raises StoreError, and what opening
    the sandbox raises.
    """
    wish = selections.wish
    watched = [(pool, watched_inputs(pool.candidates.view, wish.seed, wish.generated)) for pool in pools]
    wanted = [Wanted(pool.problem, inputs, pool.passing) for pool, inputs in watched]
    observed = observe_programs(selections.directory, wanted, grader, sandbox, progress)
    found = {pool.problem.id: pool.watched(observed, inputs) for pool, inputs in watched}
    return {name: candidates for name, candidates in found.items() if candidates is not None}


def select_free(
    selections: Selections,
    entries: Iterable[SelectorEntry],
    grader: str,
    sandbox: Callable[[], AbstractContextManager[Grader]],
    progress: Progress | None = None,
) -> None:
    """Let selectors choose that need no model, on the problems that they owe, and write down what they achieve.

    `sandbox` is only opened if a program is to be watched. Raises StoreError, and what opening the sandbox raises. An
    interruption keeps what was worked out.
    """
    wanted = {entry.name: (entry, settings_of(entry, selections.wish, grader)) for entry in entries}
    owed = {name: selections.owed(name, settings) for name, (_, settings) in wanted.items()}
    behaving = {pool.problem.id: pool for name in owed if wanted[name][0].needs == "behaviour" for pool in owed[name]}
    seen = watch_pools(selections, behaving.values(), grader, sandbox, progress)
    for name, (entry, settings) in wanted.items():
        for pool in owed[name]:
            candidates = seen.get(pool.problem.id) if entry.needs == "behaviour" else pool.candidates
            if candidates is None:
                selections.fail(name, settings, pool, "the sandbox failed: its programs could not be watched")
                continue
            ranking = by_oracle(pool.hidden) if entry.rank is None else entry.rank(candidates)
            selections.keep(name, settings, pool, ranking)


def settings_of(entry: SelectorEntry, wish: Wish, grader: str, **more: object) -> str:
    """Return what a selector's choice depends on besides the attempts, as one text."""
    if entry.needs in ("order", "public", "hidden"):
        return ""
    return canonical({"inputs": wish.generated, "seed": wish.seed, "grader": grader, **more})


def _stopped(row: SelectionRow, stopped: BudgetReached | None) -> SelectionRow:
    return row if stopped is None else replace(row, setting=stopped.setting, cap=stopped.cap)
