"""What the command line asks of `cotbench run`, besides the settings of the run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cotbench.core.spec import RunSpec


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asks for. `reuse` names the runs whose replies may be taken over.

    `beside` says that runs of the same strategy, model and benchmark with other settings are no reason to refuse.
    """

    spec: RunSpec
    results: Path
    name: str | None
    fresh: bool
    quiet: bool
    json: bool
    isolation: str | None = None
    allow_unsafe: bool = False
    verdict_cache: bool = True
    reuse: tuple[str, ...] = ()
    beside: bool = False
