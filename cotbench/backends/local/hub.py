"""Get a model file from the model hub within a bounded time, without noise."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from cotbench.backends.local.assemble import Progress, SourceFailed
from cotbench.backends.local.catalogue import CatalogueRow
from cotbench.backends.redact import redact
from cotbench.core.secrets import without_secrets
from cotbench.wheels.quiet import run_quietly

STALL_SECONDS = 10.0
"""How long the hub may take without delivering a byte before it is given up."""

_SCRIPT = Path(__file__).with_name("hub_child.py")


def download(row: CatalogueRow, folder: Path, *, progress: Progress, stop: Callable[[], bool]) -> Path:
    """Return the path of the row's file, from the hub's own cache or freshly downloaded into `folder`.

    An interrupted download goes on where it stopped. Raises SourceFailed, and Stopped when `stop` says so.
    """
    folder.mkdir(parents=True, exist_ok=True)
    seen = _bytes_in(folder)
    moved = time.monotonic()
    reported = 0.0

    def give_up() -> bool:
        nonlocal seen, moved, reported
        now = time.monotonic()
        if now - reported < 0.5:
            return False
        reported = now
        size = _bytes_in(folder)
        if size != seen:
            seen, moved = size, now
            progress(min(size, row.size), row.size, "hub")
        return now - moved > STALL_SECONDS

    progress(min(seen, row.size), row.size, "hub")
    environ = {
        # A gated model needs the hub's own token.
        **without_secrets(os.environ, keep=("HF_", "HUGGING")),
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DOWNLOAD_TIMEOUT": "10",
        # The other transfer writes where its progress cannot be seen, which would look like a stall.
        "HF_HUB_DISABLE_XET": "1",
    }
    command = [sys.executable, "-P", str(_SCRIPT), row.hub_repo, row.hub_file, str(folder)]
    outcome = run_quietly(command, environ=environ, stop=stop, give_up=give_up)
    last = outcome.lines[-1] if outcome.lines else "no reason given"
    if outcome.status is None:
        raise SourceFailed(f"the hub gave nothing for {STALL_SECONDS:.0f} s")
    if outcome.status != 0:
        raise SourceFailed(redact(last, limit=160))
    return Path(last)


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            if path.is_file():
                total += path.stat().st_size
        except OSError:
            continue  # renamed between listing and looking
    return total
