"""cotbench: which inference-time search strategy buys the most solved coding problems per token.

`cotbench.load` and `cotbench.compare` read runs in Python (docs/python.md). They are imported when they are used, so
that `import cotbench` takes no time.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from cotbench._version import __version__

if TYPE_CHECKING:
    from cotbench.api import ComparedRuns, LoadedRun, compare, load

__all__ = ["ComparedRuns", "LoadedRun", "__version__", "compare", "load"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'cotbench' has no attribute {name!r}")
    return getattr(importlib.import_module("cotbench.api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
