"""What litellm knows about providers and models: keys, prices, parameters, tokens. Asking it costs no call."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Literal

from cotbench.core.message import Message, Usage


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


def own_settings(library: Any) -> frozenset[str]:
    """Return the names of arguments that are orders to litellm itself and never reach a provider."""
    try:
        return frozenset(map(str, library.types.utils.all_litellm_params))
    except AttributeError:
        return frozenset()


def parameters(library: Any, model: str, provider: str) -> frozenset[str]:
    """Return the OpenAI parameters that the model's interface takes as far as litellm knows."""
    bare = model.removeprefix(f"{provider}/")
    try:
        return frozenset(library.get_supported_openai_params(model=bare, custom_llm_provider=provider) or [])
    except Exception:
        return frozenset()


def cache_minimum(library: Any, model: str, provider: str) -> int:
    """Return how many tokens a prompt prefix must have for Claude's cache to keep it; 0 for any other model.

    Other providers keep prefixes by themselves; this one must be told where they end.
    """
    if "claude" not in model or provider not in ("anthropic", "bedrock", "vertex_ai", "openrouter", "azure_ai"):
        return 0
    try:
        info = library.get_model_info(model)
    except Exception:
        return 0
    return int(info.get("prompt_cache_min_tokens") or 1024) if info.get("supports_prompt_caching") else 0


def price(library: Any, response: Any, model: str, provider: str, usage: Usage) -> float | None:
    """Return what a response cost in US dollars, or None where the price is not known.

    Where the server counted the tokens itself, the price is litellm's for exactly these (cached ones, tiers, and what
    some providers state themselves); else it is the one of `usage`.
    """
    if not usage.estimated:
        value = (getattr(response, "_hidden_params", None) or {}).get("response_cost")
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    try:
        parts = library.cost_per_token(
            model=model,
            custom_llm_provider=provider,
            prompt_tokens=usage.prompt,
            completion_tokens=usage.completion,
            cache_read_input_tokens=usage.cached,
        )
        return float(sum(parts))
    except Exception:
        return None


def count_text(library: Any, model: str, text: str) -> int:
    """Return the tokens of a text by a tokeniser that need not be the model's own; 10 % are an ordinary difference."""
    try:
        return int(library.token_counter(model=model, text=text))
    except Exception:
        return -(-len(text.encode("utf-8", "replace")) // 4)


def count_prompt(library: Any, model: str, messages: Sequence[Message]) -> int:
    """Return the tokens of a conversation, as `count_text` does."""
    try:
        turns = [{"role": message.role, "content": message.content} for message in messages]
        return int(library.token_counter(model=model, messages=turns))
    except Exception:
        return sum(count_text(library, model, message.content) for message in messages)
