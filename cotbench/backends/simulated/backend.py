"""The backend of `sim/latent?…`: replies computed from the model's parameters, the request and the draw alone."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence

from cotbench.backends.simulated.asking import Asked, understand
from cotbench.backends.simulated.replies import Draw
from cotbench.backends.simulated.structures import structure
from cotbench.core.errors import BackendError
from cotbench.core.ids import digest, request_fields, seeded
from cotbench.core.message import Completion, Finish, Request, Usage
from cotbench.latent.ideas import Ideas, ideas_for
from cotbench.latent.parameters import model_name, model_parameters
from cotbench.latent.problems import latent_problem

_LETTERS_PER_TOKEN = 4
_TOKENS_PER_MESSAGE = 4
_PROBLEMS_IN_MIND = 1024
_REQUESTS_IN_MIND = 256
_NO_PROBLEM = latent_problem(0, 0)


class SimulatedBackend:
    """A model with latent ideas, see `docs/simulated.md`.

    A reply is a function of the model's name, the request, its key and the draw's place in it. At temperature 0 the
    key plays no part. Tokens are counted as one for four letters; `top_p` is ignored.
    """

    def __init__(self, name: str) -> None:
        self._parameters = model_parameters(name)
        self._name = model_name(self._parameters)
        self._ideas = functools.lru_cache(_PROBLEMS_IN_MIND)(self._ideas_for)
        # Requests that differ in their key only are equal: the draws of a prompt are read once.
        self._read = functools.lru_cache(_REQUESTS_IN_MIND)(self._understood)

    @property
    def name(self) -> str:
        """The canonical name: parameters that are not at their default, in the order of their declaration."""
        return self._name

    @property
    def max_draws(self) -> int:
        """One, so that every draw has a key of its own."""
        return 1

    @property
    def thinks(self) -> bool:
        """No reply is preceded by hidden thinking."""
        return False

    async def start(self) -> None:
        """Nothing to do."""

    async def aclose(self) -> None:
        """Nothing to do."""

    async def complete(self, request: Request, draws: int) -> Sequence[Completion]:
        """Return the replies. Raises BackendError if a program is asked for and no generated problem is named."""
        return [await self._one(request, place) for place in range(draws)]

    async def _one(self, request: Request, place: int) -> Completion:
        text, finish = _cut(self._text(request, place), request)
        usage = Usage(
            prompt=sum(_tokens(message.content) + _TOKENS_PER_MESSAGE for message in request.messages),
            completion=_tokens(text),
        )
        seconds = self._parameters.latency + usage.completion / self._parameters.speed
        if self._parameters.sleep:
            await asyncio.sleep(seconds)
        return Completion(text, usage, finish, self._price(usage), seconds)

    def _text(self, request: Request, place: int) -> str:
        asked, asked_digest = self._read(request)
        # What is asked about no problem at all, a template for prompts say, is answered about one that nobody has.
        problem = asked.problem or (_NO_PROBLEM if asked.wanted in ("thought", "structure") else None)
        if problem is None:
            raise BackendError(
                f"{self._name} knows only the problems of the benchmark latent, and the prompt names none of them",
                kind="request",
                hint="run it with --benchmark latent",
            )
        temperature = request.sampling.temperature
        drawn = (request.key, place) if temperature > 0 else ()
        rng = seeded("latent reply", asked_digest, *drawn)
        draw = Draw(asked, problem, self._ideas(problem.seed, problem.number), temperature, rng)
        return structure(draw, request.schema) if asked.wanted == "structure" else draw.reply()

    def _understood(self, request: Request) -> tuple[Asked, str]:
        return understand(request, self._parameters.ideas), digest(request_fields(self._name, request))

    def _ideas_for(self, seed: int, number: int) -> Ideas:
        return ideas_for(self._parameters, latent_problem(seed, number))

    def _price(self, usage: Usage) -> float | None:
        price_in, price_out = self._parameters.price_in, self._parameters.price_out
        if price_in is None and price_out is None:
            return None
        return (usage.prompt * (price_in or 0.0) + usage.completion * (price_out or 0.0)) / 1e6


def _cut(text: str, request: Request) -> tuple[str, Finish]:
    """Return the reply up to the first stop text or the token limit, and why it ends there."""
    ends = [text.index(stop) for stop in request.stop if stop in text]
    text = text[: min(ends, default=len(text))]
    most = request.sampling.max_tokens * _LETTERS_PER_TOKEN
    if len(text) > most:
        return text[:most], "length"
    return text, "stop" if text.strip() else "empty"


def _tokens(text: str) -> int:
    return -(-len(text) // _LETTERS_PER_TOKEN)
