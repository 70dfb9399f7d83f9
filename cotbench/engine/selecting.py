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

from cotbench.core.ids import canonical
from cotbench.core.protocols import Grader
from cotbench.engine.drawing import Wish, closed_form, drawn_rate
from cotbench.engine.inputs import Inputs, watched_inputs
from cotbench.engine.observations import Observed, Progress, Wanted, observe_programs
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

    def owed(self, selector: str, settings: str) -> list[Pool]:
        """Return the problems that lack a row of a selector."""
        return [
            pool
            for pool in self.pools
            if any(self._row(selector, settings, pool, k, 0.0).key not in self._kept for k in self.wish.ks)
        ]

    def keep(self, selector: str, settings: str, pool: Pool, ranking: Ranking, **how: object) -> None:
        """Work out what a ranking achieves on a problem and write it down. `how` are further fields of the rows."""
        wish = self.wish
        submitted = tuple(pool.keys[place] for place in ranking(range(pool.size))[: wish.n])
        for k in wish.ks:
            exact = closed_form(selector, pool, wish.n, k)
            rate = drawn_rate(ranking, pool, wish.n, k, wish) if exact is None else exact
            row = self._row(selector, settings, pool, k, rate)
            self._write(replace(row, submitted=submitted, **how))  # type: ignore[arg-type]

    def fail(self, selector: str, settings: str, pool: Pool, error: str, **how: object) -> SelectionRow:
        """Write down why a selector could not choose on a problem, which is owed then; return the row."""
        row = replace(self._row(selector, settings, pool, max(self.wish.ks), 0.0), failed=True, error=error)
        row = replace(row, at=round(time.time(), 3), **how)  # type: ignore[arg-type]
        self._write(row)
        return row

    def of(self, selector: str, settings: str, failed: Iterable[SelectionRow] = ()) -> Selected:
        """Return everything there is about a selector, the problems in their order."""
        found = {
            k: tuple(
                self._kept[key]
                for pool in self.pools
                if (key := self._row(selector, settings, pool, k, 0.0).key) in self._kept
            )
            for k in self.wish.ks
        }
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


def select_free(
    selections: Selections,
    entries: Iterable[SelectorEntry],
    grader: str,
    sandbox: Callable[[], AbstractContextManager[Grader]],
    progress: Progress | None = None,
) -> list[Selected]:
    """Let selectors choose that need no model. `sandbox` is only opened if a program is to be watched.

    Raises StoreError, and what opening the sandbox raises. An interruption keeps what was worked out.
    """
    wish = selections.wish
    wanted = list(entries)
    settings = {entry.name: settings_of(entry, wish, grader) for entry in wanted}
    watching = [entry for entry in wanted if entry.needs == "behaviour"]
    owed = {pool.problem.id: pool for entry in watching for pool in selections.owed(entry.name, settings[entry.name])}
    inputs = {name: watched_inputs(pool.problem.view(), wish.seed, wish.generated) for name, pool in owed.items()}
    observed = observe_programs(
        selections.directory,
        [Wanted(pool.problem, inputs[name], pool.passing) for name, pool in owed.items()],
        grader,
        sandbox,
        progress,
    )
    return [_selected(selections, entry, settings[entry.name], observed, inputs) for entry in wanted]


def settings_of(entry: SelectorEntry, wish: Wish, grader: str, **more: object) -> str:
    """Return what a selector's choice depends on besides the attempts, as one text."""
    if entry.needs in ("order", "public", "hidden"):
        return ""
    return canonical({"inputs": wish.generated, "seed": wish.seed, "grader": grader, **more})


def _selected(
    selections: Selections, entry: SelectorEntry, settings: str, observed: Observed, inputs: Mapping[str, Inputs]
) -> Selected:
    failed: list[SelectionRow] = []
    for pool in selections.owed(entry.name, settings):
        candidates: Candidates | None = pool.candidates
        if entry.needs == "behaviour":
            candidates = pool.watched(observed, inputs[pool.problem.id])
        if candidates is None:
            failed.append(selections.fail(entry.name, settings, pool, f"the sandbox failed: {observed.reason}"))
            continue
        ranking = by_oracle(pool.hidden) if entry.rank is None else entry.rank(candidates)
        selections.keep(entry.name, settings, pool, ranking)
    return selections.of(entry.name, settings, failed)
