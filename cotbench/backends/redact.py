"""Make a provider's message fit to be shown: one line, without secrets."""

from __future__ import annotations

import os
import re
import urllib.parse
from collections.abc import Iterable, Mapping

from cotbench.core.secrets import is_secret_name

SECRET = "[secret]"
"""What stands in place of a secret."""

_PATTERNS = (
    (re.compile(r"\b(?:sk|pk|rk|gsk|hf|xai|key|ghp|pypi)[-_][A-Za-z0-9*_-]{8,}"), "[secret]"),
    (re.compile(r"\bAIza[A-Za-z0-9_-]{20,}|\bAKIA[A-Z0-9]{12,}"), "[secret]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"), r"\1 [secret]"),
    (
        re.compile(r"(?i)([?&;\s\"'](?:api[-_]?)?(?:key|token|secret|sig|signature)\s*[=:]\s*[\"']?)[^\s&\"',;}]{4,}"),
        r"\1[secret]",
    ),
    (re.compile(r"(://)[^/@\s]+@"), r"\1[secret]@"),
)
# Shorter values are ordinary words ("none", "true", "1"); blanking them would eat the message itself.
_MIN_SECRET = 8


def redact(text: str, *, extra: Iterable[str] = (), environ: Mapping[str, str] | None = None, limit: int = 300) -> str:
    """Return `text` on one line, with every secret replaced by `[secret]`, cut to `limit` characters.

    Secrets are the values of environment variables whose names speak of keys, tokens, secrets or passwords, the
    values in `extra`, and whatever looks like a key by its form.
    """
    line = " ".join(text.split())
    source = os.environ if environ is None else environ
    values = {value for name, value in source.items() if is_secret_name(name) and len(value) >= _MIN_SECRET}
    values.update(value for value in extra if len(value) >= 4)
    # Addresses hold a key in another spelling.
    values.update([urllib.parse.quote(value, safe="") for value in values])
    for value in sorted(values, key=len, reverse=True):
        line = line.replace(value, SECRET)
    for pattern, replacement in _PATTERNS:
        line = pattern.sub(replacement, line)
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
