"""Selectors that ask a model: their calls go through a ledger of their own, under caps of their own.

A reply is a row before it is used, so an interrupted selection replays what it paid for. What goes wrong on one problem
is a failed row, and the problem is owed; a cap of the whole selection leaves the rest owed, a cap per problem makes a
selector go by what it knows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cotbench.core.budget import Spent
from cotbench.core.errors import BackendError, CotbenchError, GradingError, StoreError
from cotbench.core.ids import canonical
from cotbench.core.problem import Case
from cotbench.core.protocols import Backend, Budget, Grader
from cotbench.core.spec import RunSpec, to_plain
from cotbench.core.trial import Trial
from cotbench.engine.bucket import Rates
from cotbench.engine.budget import Purse
from cotbench.engine.context import UnitContext, UnitDesk
from cotbench.engine.drawing import Wish
from cotbench.engine.ledger import Ledger
from cotbench.engine.observer import Observer, Silent
from cotbench.engine.places import Places
from cotbench.engine.pools import Pool
from cotbench.engine.pricing import Priced, pinned_prices
from cotbench.engine.retry import RetryPolicy
from cotbench.engine.selecting import Selections, settings_of
from cotbench.engine.watcher import Watcher
from cotbench.selectors import Candidates, Decider, Ranking, SelectorEntry, Watch, by_duels, by_tests, template_digests
from cotbench.store.reader import read_texts
from cotbench.store.rows import CallRow
from cotbench.store.select_calls import ledger_folder, read_select_calls
from cotbench.store.spending import spent_on
from cotbench.store.writer import RunWriter

_ASKED = ("model", "temperature", "top_p", "reply_tokens", "extra")


@dataclass(frozen=True, slots=True)
class Asking:
    """How selectors ask. Of `spec` only the model, how it samples, caps, prices and rates count.

    `replies` is the number of replies of tests for `codet`; `clusters` and `decider` are for `pairwise`.
    """

    spec: RunSpec
    replies: int
    clusters: int
    decider: Decider
    observer: Observer = field(default_factory=Silent)
    retry: RetryPolicy = field(default_factory=RetryPolicy)

    def settings(self, entry: SelectorEntry, wish: Wish, grader: str) -> str:
        """Return what a selector's choice depends on besides the attempts, as one text."""
        own: dict[str, object] = {"replies": self.replies}
        if entry.name == "pairwise":
            own = {"clusters": self.clusters, "decider": self.decider}
        caps = {name: cap for name, cap in to_plain(self.spec).items() if "per_problem" in name and cap is not None}
        return settings_of(entry, wish, grader, **own, **self._how(wish), **caps, prompts=template_digests(entry.name))

    def asked(self, entry: SelectorEntry, wish: Wish) -> str:
        """Return what decides the replies besides the prompts' contents, as one text: the name of the ledger."""
        return canonical({"selector": entry.name, **self._how(wish), "prompts": template_digests(entry.name)})

    def _how(self, wish: Wish) -> dict[str, object]:
        plain = to_plain(self.spec)
        return {"seed": wish.seed, **{name: plain[name] for name in _ASKED}}


def spent_by_selectors(directory: Path, entries: Sequence[SelectorEntry], asking: Asking, wish: Wish) -> Spent:
    """Return what the calls of selectors cost so far, in all sessions. Raises StoreError."""
    folders = [ledger_folder(directory, asking.asked(entry, wish)) for entry in entries]
    calls = [row for folder in folders for row in read_select_calls(folder).values()]
    return spent_on(calls, {})


