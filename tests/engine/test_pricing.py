"""Prices hold for a whole run, and an unknown price is never zero."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cotbench.core.budget import Caps, Price
from cotbench.core.errors import ConfigurationError
from cotbench.core.message import Completion, Request, Sampling, Usage, user
from cotbench.core.spec import RunSpec, from_plain, to_plain
from cotbench.engine.pricing import Priced, pinned_prices, unpriced
from cotbench.store.manifest import Manifest

SPEC = RunSpec("repeated", "nobody/knows", "b.jsonl", 4, 1, None, 0, Sampling())
PRICE = Price(2.0, 10.0)


def test_prices_of_the_beginning_are_kept() -> None:
    assert pinned_prices(SPEC, {}) == {}
    assert unpriced(SPEC, {}) == ["nobody/knows"]
    given = replace(SPEC, prices={"nobody/knows": PRICE})
    assert pinned_prices(given, {}) == {"nobody/knows": PRICE}
    assert pinned_prices(SPEC, {"nobody/knows": PRICE}) == {"nobody/knows": PRICE}
    assert pinned_prices(given, {"nobody/knows": PRICE}) == {"nobody/knows": PRICE}
    with pytest.raises(ConfigurationError, match=r"another price of nobody/knows: 1 in, 2 out → 2 in, 10 out.*--fresh"):
        pinned_prices(given, {"nobody/knows": Price(1.0, 2.0)})


def test_each_of_two_models_has_a_price() -> None:
    spec = replace(SPEC, model="scripted:x.yaml", idea_model="nobody/knows")
    assert pinned_prices(spec, {}) == {"scripted:x.yaml": Price(0.0, 0.0)}
    assert unpriced(spec, pinned_prices(spec, {})) == ["nobody/knows"]


@pytest.mark.parametrize(
    ("spec", "flag"),
    [
        (replace(SPEC, caps=Caps(usd=1.0)), "--max-usd cannot hold"),
        (replace(SPEC, problem_caps=Caps(usd=1.0)), "--max-usd-per-problem cannot hold"),
    ],
)
def test_a_cap_on_dollars_needs_a_price(spec: RunSpec, flag: str) -> None:
    with pytest.raises(
        ConfigurationError, match=rf"{flag}: the price of nobody/knows is not known \(give it"
    ) as caught:
        pinned_prices(spec, {})
    assert "cap tokens or calls or minutes" in str(caught.value)
    assert pinned_prices(replace(spec, prices={"nobody/knows": PRICE}), {})


def test_prices_and_caps_survive_the_files() -> None:
    caps, problem_caps = Caps(1.5, 10, 20, 30.0), Caps(usd=0.25)
    spec = replace(SPEC, prices={"m": Price(1.0, 2.0, 0.5), "n": PRICE}, caps=caps, problem_caps=problem_caps)
    assert from_plain(to_plain(spec)) == spec
    manifest = Manifest("d", {}, "1", {}, prices={"m": Price(1.0, 2.0, 0.5), "n": PRICE})
    assert Manifest.read(manifest.plain()) == manifest
    old = {name: value for name, value in manifest.plain().items() if name != "prices"}
    assert Manifest.read(old).prices == {}


def test_a_spec_from_before_budgets_is_read() -> None:
    """There `max_tokens` was the length of a reply."""
    plain = to_plain(replace(SPEC, sampling=Sampling(max_tokens=77)))
    old = {name: value for name, value in plain.items() if not name.startswith("max_") and name != "prices"}
    old["max_tokens"] = old.pop("reply_tokens")
    assert from_plain(old).sampling.max_tokens == 77
    assert from_plain(old).caps == Caps()


class Reported:
    name = "m"
    max_draws = 3
    thinks = True

    def __init__(self, *replies: Completion) -> None:
        self.replies = replies

    async def start(self) -> None: ...

    async def aclose(self) -> None: ...

    async def complete(self, request: Request, draws: int) -> Sequence[Completion]:
        return self.replies


def test_replies_cost_what_the_prices_say_except_those_of_other_runs(tmp_path: Path) -> None:
    reported = Completion("", Usage(1000, 100), "stop", 99.0, 0.1)
    priced = Priced(Reported(reported, replace(reported, source="other")), PRICE)
    replies = asyncio.run(priced.complete(Request((user("q"),), Sampling()), 2))
    assert [reply.usd for reply in replies] == [pytest.approx(0.003), 99.0]
    assert (priced.name, priced.max_draws, priced.thinks) == ("m", 3, True)
