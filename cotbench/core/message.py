"""What is sent to a model and what comes back: messages, requests, completions and their cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["system", "user", "assistant"]

Finish = Literal["stop", "length", "refusal", "overflow", "empty"]
"""Why a reply ended. `refusal` covers content filters, `overflow` means that the prompt does not fit the model's
context, `empty` is a reply without any text.
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


def user(content: str) -> Message:
    """Return a message of the user."""
    return Message("user", content)


def assistant(content: str) -> Message:
    """Return a message of the model."""
    return Message("assistant", content)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How replies are drawn. `max_tokens` bounds the tokens of one reply.

    `extra` holds further parameters of the provider (reasoning_effort, top_k …) as a JSON object with sorted names,
    "" where there are none; a text, so that a request stays hashable.
    """

    temperature: float = 0.8
    top_p: float = 0.95
    max_tokens: int = 1024
    extra: str = ""


@dataclass(frozen=True, slots=True)
class Schema:
    """A JSON schema that a structured reply must follow, where the backend supports it.

    `text` is the schema as canonical JSON, so that a request stays hashable.
    """

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class CallPlace:
    """Where in a run a request is made: its unit, the path of child labels, the first of its draws."""

    problem: str
    unit: int
    path: str
    draw: int


@dataclass(frozen=True, slots=True)
class Request:
    """One model request. Draws of the same request differ only by their draw index in the ledger.

    A reply ends before the first of the `stop` texts. `key` names the first draw that is asked for, so that a backend
    whose draws are computed can tell draws apart in any order; `place` says where in the run the call stands. Neither
    is part of what is asked, and no model sees it.
    """

    messages: tuple[Message, ...]
    sampling: Sampling
    schema: Schema | None = None
    stop: tuple[str, ...] = ()
    key: str = field(default="", compare=False)
    place: CallPlace | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one or several calls. Reasoning tokens are part of `completion`, cached ones of `prompt`.

    `estimated` says that prompt or completion tokens were not counted by the server, or not rightly.
    """

    prompt: int = 0
    completion: int = 0
    reasoning: int = 0
    cached: int = 0
    estimated: bool = False

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt + other.prompt,
            self.completion + other.completion,
            self.reasoning + other.reasoning,
            self.cached + other.cached,
            self.estimated or other.estimated,
        )

    @property
    def total(self) -> int:
        """Prompt and completion tokens together."""
        return self.prompt + self.completion


@dataclass(frozen=True, slots=True)
class Completion:
    """One reply of a backend. `usd` is None where the price is not known; `seconds` is the latency.

    `source` names the run that the reply was taken over from; nothing is paid for it then.
    """

    text: str
    usage: Usage
    finish: Finish
    usd: float | None
    seconds: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A completion as a strategy sees it; `call` is the ledger key that lineage refers to."""

    text: str
    finish: Finish
    call: str


JsonObject = Mapping[str, object]
