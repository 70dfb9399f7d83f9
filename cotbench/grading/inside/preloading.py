"""What a sandbox process loads before it forks, so that no program waits for it."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable

STANDARD = (
    # Modules of the standard library that solutions import often: every one makes every fork a little slower.
    "abc",
    "array",
    "ast",
    "base64",
    "bisect",
    "cmath",
    "collections",
    "collections.abc",
    "contextlib",
    "copy",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "heapq",
    "inspect",
    "io",
    "itertools",
    "json",
    "math",
    "numbers",
    "operator",
    "os.path",
    "pathlib",
    "queue",
    "random",
    "re",
    "statistics",
    "string",
    "struct",
    "textwrap",
    "threading",
    "time",
    "traceback",
    "types",
    "typing",
    "warnings",
)


def preload(names: Iterable[str]) -> None:
    """Import modules. Raises ImportError."""
    # At-fork callbacks of the standard library cost more than the fork; a sandbox process has no threads or locks that
    # they could repair, and the random state is set in every child.
    register = os.register_at_fork
    os.register_at_fork = lambda **hooks: None
    try:
        for name in names:
            importlib.import_module(name)
    finally:
        os.register_at_fork = register
