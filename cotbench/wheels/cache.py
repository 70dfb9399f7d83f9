"""Where fetched data files are kept between runs."""

from __future__ import annotations

import os
from pathlib import Path


def cache_directory() -> Path:
    """Return the folder for fetched files: COTBENCH_CACHE, else a folder in XDG_CACHE_HOME, else in `~/.cache`.

    The folder need not exist yet.
    """
    chosen = os.environ.get("COTBENCH_CACHE", "").strip()
    if chosen:
        return Path(chosen).expanduser().absolute()
    parent = os.environ.get("XDG_CACHE_HOME", "").strip() or "~/.cache"
    return Path(parent).expanduser().absolute() / "cotbench"
