"""The RunSpec: everything that says what a run is, complete and resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

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


def to_plain(spec: RunSpec) -> dict[str, object]:
    """Return the spec as plain data, ready for YAML or JSON."""
    plain = asdict(spec)
    plain["options"] = dict(spec.options)
    return plain


def identity(spec: RunSpec) -> dict[str, object]:
    """Return the settings that decide the results, by dotted name, strategy options one by one."""
    plain = to_plain(spec)
    named: dict[str, object] = {}
    for name in IDENTITY:
        value: object = plain
        for part in name.split("."):
            value = value[part] if isinstance(value, dict) else None
        if name == "options":
            named.update({f"options.{key}": option for key, option in spec.options.items()})
        else:
            named[name] = value
    return named


def differences(kept: RunSpec, wanted: RunSpec) -> list[str]:
    """Return one line per identity setting in which two specs differ, for example `seed: 0 → 1`."""
    old, new = identity(kept), identity(wanted)
    names = [*old, *(name for name in new if name not in old)]
    return [f"{name}: {old.get(name)} → {new.get(name)}" for name in names if old.get(name) != new.get(name)]
