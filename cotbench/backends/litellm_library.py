"""litellm, loaded on demand, made silent, and closed again by whoever uses it last."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import warnings
from typing import Any, Literal

from cotbench.core.errors import ConfigurationError

_LOGGERS = ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router", "litellm", "openai", "httpx", "httpcore", "aiohttp")
_users = 0


def load_litellm() -> Any:
    """Import litellm (seconds, once) without its look-ups on the network, its banners and its log lines.

    Raises ConfigurationError if it cannot be imported.
    """
    # Both are read at import: the first stops a fetch of prices from the network, the second the reading of a
    # `.env` file from the working directory.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import litellm
    except ImportError as error:
        raise ConfigurationError(
            f"litellm cannot be imported: {error}", hint="pip install --upgrade litellm"
        ) from error
    # Parts of the library are imported by the first calls; what they say about its own classes helps nobody.
    warnings.filterwarnings("ignore", module=r"(?:litellm|openai|pydantic)(?:\..*)?$")
    litellm.suppress_debug_info = True
    litellm.set_verbose = False
    litellm.turn_off_message_logging = True
    litellm.num_retries = 0
    litellm.callbacks = []
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm


def acquire() -> Any:
    """Load litellm and count one more user of its connections; `release` ends the use."""
    global _users
    library = load_litellm()
    _users += 1
    return library


async def release(library: Any) -> None:
    """End one use; the last one closes every connection that litellm keeps, in the loop that opened them."""
    global _users
    _users = max(0, _users - 1)
    if _users:
        return
    with contextlib.suppress(Exception):
        await library.close_litellm_async_clients()
    with contextlib.suppress(Exception):
        # A closed client that stays in the cache would be handed out again.
        library.in_memory_llm_clients_cache.flush_cache()
    # Sockets are closed by callbacks of the loop, which must get a turn before it ends.
    await asyncio.sleep(0.01)


def provider_of(library: Any, model: str, api_base: str | None) -> str | None:
    """Return the provider that litellm derives from a model name, or None if it knows none."""
    try:
        return str(library.get_llm_provider(model, api_base=api_base)[1])
    except Exception:
        return None


def missing_keys(library: Any, model: str) -> list[str]:
    """Return the environment variables that could hold the model's key, if none of them is set; else nothing.

    Only plain API keys count: clouds with other ways to sign in are asked when the first call is made.
    """
    try:
        report = library.validate_environment(model)
    except Exception:
        return []
    if report.get("keys_in_environment"):
        return []
    names = [str(name) for name in report.get("missing_keys", []) if str(name).endswith("_API_KEY")]
    if any(os.environ.get(name) for name in (*names, "AZURE_AD_TOKEN", "AZURE_CLIENT_ID")):
        return []
    return names


def known_names(library: Any, kind: Literal["providers", "models"]) -> list[str]:
    """Return the names of all providers or of all models with a known price."""
    if kind == "models":
        return [str(name) for name in library.model_cost if "/" not in str(name)]
    return [str(getattr(provider, "value", provider)) for provider in library.provider_list]


def thinks(library: Any, target: str) -> bool:
    """Return whether a model is known to think before it answers."""
    try:
        return bool(library.supports_reasoning(target))
    except Exception:
        return False


def follows_schemas(library: Any, model: str) -> bool:
    """Return whether the model can be held to a JSON schema."""
    try:
        return bool(library.supports_response_schema(model))
    except Exception:
        return False


def draws_at_once(library: Any, model: str, provider: str) -> bool:
    """Return whether the model's interface takes several draws in one request."""
    try:
        return "n" in (library.get_supported_openai_params(model=model, custom_llm_provider=provider) or [])
    except Exception:
        return False


def price(library: Any, response: Any, model: str) -> float | None:
    """Return what a response cost in US dollars, or None where the price is not known."""
    try:
        return float(library.completion_cost(completion_response=response, model=model))
    except Exception:
        return None
