"""Which environment variables hold secrets, and the environment without them, for the processes that are started."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL", re.I)


def is_secret_name(name: str) -> bool:
    """Return whether a variable's name speaks of keys, tokens, secrets or passwords."""
    return _SECRET_NAME.search(name) is not None


def without_secrets(environ: Mapping[str, str], *, keep: Iterable[str] = ()) -> dict[str, str]:
    """Return an environment without the variables whose names speak of secrets.

    Names that begin with one of `keep` stay: what a started process signs in with itself.
    """
    kept = tuple(keep)
    return {name: value for name, value in environ.items() if name.startswith(kept) or not is_secret_name(name)}
