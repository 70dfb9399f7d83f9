"""How a model is reached: the provider that its name means, and the key that opens it."""

from __future__ import annotations

import difflib
import os
import re
from typing import Any

from cotbench.backends import litellm_facts as facts
from cotbench.core.errors import ConfigurationError

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_FORMS = "gpt-4o-mini, anthropic/NAME, openrouter/VENDOR/NAME, openai/NAME with an API base, local, local/PATH.gguf"
NO_KEY = "none"
"""What is sent as the key to a server that may not want one."""


def takes_one_sampler(model: str) -> bool:
    """Return whether a model refuses temperature and top_p in one request, as Claude does since version 4.1."""
    return "claude" in model.lower()


def resolve(library: Any, model: str, api_base: str | None) -> tuple[str, str]:
    """Return the provider of a model and the name under which litellm knows it.

    With an API base, a name without a provider means an OpenAI-compatible server. Raises ConfigurationError.
    """
    provider = facts.provider_of(library, model, api_base)
    if provider is not None:
        return provider, model
    if api_base is not None:
        return "openai", f"openai/{model}"
    first, slash, _ = model.partition("/")
    known = facts.known_names(library, "providers" if slash else "models")
    close = difflib.get_close_matches(first, known, n=2, cutoff=0.7)
    meant = f"did you mean {' or '.join(name + '/…' if slash else name for name in close)}? " if close else ""
    raise ConfigurationError(f"no provider is known for the model {model}", hint=f"{meant}valid: {_FORMS}")


def find_key(library: Any, model: str, target: str, api_base: str | None, variable: str | None) -> str | None:
    """Return the key to send, or None where litellm finds it in the environment. Raises ConfigurationError."""
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
    missing = facts.missing_keys(library, target)
    if not missing:
        return None
    if api_base is not None:
        return NO_KEY
    raise ConfigurationError(
        f"the model {model} needs a key in the environment variable {' or '.join(missing)}",
        hint=f"export {missing[-1]}=…",
    )
