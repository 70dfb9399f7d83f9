"""Asking a model about pairs of a run's programs: are they of one idea?

Calls and judgements are kept in a directory of their own inside the run (`store/judgements.py`). A call that is a row
there is never made again, and neither is a pair with both of its judgements: the same command goes on, or costs
nothing. Each pair is asked in both orders. Attempts of one text are of one idea, which nobody is asked about.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cotbench.core.budget import Caps, Price
from cotbench.core.errors import BudgetReached, StoreError
from cotbench.core.ids import digest
from cotbench.core.message import Message, Sampling
from cotbench.core.problem import Case, ProblemView
from cotbench.core.protocols import Backend, Budget
from cotbench.core.trial import Trial
from cotbench.engine.budget import Purse
from cotbench.engine.context import UnitContext, UnitDesk
from cotbench.engine.ledger import Ledger
from cotbench.engine.observer import Silent
from cotbench.engine.places import Places
from cotbench.engine.pricing import Priced
from cotbench.engine.retry import RetryPolicy
from cotbench.stats.edits import some_pairs
from cotbench.store.judgements import Answer, JudgementRow, judge_directory, judgement_key
from cotbench.store.layout import RunDirectory
from cotbench.store.reader import read_rows, read_texts, stream_rows
from cotbench.store.writer import RunWriter
from cotbench.strategies.pair_judging import (
    ANSWER_TOKENS,
    SUMMARY_TOKENS,
    judge_digest,
    pair_question,
    says_same,
    summary_question,
)

_DIGITS = 8


@dataclass(frozen=True, slots=True)
class JudgedAttempt:
    """An attempt that has a program, by its key."""

    key: str
    code: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two attempts on one problem."""

    view: ProblemView
    first: JudgedAttempt
    second: JudgedAttempt

    @property
    def turned(self) -> Pair:
        """The pair in the other order."""
        return Pair(self.view, self.second, self.first)


@dataclass(frozen=True, slots=True)
class PairJudging:
    """Who judges, and what it may cost. `caps` hold for all that this model ever judged of the run.

    `reply_tokens` bounds the replies of a model that thinks before it answers; others need few.
    """

    model: str
    summaries: bool = True
    caps: Caps = field(default_factory=Caps)
    price: Price | None = None
    concurrency: int = 4
    reply_tokens: int = 4096
    retry: RetryPolicy = field(default_factory=RetryPolicy)

    @property
    def method(self) -> str:
        """The name under which judgements are kept: two ways of judging never mix."""
        without = "" if self.summaries else ", no summaries"
        return f"{self.model} (prompts {judge_digest()[:_DIGITS]}{without})"


def wanted_pairs(
    views: Sequence[ProblemView], attempts: Mapping[str, Sequence[JudgedAttempt]], most: int, seed: int
) -> list[Pair]:
    """Return up to `most` pairs of attempts on each problem, drawn without replacement, one of each problem in turn.

    More pairs of the same attempts begin with the same ones. Raises ValueError for a negative seed.
    """
    drawn: list[list[Pair]] = []
    for view in views:
        own = attempts.get(view.id, ())
        places = some_pairs(len(own), most, seed, f"judged pairs {view.id}")
        drawn.append([Pair(view, own[left], own[right]) for left, right in places])
    turns = itertools.zip_longest(*drawn)
    return [pair for turn in turns for pair in turn if pair is not None]


def owed_pairs(run: RunDirectory, judging: PairJudging, pairs: Sequence[Pair]) -> list[Pair]:
    """Return the pairs that are not judged in both orders. Raises StoreError if a row cannot be read."""
    directory, method = judge_directory(run.path, judging.model), judging.method
    known = {row.key for row in stream_rows(directory, JudgementRow)}

    def judged(pair: Pair) -> bool:
        return judgement_key(pair.first.key, pair.second.key, method) in known

    return [pair for pair in pairs if not (judged(pair) and judged(pair.turned))]


async def judge_pairs(
    run: RunDirectory,
    judging: PairJudging,
    backend: Backend,
    owed: Sequence[Pair],
    progress: Callable[[int, int], None] | None = None,
) -> BudgetReached | None:
    """Judge pairs with a backend that is started; return the cap that ended it, if one did.

    Cancelling it, and any error, leaves every reply that arrived on disk. Raises BackendError when a call cannot be
    made, StoreError when rows cannot be written or another process judges with the same model.
    """
    directory = RunDirectory(judge_directory(run.path, judging.model))
    try:
        directory.path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write to {directory.path}: {error.strerror or error}") from error
    with directory.lock(), RunWriter(directory.path) as writer:
        bench = _Bench(directory, judging, backend, writer)
        try:
            await bench.judge(owed, progress)
        except BudgetReached as reached:
            return reached
    return None


