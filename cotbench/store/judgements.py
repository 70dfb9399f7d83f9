"""The rows of a judging of ideas: which pairs of a run's attempts a model was asked about, and what it said.

They live in a directory of their own inside the run, one per judging model, beside the calls that led to them, so that
the run's own calls and cost stay what they are:

    results/<run>/judge/<model>/  calls/  texts/  judgements/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from cotbench.core.ids import text_digest
from cotbench.store.fields import text_of, word_of

FOLDER = "judge"

Answer = Literal["same", "different", "unreadable"]


@dataclass(frozen=True, slots=True)
class JudgementRow:
    """What was said of two attempts, by their keys, in the order in which they were shown.

    `method` names the judging model and the digest of its prompts. Attempts of one text were not `asked` about.
    """

    problem: str
    first: str
    second: str
    method: str
    answer: Answer
    asked: bool

    @classmethod
    def folder(cls) -> str:
        return "judgements"

    @property
    def key(self) -> str:
        return judgement_key(self.first, self.second, self.method)

    @classmethod
    def read(cls, raw: Mapping[str, object]) -> JudgementRow:
        answer = word_of(raw["answer"])
        if answer not in ("same", "different", "unreadable"):
            raise ValueError(answer)
        return cls(
            problem=word_of(raw["problem"]),
            first=text_of(raw["first"]),
            second=text_of(raw["second"]),
            method=text_of(raw["method"]),
            answer=cast(Answer, answer),
            asked=raw["asked"] is True,
        )


def judgement_key(first: str, second: str, method: str) -> str:
    """Return the key of a judgement."""
    return f"{first} {second} {method}"


def judge_directory(run: Path, model: str) -> Path:
    """Return where in a run's directory the judgements of a model are; names that look alike get different places."""
    slug = re.sub(r"[^A-Za-z0-9.+_-]+", "_", model).strip("_.-")[:60] or "unnamed"
    return run / FOLDER / f"{slug}-{text_digest(model)[:8]}"


def judge_directories(run: Path) -> list[Path]:
    """Return the directories of all models that judged a run."""
    folder = run / FOLDER
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
