"""Every provider that litellm can reach, and every server that speaks the OpenAI interface."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cotbench.backends import litellm_facts as facts
from cotbench.backends.extra import refuse_library_settings
from cotbench.backends.faults import to_backend_error
from cotbench.backends.litellm_access import NO_KEY, find_key, resolve, takes_one_sampler
from cotbench.backends.litellm_library import acquire, load_litellm, release
from cotbench.backends.prefixes import Prefixes
from cotbench.backends.redact import SECRET, redact
from cotbench.backends.replies import Choice, checked, choices_of, completions, fault_of, usage_of
from cotbench.core.errors import BackendError, ConfigurationError
from cotbench.core.ids import extra_parameters
from cotbench.core.message import Completion, Message, Request, Sampling, Schema, Usage

_MANY_DRAWS = 8
_PROMPT_ONCE = frozenset({"openai", "azure", "gemini", "vertex_ai"})
"""Providers that charge the prompt once when one request asks for several replies."""


class LitellmBackend:
    """Replies from a model behind an API.

    `model` is a litellm name; with `api_base` a name without a provider means an OpenAI-compatible server there.
    `api_key_env` names the environment variable that holds the key, `key` is the key itself where it is no secret.
    `timeout` is in seconds per request. `prompt_cache` asks for the provider's prompt cache where it must be asked
    for. `extra` are the parameters that requests will carry, so that wrong ones are refused at the start.
    `structured` and `max_draws` say what the model's interface can do, where litellm cannot know; `usd` is the price
    of a request where it is known beforehand.
    """

    def __init__(
        self,
        model: str,
        api_base: str | None = None,
        api_key_env: str | None = None,
        timeout: float = 120.0,
        *,
        key: str | None = None,
        prompt_cache: bool = True,
        extra: str = "",
        structured: bool | None = None,
        max_draws: int | None = None,
        usd: float | None = None,
    ) -> None:
        self._model = model
        self._api_base = api_base
        self._api_key_env = api_key_env
        self._timeout = timeout
        self._key = key
        self._prompt_cache = prompt_cache
        self._extra = extra
        self._structured = structured
        self._max_draws = max_draws
        self._usd = usd
        self._one_by_one = False
        self._thinks = False
        self._library: Any = None
        self._target = model
        self._provider = ""
        self._parameters: frozenset[str] = frozenset()
        self._orders: frozenset[str] = frozenset()
        self._prefixes: Prefixes | None = None

    @property
    def name(self) -> str:
        """The model name as it was given."""
        return self._model

    @property
    def max_draws(self) -> int:
        """How many draws one request may ask for; known after `start`, 1 before."""
        return 1 if self._one_by_one else self._max_draws or 1

    @property
    def thinks(self) -> bool:
        """Whether litellm knows the model as one that reasons, after `start`; on another server any may."""
        return self._thinks

    async def start(self) -> None:
        """Check the model's name and key without calling it. Raises ConfigurationError."""
        if self._library is not None:
            return
        if self._api_base is not None and not re.match(r"https?://[^/\s]", self._api_base):
            raise ConfigurationError(
                f"the API base {redact(self._api_base)} is not a web address", hint="http://HOST:PORT/v1"
            )
        # Where it is being imported already, the loop must not stand still until that is done.
        library = await asyncio.to_thread(load_litellm)
        self._provider, self._target = resolve(library, self._model, self._api_base)
        if self._key is None:
            self._key = find_key(library, self._model, self._target, self._api_base, self._api_key_env)
        self._parameters = facts.parameters(library, self._target, self._provider)
        self._orders = facts.own_settings(library)
        refuse_library_settings(extra_parameters(Sampling(extra=self._extra)), self._orders)
        if self._structured is None:
            self._structured = facts.follows_schemas(library, self._target)
        if self._max_draws is None:
            self._max_draws = _MANY_DRAWS if self._priced and "n" in self._parameters else 1
        minimum = facts.cache_minimum(library, self._target, self._provider) if self._prompt_cache else 0
        self._prefixes = Prefixes(minimum) if minimum else None
        # Nothing is known of what another server serves; a limit could cut a thought before its answer.
        self._thinks = self._api_base is not None or facts.thinks(library, self._target)
        self._library = acquire()

    async def aclose(self) -> None:
        """Close the connections, unless another backend still uses them."""
        library, self._library = self._library, None
        if library is not None:
            await release(library)

    async def complete(self, request: Request, draws: int) -> Sequence[Completion]:
        """Return the replies of one response: `draws`, or fewer from a server that ignores the wish for several."""
        if self._library is None:
            raise BackendError(f"{self._model}: not started", kind="unavailable")
        return (await self._ask(request, draws))[:draws]

    @property
    def _priced(self) -> bool:
        """Whether the provider's own server answers and charges a prompt once for several replies."""
        return self._provider in _PROMPT_ONCE and (self._api_base is None or self._provider == "azure")

    async def _ask(self, request: Request, draws: int) -> list[Completion]:
        if draws == 1 or self._one_by_one:
            return await self._ask_once(request, 1)
        try:
            return await self._ask_once(request, draws)
        except BackendError as error:
            if error.kind != "request":
                raise
        # Either the number was refused or the request itself is bad; asking for one reply tells which.
        first = await self._ask_once(request, 1)
        self._one_by_one = True
        return first

    async def _ask_once(self, request: Request, draws: int) -> list[Completion]:
        arguments = self._arguments(request, draws)
        began = time.monotonic()
        try:
            # Providers' timeouts may count the time between two bytes; this one counts the whole request.
            async with asyncio.timeout(self._timeout + 1.0):
                response = await self._library.acompletion(**arguments)
            choices = [self._clean(choice) for choice in choices_of(response)]
            usage = usage_of(response)
        except Exception as error:
            raise to_backend_error(error, model=self._model, secrets=self._secrets()) from None
        fault = fault_of(response)
        if fault is not None:
            said = redact(fault, extra=self._secrets())
            raise BackendError(f"{self._model}: broke off its reply: {said}", kind="server")
        if not choices:
            raise BackendError(f"{self._model}: the response holds no reply", kind="server")
        usage, weights = checked(
            usage,
            choices,
            lambda: facts.count_prompt(self._library, self._target, request.messages),
            lambda text: facts.count_text(self._library, self._target, text),
            doubt=not self._priced,
        )
        return completions(choices, usage, weights, self._price(response, usage), time.monotonic() - began)

    def _secrets(self) -> list[str]:
        return [self._key] if self._key and self._key != NO_KEY else []

    def _clean(self, choice: Choice) -> Choice:
        """Return a choice without the key, should a server have put it into its reply."""
        for secret in self._secrets():
            if len(secret) >= 8 and secret in choice.text:
                choice = replace(choice, text=choice.text.replace(secret, SECRET))
        return choice

    def _price(self, response: Any, usage: Usage) -> float | None:
        if self._usd is not None:
            return self._usd
        # A name served elsewhere says nothing about the price there.
        if self._api_base is not None and self._provider != "azure":
            return None
        return facts.price(self._library, response, self._target, self._provider, usage)

    def _arguments(self, request: Request, draws: int) -> dict[str, Any]:
        sampling = request.sampling
        arguments: dict[str, Any] = {
            "model": self._target,
            "messages": self._turns(request.messages),
            **self._samplers(sampling),
            "max_tokens": sampling.max_tokens,
            "timeout": self._timeout,
            # Retries are the engine's: hidden ones would falsify latencies and multiply the load.
            "num_retries": 0,
            "max_retries": 0,
            "drop_params": True,
        }
        if request.stop:
            arguments["stop"] = list(request.stop)
        if draws > 1:
            arguments["n"] = draws
        if self._api_base is not None:
            arguments["api_base"] = self._api_base
        if self._key is not None:
            arguments["api_key"] = self._key
        if request.schema is not None and self._structured:
            arguments["response_format"] = response_format(request.schema)
        if sampling.extra:
            extra = extra_parameters(sampling)
            refuse_library_settings(extra, self._orders)
            # What litellm does not know of this model is sent all the same: dropped, it would be a silent lie.
            unknown = [name for name in extra if name not in self._parameters]
            arguments.update(extra, allowed_openai_params=unknown)
        return arguments

    def _samplers(self, sampling: Sampling) -> dict[str, float]:
        both = {"temperature": sampling.temperature, "top_p": sampling.top_p}
        if takes_one_sampler(self._target):
            # 1 is what these models do when they are told nothing, so leaving it out changes nothing.
            for name in ("top_p", "temperature"):
                if both[name] == 1:
                    del both[name]
                    break
        return both

    def _turns(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        turns: list[dict[str, Any]] = [{"role": turn.role, "content": turn.content} for turn in messages]
        if self._prefixes is not None and messages and (length := self._prefixes.shared(messages[0].content)):
            text = messages[0].content
            kept = {"type": "text", "text": text[:length], "cache_control": {"type": "ephemeral"}}
            rest = [{"type": "text", "text": text[length:]}] if text[length:] else []
            turns[0]["content"] = [kept, *rest]
        return turns


def response_format(schema: Schema) -> dict[str, Any]:
    """Return the request field that holds a reply to a JSON schema."""
    body = json.loads(schema.text)
    return {"type": "json_schema", "json_schema": {"name": schema.name, "schema": body, "strict": _is_strict(body)}}


def _is_strict(schema: object) -> bool:
    """Whether the schema meets the terms of strict mode, which providers refuse for any other."""
    if isinstance(schema, list):
        return all(_is_strict(item) for item in schema)
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object":
        properties = schema.get("properties")
        closed = schema.get("additionalProperties") is False
        if not closed or not isinstance(properties, dict) or set(schema.get("required", ())) != set(properties):
            return False
    return all(_is_strict(value) for value in schema.values())