async def select_by_model(
    selections: Selections,
    entries: Sequence[SelectorEntry],
    asking: Asking,
    backend: Backend,
    grader: Grader,
    version: str,
    seen: Mapping[str, Candidates],
) -> None:
    """Let selectors choose on the problems that they owe, and write down what they achieve.

    `backend` is started; `seen` are the candidates with their behaviours, by problem, as far as they could be watched.
    Cancelling keeps every reply that arrived. Raises BackendError when no call can succeed, StoreError when rows cannot
    be written, and ConfigurationError for a cap on dollars whose price is not known.
    """
    wish = selections.wish
    folders = {entry.name: ledger_folder(selections.directory, asking.asked(entry, wish)) for entry in entries}
    kept = {name: read_select_calls(folder) for name, folder in folders.items()}
    prices = pinned_prices(asking.spec, {})
    price = prices.get(asking.spec.model)
    calls: list[CallRow] = [row for rows in kept.values() for row in rows.values()]
    purse = Purse(
        asking.spec.caps, asking.spec.problem_caps, {} if price is None else {backend.name: price}, calls=calls
    )
    places = Places(
        asking.spec.concurrency or 1, Rates(asking.spec.rpm, asking.spec.tpm), asking.retry, asking.observer
    )
    with RunWriter(selections.directory) as rows:
        watcher = Watcher(selections.directory, rows, grader, version)
        try:
            for entry in entries:
                folder = folders[entry.name]
                with RunWriter(folder) as writer:
                    work = _Choosing(
                        entry=entry,
                        settings=asking.settings(entry, wish, version),
                        asking=asking,
                        selections=selections,
                        ledger=Ledger(writer, kept[entry.name], set(read_texts(folder))),
                        purse=purse,
                        places=places,
                        backend=backend if price is None else Priced(backend, price),
                        watcher=watcher,
                    )
                    await work.run(selections.owed(entry.name, work.settings), seen)
        finally:
            watcher.close()


@dataclass(frozen=True, slots=True)
class _Choosing:
    """One selector at work."""

    entry: SelectorEntry
    settings: str
    asking: Asking
    selections: Selections
    ledger: Ledger
    purse: Purse
    places: Places
    backend: Backend
    watcher: Watcher

    async def run(self, owed: Sequence[Pool], seen: Mapping[str, Candidates]) -> None:
        """Choose on every problem that is owed, so many at a time as calls may be in flight."""
        free = asyncio.Semaphore(self.asking.spec.concurrency or 1)

        async def one(position: int, pool: Pool) -> None:
            async with free:
                await self._choose(position, pool, seen.get(pool.problem.id))

        tasks = [asyncio.create_task(one(position, pool)) for position, pool in enumerate(owed)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _choose(self, position: int, pool: Pool, candidates: Candidates | None) -> None:
        desk = self._desk(position, pool)
        context = UnitContext(desk).child(self.entry.name)
        error = ""
        try:
            if candidates is None:
                raise GradingError("the sandbox failed: its programs could not be watched")
            ranking = await self._rank(candidates, context, self.watcher.on(pool.problem))
        except (StoreError, asyncio.CancelledError):
            desk.abandon()
            raise
        except BackendError as fault:
            if fault.fatal:
                raise
            error = str(fault)
        except CotbenchError as fault:
            error = str(fault)
        finally:
            await desk.settle()
        stopped = desk.stopped
        if stopped is not None and not stopped.per_problem:
            error = error or stopped.message
        if error:
            self.selections.fail(self.entry.name, self.settings, pool, error, stopped)
        else:
            self.selections.keep(self.entry.name, self.settings, pool, ranking, dict(desk.counters), stopped)

    async def _rank(self, candidates: Candidates, context: UnitContext, watch: Watch) -> Ranking:
        if self.entry.name == "codet":
            return await by_tests(candidates, context, watch, self.asking.replies)
        return await by_duels(candidates, context, watch, self.asking.clusters, self.asking.decider)

    def _desk(self, position: int, pool: Pool) -> UnitDesk:
        return UnitDesk(
            problem=pool.problem.id,
            unit=0,
            priority=position,
            seed=(self.selections.wish.seed, pool.problem.id, "select"),
            budget=Budget(None),
            sampling=self.asking.spec.sampling,
            backends={"code": self.backend, "idea": self.backend},
            ledger=self.ledger,
            try_out=_try_nothing,
            places=self.places,
            retry=self.asking.retry,
            observer=self.asking.observer,
            purse=self.purse,
        )


async def _try_nothing(path: str, code: str, cases: Sequence[Case] | None, compare: bool) -> Trial:
    raise GradingError("a selector has the public verdicts, and runs programs with its Watch")
