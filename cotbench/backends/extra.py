"""Extra parameters of a model's provider: what a user may set beside what the tool sets itself.

They go into every request, into the run's identity and into the ledger, so they must not replace what is asked, where,
or how often, and must hold no secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from cotbench.backends.redact import redact
from cotbench.core.errors import ConfigurationError
from cotbench.core.ids import canonical

_FLAGS: Mapping[str, str] = {
    "model": "--model",
    "temperature": "--temperature",
    "top_p": "--top-p",
    "max_tokens": "the limit on reply tokens",
    "max_completion_tokens": "the limit on reply tokens",
    "timeout": "--timeout",
    "request_timeout": "--timeout",
    "api_base": "--api-base",
    "base_url": "--api-base",
    "api_key": "--api-key-env",
}
# fmt: off
_OURS = frozenset({
    "messages", "prompt", "input", "n", "best_of", "stop", "stream", "stream_options", "response_format", "tools",
    "tool_choice", "functions", "function_call", "parallel_tool_calls", "num_retries", "max_retries", "drop_params",
    "additional_drop_params", "allowed_openai_params", "custom_llm_provider", "extra_body", "extra_headers",
    "extra_query", "headers", "default_headers", "client", "http_client", "mock_response", "callbacks",
    "success_callback", "failure_callback", "logger_fn", "cache", "caching", "fallbacks", "metadata", "user",
    "deployment_id", "logprobs", "top_logprobs", "modalities", "audio",
})
# fmt: on
_SECRET = re.compile(r"api.?key|access.?key|secret|passw|credential|authori[sz]ation|bearer|(?:^|[_-])token$", re.I)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_LONGEST = 1_000_000


def checked_extra(extra: Mapping[str, object]) -> str:
    """Return extra parameters as the text that requests carry, "" for none. Raises ConfigurationError."""
    for name, value in extra.items():
        if not _NAME.fullmatch(name):
            raise ConfigurationError("extra: a parameter has a name that no provider's interface has")
        if name in _FLAGS:
            raise ConfigurationError(f"extra must not set {name}", hint=f"{_FLAGS[name]} does")
        if name in _OURS:
            raise ConfigurationError(f"extra must not set {name}: cotbench decides it")
        if name == "seed":
            raise ConfigurationError(
                "extra must not set seed: all draws of a prompt would come out the same",
                hint="replies are kept in the run, so the same command repeats it exactly",
            )
        if _holds_secret(name, value):
            # Neither the value nor a part of it is repeated.
            raise ConfigurationError(
                f"extra {name} looks like a secret, and settings are stored",
                hint="put the key into an environment variable and name that with --api-key-env",
            )
    return canonical(dict(extra)) if extra else ""


def refuse_library_settings(extra: Mapping[str, object], known: frozenset[str]) -> None:
    """Raise ConfigurationError if a parameter is an order to litellm itself and never reaches the provider."""
    for name in extra:
        if name in known:
            raise ConfigurationError(f"extra must not set {name}: it is a setting of litellm, not of the provider")


def _holds_secret(name: str, value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_secret(str(inner), item) for inner, item in value.items())
    if isinstance(value, list):
        return any(_holds_secret(name, item) for item in value)
    if not isinstance(value, str):
        return False
    line = " ".join(value.split())
    return bool(_SECRET.search(name)) or redact(value, limit=_LONGEST) != line