class _Bench:
    """One session of judging: what is asked is asked once, however many pairs need it."""

    def __init__(self, directory: RunDirectory, judging: PairJudging, backend: Backend, writer: RunWriter) -> None:
        kept = read_rows(directory.path).calls
        self._judging = judging
        self._backend = Priced(backend, judging.price) if judging.price is not None else backend
        self._writer = writer
        self._ledger = Ledger(writer, kept, set(read_texts(directory.path)))
        self._places = Places(judging.concurrency)
        prices = {backend.name: judging.price} if judging.price is not None else {}
        self._purse = Purse(judging.caps, prices=prices, calls=kept.values())
        self._desks: dict[str, UnitDesk] = {}
        self._replies: dict[str, asyncio.Task[str]] = {}

    async def judge(self, owed: Sequence[Pair], progress: Callable[[int, int], None] | None) -> None:
        """Judge pairs, some at a time, in their order."""
        waiting, done = iter(owed), 0

        async def work(mine: Iterator[Pair]) -> None:
            nonlocal done
            for pair in mine:
                await self._pair(pair)
                done += 1
                if progress is not None:
                    progress(done, len(owed))

        workers = [asyncio.create_task(work(waiting)) for _ in range(max(1, self._judging.concurrency))]
        try:
            await asyncio.gather(*workers)
        except asyncio.CancelledError:
            for desk in self._desks.values():
                desk.abandon()
            raise
        finally:
            running: list[asyncio.Task[None] | asyncio.Task[str]] = [*workers, *self._replies.values()]
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            # What is on its way is paid for: it becomes a row.
            for desk in self._desks.values():
                await desk.settle()

    async def _pair(self, pair: Pair) -> None:
        method, both = self._judging.method, (pair, pair.turned)
        if pair.first.code == pair.second.code:
            self._writer.append(*(_row(each, method, "same", asked=False) for each in both))
            return
        summaries = ("", "")
        if self._judging.summaries:
            first, second = await asyncio.gather(*(self._summary(each.view, each.first.code) for each in both))
            summaries = (first, second)
        answers = await asyncio.gather(self._answer(pair, summaries), self._answer(pair.turned, summaries[::-1]))
        self._writer.append(*(_row(each, method, answer) for each, answer in zip(both, answers, strict=True)))

    async def _summary(self, view: ProblemView, code: str) -> str:
        return await self._asked(view, "summary", summary_question(view, code), SUMMARY_TOKENS)

    async def _answer(self, pair: Pair, summaries: tuple[str, str]) -> Answer:
        question = pair_question(pair.view, (pair.first.code, pair.second.code), summaries)
        same = says_same(await self._asked(pair.view, "pair", question, ANSWER_TOKENS))
        return "unreadable" if same is None else "same" if same else "different"

    async def _asked(self, view: ProblemView, kind: str, question: tuple[Message, ...], tokens: int) -> str:
        """Return the reply to a question. Its place in the ledger is named after the question itself."""
        path = f"{kind}/{digest([view.id, *(message.content for message in question)])[:16]}"
        task = self._replies.get(path)
        if task is None:
            context = UnitContext(self._desk(view), path)
            task = self._replies[path] = asyncio.create_task(_reply(context, question, tokens))
        # One pair's failure must not take the reply away from another.
        return await asyncio.shield(task)

    def _desk(self, view: ProblemView) -> UnitDesk:
        desk = self._desks.get(view.id)
        if desk is None:
            desk = self._desks[view.id] = UnitDesk(
                problem=view.id,
                unit=0,
                priority=0,
                seed=("judge", view.id),
                budget=Budget(None),
                sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=self._judging.reply_tokens),
                backends={"code": self._backend, "idea": self._backend},
                ledger=self._ledger,
                try_out=_no_programs,
                places=self._places,
                retry=self._judging.retry,
                observer=Silent(),
                purse=self._purse,
            )
        return desk


async def _reply(context: UnitContext, question: tuple[Message, ...], tokens: int) -> str:
    return (await context.ask(question, max_tokens=tokens)).text


async def _no_programs(path: str, code: str, cases: Sequence[Case] | None, compare: bool) -> Trial:
    raise RuntimeError("a judge of ideas runs no programs")


def _row(pair: Pair, method: str, answer: Answer, *, asked: bool = True) -> JudgementRow:
    return JudgementRow(pair.view.id, pair.first.key, pair.second.key, method, answer, asked)
