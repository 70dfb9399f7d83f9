"""Backtranslated sketches (Wang et al. 2024, arXiv 2409.03733, section 3.2): how long must a right sketch be?

A right program is described in about w words; another conversation, which sees only the problem and that sketch,
writes the program again. The right programs are the benchmark's references (`source=reference`) or the first passing
attempt on each problem of another run (`source=run`, `from_run=RUN`). A problem without one gets no attempts, which is
noted. The sketch is written by the idea model and the program by the code model.

An attempt's step `sketch` is labelled `words10` after the words that were asked for (`words0`: any number); how long
the sketch came out is the number of completion tokens of the call that the step names. `--preset paper` has the
targets of the authors' code. Where it differs: prompts are our own, and each sketch gets `programs` programs.

The sketch's call holds the answer; the program's call must not. So a sketch is cut where it begins a block of code,
and what of the program it gives away is noted: its own names, its runs of four words (`core/overlap.py`).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import cast

from cotbench.core.attempt import Attempt, Step
from cotbench.core.errors import ConfigurationError
from cotbench.core.material import Material
from cotbench.core.message import Message
from cotbench.core.overlap import overlap
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context
from cotbench.core.spec import OptionValue
from cotbench.strategies.grid import cells, grid, row_programs
from cotbench.strategies.ideasearch import code_question
from cotbench.strategies.options import option
from cotbench.strategies.planning import (
    OPEN_WORDS,
    PROGRAM_TOKENS,
    TOKENS_PER_WORD,
    PlannedCalls,
    filler,
    planned_programs,
    tokens_of,
)
from cotbench.strategies.prompting import prompt
from cotbench.strategies.shots import shots_option
from cotbench.strategies.writing import noted

PRESETS: dict[str, dict[str, OptionValue]] = {
    "default": {},
    "paper": {"words": "5,10,25,35,50,75,100,125,150,175,200,250,500,750,0", "shots": 2},
}

GIVEAWAY = 0.2
"""A sketch that holds this share of a program's runs of words is noted as repeating it."""


@dataclass(frozen=True, slots=True)
class BacktranslateOptions:
    """Lengths of the sketches, programs of each, and where right programs come from."""

    words: str = cast(str, option("10,30,100,300", "lengths of the sketches, in words, by commas; 0: any length"))
    programs: int = cast(int, option(5, "programs of each sketch", least=1))
    source: str = cast(
        str, option("reference", "right programs: the benchmark's, or those of a run", choices=("reference", "run"))
    )
    from_run: str = cast(str, option("", "the run, by name or path, for source=run"))
    shots: int = shots_option(" (the code call only)")

    def __post_init__(self) -> None:
        """Refuse lengths that cannot be read, and a source without a run or a run without being the source."""
        parts = [part.strip() for part in self.words.split(",")]
        if not all(part.isascii() and part.isdigit() for part in parts) or len(set(map(int, parts))) < len(parts):
            raise ConfigurationError(
                f"backtranslate option words must be different whole numbers, not {self.words!r}",
                hint="for example --set words=10,30,100",
            )
        if (self.source == "run") != bool(self.from_run):
            raise ConfigurationError(
                f"backtranslate: source={self.source} and from_run={self.from_run!r} do not go together",
                hint="--set source=run --set from_run=RUN, or neither",
            )

    @property
    def lengths(self) -> tuple[int, ...]:
        """The words asked for, one number per sketch."""
        return tuple(int(part) for part in self.words.split(","))


@dataclass(frozen=True, slots=True)
class Backtranslate:
    """Right program → sketches → programs."""

    options: BacktranslateOptions
    material: Material = field(default_factory=Material)
    name: str = "backtranslate"

    async def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        """Yield the programs of all sketches, at most `budget.attempts`; none where no right program is known."""
        program = self.material.programs.get(view.id)
        if program is None:
            ctx.note("no right program to describe")
            return
        lengths = self.options.lengths
        counts = cells(len(lengths), self.options.programs, ctx.budget.attempts)
        branches = (
            self._row(view, ctx.child(f"words{words}"), program, words, row=row, draws=count)
            for row, (words, count) in enumerate(zip(lengths, counts, strict=False))
        )
        async with aclosing(grid(branches, at_once=ctx.budget.branches)) as attempts:
            async for attempt in attempts:
                yield attempt

    async def _row(
        self, view: ProblemView, ctx: Context, program: str, words: int, *, row: int, draws: int
    ) -> list[Attempt]:
        sketch = await self._sketch(view, ctx, program, words)

        def question(text: str) -> tuple[Message, ...]:
            return code_question(view, shots=self.options.shots, idea=text)

        rows = len(self.options.lengths)
        return await row_programs(view, ctx.child("code"), question, sketch, row=row, rows=rows, draws=draws)

    async def _sketch(self, view: ProblemView, ctx: Context, program: str, words: int) -> Step:
        question = prompt("backtranslate/sketch", view, program=program, words=words)
        reply = noted(ctx, await ctx.child("sketch").ask(question, by="idea"), "sketch")
        text, fence, _ = reply.text.partition("```")
        if fence:
            ctx.note("sketch cut at code" if text.strip() else "sketch was code alone")
        shared = overlap(text, program, f"{view.statement}\n{view.starter}")
        if shared.names:
            ctx.note("sketch holds names of the program")
        if shared.runs >= GIVEAWAY:
            ctx.note("sketch repeats the program")
        return Step("sketch", text.strip(), reply.call, f"words{words}")


def calls(
    options: BacktranslateOptions, view: ProblemView, attempts: int | None, *, full: bool
) -> tuple[PlannedCalls, ...]:
    """Return the calls of a unit: one per sketch and one per program, as if a right program were known."""
    return tuple(_calls(options, view, attempts))


def _calls(options: BacktranslateOptions, view: ProblemView, attempts: int | None) -> Iterator[PlannedCalls]:
    program = filler(round(PROGRAM_TOKENS / TOKENS_PER_WORD))
    counts = cells(len(options.lengths), options.programs, attempts)
    for words, count in zip(options.lengths, counts, strict=False):
        asked = prompt("backtranslate/sketch", view, program=program, words=words)
        yield PlannedCalls("sketch", 1, asked, tokens_of(words or OPEN_WORDS), by="idea")
        question = code_question(view, shots=options.shots, idea=filler(words or OPEN_WORDS))
        yield planned_programs(count, question, together=count)
