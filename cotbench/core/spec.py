"""The RunSpec: everything that says what a run is, complete and resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cotbench.core.message import Sampling

OptionValue = bool | int | float | str | None
"""What a strategy option may hold."""


@dataclass(frozen=True, slots=True)
class RunSpec:
    """Strategy × model × benchmark × settings.

    `attempts` None means every program the strategy has; `limit` None means every problem.
    The fields of `IDENTITY` decide the results: a run with another value of one of them is another run.
    `attempts`, `units` and `limit` only say how much of it is wanted, so a run can be extended.
    The rest says how to carry it out.
    """

    strategy: str
    model: str
    benchmark: str
    attempts: int | None
    units: int
    limit: int | None
    seed: int
    sampling: Sampling
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    idea_model: str | None = None
    api_base: str | None = None
    api_key_env: str | None = None
    concurrency: int | None = None
    timeout: float | None = None


IDENTITY: tuple[str, ...] = (
    "strategy",
    "model",
    "idea_model",
    "benchmark",
    "seed",
    "sampling.temperature",
    "sampling.top_p",
    "sampling.max_tokens",
    "options",
)
