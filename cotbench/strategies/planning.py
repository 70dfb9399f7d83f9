"""What a search will ask before it asks: the calls of each step, with prompts of the right length.

Prompts are the strategy's own templates, filled in for the problem at hand; where a thought of the model belongs,
there is filler of the length that is usual or asked for.
"""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass
from typing import Protocol

from cotbench.core.message import Message
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Author
from cotbench.strategies.options import Options
from cotbench.strategies.writing import token_limit

TOKENS_PER_WORD = 1.4
"""Tokens of a word of English prose (byte-pair encodings of today: 1.3 to 1.5)."""

PROGRAM_TOKENS = 200
"""Tokens of a reply that is a program: on HumanEval small models need 160 to 210."""

OPEN_WORDS = 200
"""Words of a thought whose length is not asked for."""

OUTLINE_WORDS = 100
"""Words of pseudocode."""

ITEM_WORDS = 25
"""Words of one text of a list."""

_FILLER = "keep a table of what was seen before and look at each number once from the left"


@dataclass(frozen=True, slots=True)
class PlannedCalls:
    """Calls of one step, `count` of them: a prompt as long as theirs, and the tokens expected of each reply.

    `limit` is the step's own reply limit, None for the run's; `together` draws of a prompt may be asked for in one
    request, which is then charged for its prompt once.
    """

    step: str
    count: int
    messages: tuple[Message, ...]
    expected: int
    limit: int | None = None
    by: Author = "code"
    together: int = 1


class CallModel(Protocol):
    """Says what a strategy will ask for one unit, of so many attempts (None: all there are).

    With `full`, lists of thoughts are as long as the model may make them; without, as long as they usually are.
    """

    def __call__(
        self, options: Options, view: ProblemView, attempts: int | None, *, full: bool
    ) -> tuple[PlannedCalls, ...]: ...


def step_of(path: str) -> str:
    """Return the step that a call at this path of a unit belongs to: its last label, without a number."""
    return re.sub(r"\d+\Z", "", path.rsplit("/", 1)[-1]) or "code"


def filler(words: int) -> str:
    """Return so many words of plain English."""
    return " ".join(itertools.islice(itertools.cycle(_FILLER.split()), words))


def tokens_of(words: int) -> int:
    """Return the tokens of so many words."""
    return math.ceil(TOKENS_PER_WORD * words)


def planned_thoughts(
    step: str, count: int, messages: tuple[Message, ...], *, words: int, by: Author = "idea", together: int = 1
) -> PlannedCalls:
    """Return calls for thoughts of about so many words (0: any length)."""
    return PlannedCalls(step, count, messages, tokens_of(words or OPEN_WORDS), token_limit(words), by, together)


def planned_lists(step: str, count: int, messages: tuple[Message, ...], *, items: int) -> PlannedCalls:
    """Return calls for lists of so many texts."""
    return PlannedCalls(step, count, messages, tokens_of(ITEM_WORDS * items), by="idea")


def planned_programs(count: int, messages: tuple[Message, ...], *, together: int = 1) -> PlannedCalls:
    """Return calls for programs."""
    return PlannedCalls("code", count, messages, PROGRAM_TOKENS, together=together)
