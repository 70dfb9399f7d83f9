"""Every provider that litellm can reach, and every server that speaks the OpenAI interface."""

from __future__ import annotations

import asyncio
import difflib
import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from cotbench.backends import litellm_library as lite
from cotbench.backends.faults import to_backend_error
from cotbench.backends.redact import redact
from cotbench.backends.replies import Choice, choices_of, completions, usage_of
from cotbench.core.errors import BackendError, ConfigurationError
from cotbench.core.message import Completion, Request, Schema, Usage

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_FORMS = "gpt-4o-mini, anthropic/NAME, openrouter/VENDOR/NAME, openai/NAME with an API base, local, local/PATH.gguf"
_MANY_DRAWS = 8


class LitellmBackend:
    """Replies from a model behind an API.

    `model` is a litellm name; with `api_base` a name without a provider means an OpenAI-compatible server there.
    `api_key_env` names the environment variable that holds the key. `timeout` is in seconds per request. `extra`
    goes into every request as it is. `structured` and `max_draws` say what the model's interface can do, where
    litellm cannot know; `usd` is the price of a request where it is known beforehand.
    """

    def __init__(
        self,
        model: str,
        api_base: str | None = None,
        api_key_env: str | None = None,
        timeout: float = 120.0,
        extra: Mapping[str, object] | None = None,
        *,
        structured: bool | None = None,
        max_draws: int | None = None,
        usd: float | None = None,
    ) -> None:
        self._model = model
        self._api_base = api_base
        self._api_key_env = api_key_env
        self._timeout = timeout
        self._extra = dict(extra or {})
        self._structured = structured
        self._max_draws = max_draws
        self._usd = usd
        self._thinks = False
        self._library: Any = None
        self._target = model
        self._key: str | None = None

    @property
    def name(self) -> str:
        """The model name as it was given."""
        return self._model

    @property
    def max_draws(self) -> int:
        """How many draws one request may ask for; known after `start`, 1 before."""
        return self._max_draws or 1

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
        library = lite.load_litellm()
        provider = self._resolve(library)
        self._key = self._find_key(library)
        if self._structured is None:
            self._structured = lite.follows_schemas(library, self._target)
        if self._max_draws is None:
            paid = provider in ("openai", "azure") and (self._api_base is None or provider == "azure")
            many = paid and lite.draws_at_once(library, self._target, provider)
            self._max_draws = _MANY_DRAWS if many else 1
        # Nothing is known of what another server serves; a limit could cut a thought before its answer.
        self._thinks = self._api_base is not None or lite.thinks(library, self._target)
        self._library = lite.acquire()

    async def aclose(self) -> None:
        """Close the connections, unless another backend still uses them."""
        library, self._library = self._library, None
        if library is not None:
            await lite.release(library)

    async def complete(self, request: Request, draws: int) -> Sequence[Completion]:
        """Return the replies of one response: `draws`, or fewer from a server that ignores the wish for several."""
        if self._library is None:
            raise BackendError(f"{self._model}: not started", kind="unavailable")
        return (await self._ask(request, draws))[:draws]

    async def _ask(self, request: Request, draws: int) -> list[Completion]:
        arguments = self._arguments(request, draws)
        began = time.monotonic()
        try:
            # Providers' timeouts may count the time between two bytes; this one counts the whole request.
            async with asyncio.timeout(self._timeout + 1.0):
                response = await self._library.acompletion(**arguments)
            choices, usage = choices_of(response), usage_of(response)
        except Exception as error:
            secrets = [self._key] if self._key and self._key != "none" else []
            raise to_backend_error(error, model=self._model, secrets=secrets) from None
        if not choices:
            raise BackendError(f"{self._model}: the response holds no reply", kind="server")
        return completions(choices, usage, self._price(response, choices, usage), time.monotonic() - began)

    def _price(self, response: Any, choices: Sequence[Choice], usage: Usage) -> float | None:
        if self._usd is not None:
            return self._usd
        # A name served elsewhere says nothing about the price there.
        if self._api_base is not None and not self._target.startswith("azure"):
            return None
        return lite.price(self._library, response, self._target)

    def _arguments(self, request: Request, draws: int) -> dict[str, Any]:
        sampling = request.sampling
        arguments: dict[str, Any] = {
            **self._extra,
            "model": self._target,
            "messages": [{"role": turn.role, "content": turn.content} for turn in request.messages],
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_tokens,
            **({"stop": list(request.stop)} if request.stop else {}),
            "timeout": self._timeout,
            # Retries are the engine's: hidden ones would falsify latencies and multiply the load.
            "num_retries": 0,
            "max_retries": 0,
            "drop_params": True,
        }
        if draws > 1:
            arguments["n"] = draws
        if self._api_base is not None:
            arguments["api_base"] = self._api_base
        if self._key is not None:
            arguments["api_key"] = self._key
        if request.schema is not None and self._structured:
            arguments["response_format"] = response_format(request.schema)
        return arguments

    def _resolve(self, library: Any) -> str:
        provider = lite.provider_of(library, self._model, self._api_base)
        if provider is not None:
            return provider
        if self._api_base is not None:
            self._target = f"openai/{self._model}"
            return "openai"
        first, slash, _ = self._model.partition("/")
        known = lite.known_names(library, "providers" if slash else "models")
        close = difflib.get_close_matches(first, known, n=2, cutoff=0.7)
        meant = f"did you mean {' or '.join(name + '/…' if slash else name for name in close)}? " if close else ""
        raise ConfigurationError(f"no provider is known for the model {self._model}", hint=f"{meant}valid: {_FORMS}")

    def _find_key(self, library: Any) -> str | None:
        variable = self._api_key_env
        if variable is not None:
            if not _VARIABLE.fullmatch(variable):
                # What stands there may be the key itself: it must not be repeated.
                raise ConfigurationError("api_key_env must be the name of an environment variable, not a key")
            value = os.environ.get(variable, "").strip()
            if not value:
                raise ConfigurationError(
                    f"the environment variable {variable}, which should hold the key, is not set",
                    hint=f"export {variable}=…",
                )
            return value
        missing = lite.missing_keys(library, self._target)
        if not missing:
            return None
        if self._api_base is not None:
            return "none"
        raise ConfigurationError(
            f"the model {self._model} needs a key in the environment variable {' or '.join(missing)}",
            hint=f"export {missing[-1]}=…",
        )


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
