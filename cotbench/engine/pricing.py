"""Prices of a run: found or given when it begins, written down, and applied to every call from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cotbench.backends.prices import known_of
from cotbench.core.budget import RESOURCES, Price, Scope, flag_of, setting_of
from cotbench.core.errors import ConfigurationError
from cotbench.core.message import Completion, Request
from cotbench.core.protocols import Backend
from cotbench.core.spec import RunSpec


def models_of(spec: RunSpec) -> tuple[str, ...]:
    """Return the models of a run, each once."""
    return tuple(dict.fromkeys((spec.model, spec.idea_model or spec.model)))


def pinned_prices(spec: RunSpec, kept: Mapping[str, Price]) -> dict[str, Price]:
    """Return the prices that hold for a run: those `kept` from its beginning, else given ones, else known ones.

    A model without a price is left out. Raises ConfigurationError if a price is given that is not the one kept, or a
    cap on dollars is set and a price is missing.
    """
    prices = dict(kept)
    for model in models_of(spec):
        given = spec.prices.get(model)
        if model in kept:
            if given is not None and given != kept[model]:
                raise ConfigurationError(
                    f"the run began with another price of {model}: {_said(kept[model])} → {_said(given)}",
                    hint="a run keeps its prices; leave them out of the settings, or start another run with --fresh",
                )
            continue
        price = given or known_of(model, spec.api_base).price
        if price is not None:
            prices[model] = price
    unknown = [model for model in models_of(spec) if model not in prices]
    capped: list[Scope] = []
    if spec.caps.usd is not None:
        capped.append("run")
    if spec.problem_caps.usd is not None:
        capped.append("problem")
    if unknown and capped:
        raise ConfigurationError(
            f"{flag_of(setting_of('usd', capped[0]))} cannot hold: the price of {' and '.join(unknown)} is not known",
            hint=f"give it in the configuration, prices: {{{unknown[0]}: {{input: USD, output: USD}}}} per million "
            f"tokens, or cap {' or '.join(name for name in RESOURCES if name != 'usd')}",
        )
    return prices


def unpriced(spec: RunSpec, prices: Mapping[str, Price]) -> list[str]:
    """Return the models of a run whose price is not known."""
    return [model for model in models_of(spec) if model not in prices]


class Priced:
    """A backend whose replies cost what the run's prices say, whatever the backend reports."""

    def __init__(self, backend: Backend, price: Price) -> None:
        self._backend = backend
        self._price = price

    @property
    def name(self) -> str:
        return self._backend.name

    @property
    def max_draws(self) -> int:
        return self._backend.max_draws

    @property
    def thinks(self) -> bool:
        return self._backend.thinks

    async def start(self) -> None:
        await self._backend.start()

    async def complete(self, request: Request, draws: int) -> Sequence[Completion]:
        """Return the backend's replies, priced; those taken over from another run keep what they cost there."""
        replies = await self._backend.complete(request, draws)
        return [reply if reply.source else replace(reply, usd=self._price.usd(reply.usage)) for reply in replies]

    async def aclose(self) -> None:
        await self._backend.aclose()


def _said(price: Price) -> str:
    cached = "" if price.cached is None else f", {price.cached:g} cached"
    return f"{price.input:g} in, {price.output:g} out{cached}"
