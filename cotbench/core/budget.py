"""Caps on what a run may spend, prices of models, and amounts spent: the vocabulary of money and budgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, get_args

from cotbench.core.message import Usage

Resource = Literal["usd", "tokens", "calls", "minutes"]
"""What is capped. Tokens are prompt and completion together; a call is one reply; minutes are wall time."""

RESOURCES: tuple[Resource, ...] = get_args(Resource)

Scope = Literal["run", "problem"]


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that may be spent; None is no cap."""

    usd: float | None = None
    tokens: int | None = None
    calls: int | None = None
    minutes: float | None = None

    def of(self, resource: Resource) -> float | None:
        """Return the cap on one resource."""
        found: Mapping[Resource, float | None] = {
            "usd": self.usd,
            "tokens": self.tokens,
            "calls": self.calls,
            "minutes": self.minutes,
        }
        return found[resource]

    @property
    def any(self) -> bool:
        """Whether anything is capped."""
        return any(getattr(self, field.name) is not None for field in fields(self))


def setting_of(resource: Resource, scope: Scope) -> str:
    """Return the name of a cap in files, for example `max_usd_per_problem`; its flag has hyphens."""
    return f"max_{resource}" if scope == "run" else f"max_{resource}_per_problem"


def flag_of(setting: str) -> str:
    """Return the flag of a setting: `--max-usd` for `max_usd`."""
    return f"--{setting.replace('_', '-')}"


def amount(resource: Resource, value: float | None) -> str:
    """Return so much of a resource in words; None is unknown."""
    if resource == "usd":
        return dollars(value)
    if value is None:
        return f"unknown {resource}"
    if resource == "minutes":
        return f"{value:,.1f} minutes"
    return f"{value:,.0f} {resource.removesuffix('s') if value == 1 else resource}"


def dollars(usd: float | None) -> str:
    """Return dollars with cents, with the digits that count where it is less than one, or "unknown"."""
    if usd is None:
        return "unknown"
    if usd == 0 or usd >= 1:
        return f"${usd:,.2f}"
    whole, _, digits = f"{float(f'{usd:.3g}'):.12f}".rstrip("0").partition(".")
    return f"${whole}.{digits:0<2}"


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs, in US dollars per million tokens. `cached` is for prompt tokens read from a cache."""

    input: float
    output: float
    cached: float | None = None

    def usd(self, usage: Usage) -> float:
        """Return what some tokens cost. Without a price of their own, cached tokens cost what others do."""
        cached = self.input if self.cached is None else self.cached
        fresh = max(0, usage.prompt - usage.cached)
        return (fresh * self.input + usage.cached * cached + usage.completion * self.output) / 1e6

    @property
    def free(self) -> bool:
        """Whether nothing is ever charged."""
        return not self.input and not self.output and not self.cached


@dataclass(frozen=True, slots=True)
class Spent:
    """What was paid for. `usd` None means that a price is unknown."""

    usd: float | None = 0.0
    tokens: int = 0
    calls: int = 0
    minutes: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        return Spent(usd, self.tokens + other.tokens, self.calls + other.calls, self.minutes + other.minutes)

    def __sub__(self, other: Spent) -> Spent:
        usd = None if self.usd is None or other.usd is None else self.usd - other.usd
        return Spent(usd, self.tokens - other.tokens, self.calls - other.calls, self.minutes - other.minutes)

    def of(self, resource: Resource) -> float | None:
        """Return what was spent of one resource."""
        found: Mapping[Resource, float | None] = {
            "usd": self.usd,
            "tokens": self.tokens,
            "calls": self.calls,
            "minutes": self.minutes,
        }
        return found[resource]
