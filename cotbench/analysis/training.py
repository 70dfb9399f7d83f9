"""A run's conversations as rows to train on: questions with answers that passed, and pairs of a better and a worse one.

    sft   {"prompt": [messages], "completion": [message], "problem", "unit", "index"}
    dpo   {"prompt": [messages], "chosen": [message], "rejected": [message], … and "rejected_index"}

The question is what was asked in the call that wrote the program. Where it held a description of a right program (a
sketch), the attempt is left out: whoever trains on it would learn to expect one. A run of a strategy that learned from
problems set apart (STaR) gives the answers to those, under questions without a hint, and nothing of the problems that
it was then measured on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cotbench.core.groundwork import Lesson
from cotbench.core.ids import attempt_key, digest
from cotbench.core.verdict import Outcome
from cotbench.store.reader import RunRows

TRAINING_FORMATS = ("sft", "dpo")
"""The formats to train on."""

Conversation = tuple[tuple[str, str], ...]
Row = dict[str, object]

_NOT_JUDGED: frozenset[str] = frozenset({"infra", "no_code"})


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer and its outcome on the cases that decide; `question` is (role, content) pairs."""

    problem: str
    unit: int
    index: int
    question: Conversation
    reply: str
    outcome: Outcome | None

    @property
    def passed(self) -> bool:
        """Whether its program passed."""
        return self.outcome == "passed"

    @property
    def failed(self) -> bool:
        """Whether there is a program and it did not pass."""
        return self.outcome is not None and not self.passed and self.outcome not in _NOT_JUDGED


def answers_of(
    rows: RunRows, texts: Mapping[str, str], outcomes: Mapping[str, Outcome], problems: Iterable[str]
) -> tuple[list[Answer], Counter[str]]:
    """Return the answers of a run on some problems, by problem, unit and index, and how many were left out, by reason.

    `texts` are the run's message texts by digest, `outcomes` those that decide, by attempt key.
    """
    places = {name: place for place, name in enumerate(problems)}
    found: list[Answer] = []
    left_out: Counter[str] = Counter()
    attempts = [row for row in rows.attempts.values() if row.problem in places]
    for row in sorted(attempts, key=lambda row: (places[row.problem], row.unit, row.index)):
        if any(step.kind == "sketch" for step in row.lineage):
            left_out["written from a description of a right program"] += 1
            continue
        call = rows.calls.get(row.lineage[-1].call) if row.lineage else None
        if call is None or not all(text in texts for _, text in call.messages):
            left_out["without its call"] += 1
            continue
        question = tuple((role, texts[text]) for role, text in call.messages)
        found.append(Answer(row.problem, row.unit, row.index, question, call.text, outcomes.get(row.key)))
    return found, left_out


def answers_of_lessons(lessons: Iterable[Lesson], outcomes: Mapping[str, Outcome]) -> list[Answer]:
    """Return the answers of a groundwork, which are all of unit 0."""
    return [
        Answer(
            lesson.problem,
            0,
            lesson.index,
            tuple((message.role, message.content) for message in lesson.question),
            lesson.reply,
            outcomes.get(attempt_key(lesson.problem, 0, lesson.index)),
        )
        for lesson in lessons
    ]


def training_rows(answers: Iterable[Answer], form: str) -> Iterator[Row]:
    """Give the rows of `sft` or `dpo`; of equal answers to one question the first counts."""
    distinct: dict[str, Answer] = {}
    for answer in answers:
        distinct.setdefault(digest([answer.problem, list(answer.question), answer.reply.strip()]), answer)
    return _sft(distinct.values()) if form == "sft" else _dpo(distinct.values())


def _sft(answers: Iterable[Answer]) -> Iterator[Row]:
    for answer in answers:
        if answer.passed:
            yield {
                "prompt": _messages(answer.question),
                "completion": _messages((("assistant", answer.reply),)),
                "problem": answer.problem,
                "unit": answer.unit,
                "index": answer.index,
            }


def _dpo(answers: Iterable[Answer]) -> Iterator[Row]:
    """Give pairs of answers to the same question: the first that passed with the first that failed, and so on."""
    asked: dict[str, list[Answer]] = {}
    for answer in answers:
        asked.setdefault(digest([answer.problem, list(answer.question)]), []).append(answer)
    for same in asked.values():
        good, bad = [one for one in same if one.passed], [one for one in same if one.failed]
        for chosen, rejected in zip(good, bad, strict=False):
            yield {
                "prompt": _messages(chosen.question),
                "chosen": _messages((("assistant", chosen.reply),)),
                "rejected": _messages((("assistant", rejected.reply),)),
                "problem": chosen.problem,
                "unit": chosen.unit,
                "index": chosen.index,
                "rejected_index": rejected.index,
            }


def _messages(conversation: Conversation) -> list[dict[str, str]]:
    return [{"role": role, "content": content} for role, content in conversation]
