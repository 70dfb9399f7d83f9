"""Where model replies come from: litellm for every provider, an embedded local model, and scripted replies.

Names are loaded on first use, so that importing this package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cotbench.backends.litellm_backend import LitellmBackend
    from cotbench.backends.local.backend import LocalBackend
    from cotbench.backends.registry import open_backend
    from cotbench.backends.scripted import ScriptedBackend

__all__ = ["LitellmBackend", "LocalBackend", "ScriptedBackend", "open_backend"]

_HOMES = {
    "LitellmBackend": "cotbench.backends.litellm_backend",
    "LocalBackend": "cotbench.backends.local.backend",
    "ScriptedBackend": "cotbench.backends.scripted",
    "open_backend": "cotbench.backends.registry",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
