"""The rounds of STaR over its pool: answer, keep what passes the public cases, hint where it does not, keep that, too.

What is kept stands under the question without the hint. Every program stays with the run and is judged on the hidden
cases, too; only an export sees those verdicts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from cotbench.core.errors import BudgetReached, ConfigurationError
from cotbench.core.groundwork import Findings, Ground, Lesson
from cotbench.core.material import Material
from cotbench.core.message import Message
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context
from cotbench.core.trial import Trial
from cotbench.strategies.concurrent import in_order
from cotbench.strategies.prompting import prompt
from cotbench.strategies.star import StarOptions
from cotbench.strategies.star_lessons import (
    Worked,
    case_hint,
    hinted_question,
    plain_question,
    question_after,
    speaks_of_hint,
    to_show,
)
from cotbench.strategies.writing import NO_CODE, has_reasoning, noted, written


@dataclass(slots=True)
class _Learner:
    """One problem of the pool: what was learned from it, how often it was tried, its sketch if one was asked for."""

    ground: Ground
    lessons: list[Lesson] = field(default_factory=list)
    tried: int = 0
    sketch: str | None = None


@dataclass(frozen=True, slots=True)
class _Tried:
    """One answer: whether it may be kept, and which public case it failed at first."""

    reply: str
    kept: bool
    failed: int


@dataclass(frozen=True, slots=True)
class StarGroundwork:
    """Learns from the pool."""

    options: StarOptions
    material: Material = field(default_factory=Material)

    def choose(self, views: Sequence[ProblemView]) -> Sequence[str]:
        """Return the first problems with public cases, at most half of all. Raises ConfigurationError if none has."""
        usable = [view.id for view in views if view.public][: min(self.options.pool, len(views) // 2)]
        if not usable:
            raise ConfigurationError(
                "star has no problem to learn from",
                hint="it needs a benchmark of at least 2 problems, some of them with public cases",
            )
        return usable

    async def lay(self, grounds: Sequence[Ground]) -> Findings:
        """Return how the rounds went and the answers kept in the last one that kept any, as JSON, and all lessons."""
        learners = [_Learner(ground) for ground in grounds]
        kept: list[Worked] = []
        rounds: list[dict[str, object]] = []
        for number in range(1, self.options.rounds + 1):
            found = await in_order(self._learn(learner, number, tuple(kept)) for learner in learners)
            fresh = [worked for worked in found if worked is not None]
            hints = Counter(worked.hint for worked in fresh)
            rounds.append(
                {
                    "round": number,
                    "problems": len(learners),
                    "right": hints.pop("", 0),
                    "right_with_hint": dict(sorted(hints.items())),
                }
            )
            kept = fresh or kept
        lessons = tuple(lesson for learner in learners for lesson in learner.lessons)
        text = json.dumps(
            {
                "set_apart": [ground.view.id for ground in grounds],
                "rounds": rounds,
                "kept": [asdict(worked) for worked in kept],
            }
        )
        return Findings(text, lessons)

    async def _learn(self, learner: _Learner, number: int, kept: Sequence[Worked]) -> Worked | None:
        """Return the answer to keep of one problem in one round, None if there is none."""
        ctx = learner.ground.ctx.child(f"round{number}")
        try:
            worked = await self._answered(learner, ctx, number, kept)
        except BudgetReached as reached:
            if not reached.per_problem:
                raise
            ctx.note("stopped by the cap of a problem")
            return None
        how = "not solved" if worked is None else f"solved after hint {worked.hint}" if worked.hint else "solved"
        ctx.note(f"round {number}: {how}")
        return worked

    async def _answered(self, learner: _Learner, ctx: Context, number: int, kept: Sequence[Worked]) -> Worked | None:
        view, shots = learner.ground.view, self.options.shots
        shown = to_show(view, kept, shots, ctx.rng)
        tried = await self._tried(learner, ctx.child("answer"), question_after(view, shown, shots))
        if tried.kept:
            return _worked(view, tried.reply, "", number)
        for place, level in enumerate(self.options.levels):
            hint = await self._hint(learner, level, tried.failed)
            if hint is None:
                ctx.note(f"no hint {level}")
                continue
            question = hinted_question(view, shown, shots, hint)
            tried = await self._tried(learner, ctx.child(f"hinted{place}"), question, hinted=True)
            if tried.kept:
                return _worked(view, tried.reply, level, number)
        return None

    async def _tried(
        self, learner: _Learner, ctx: Context, question: tuple[Message, ...], *, hinted: bool = False
    ) -> _Tried:
        """Ask, keep the program with the run, and try it on the public cases."""
        view = learner.ground.view
        reply = noted(ctx, await ctx.ask(question), "answer")
        attempt = written(ctx, view, reply, index=learner.tried)
        learner.tried += 1
        learner.ground.keep(attempt)
        trial = Trial(()) if attempt.code is None else await ctx.trial(attempt.code)
        fault = "" if has_reasoning(reply) else "no reasoning before the program"
        if hinted and speaks_of_hint(reply.text):
            fault = "answer speaks of its hint"
        if fault:
            ctx.note(fault)
        elif attempt.code is not None:
            learner.lessons.append(Lesson(view.id, attempt.index, plain_question(view), reply.text))
        right = attempt.code is not None and trial.passed
        return _Tried(reply.text, right and not fault, trial.first_failure or 0)

    async def _hint(self, learner: _Learner, level: str, failed: int) -> dict[str, str] | None:
        """Return what a hint of this level tells, None if there is nothing to tell."""
        view = learner.ground.view
        if level in ("case", "expected"):
            return case_hint(view.entry, view.public[failed], expected=level == "expected")
        program = self.material.programs.get(view.id)
        if program is None:
            return None
        if level == "program":
            return {"program": program}
        if learner.sketch is None:
            ctx = learner.ground.ctx.child("sketch")
            question = prompt("backtranslate/sketch", view, program=program, words=self.options.hint_words)
            learner.sketch = noted(ctx, await ctx.ask(question, by="idea", stop=NO_CODE), "sketch").text.strip()
        return {"sketch": learner.sketch} if learner.sketch else None


def _worked(view: ProblemView, answer: str, hint: str, number: int) -> Worked:
    (question,) = plain_question(view)
    return Worked(view.id, view.entry.kind, question.content, answer, hint, number)
