"""What is known of a model without starting it: its price, and whether it thinks, from litellm's table of prices.

The table is a file of the installed litellm; reading it takes a few hundredths of a second, importing litellm seconds.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import orjson

from cotbench.backends.local.catalogue import is_model_file
from cotbench.backends.registry import kind_of
from cotbench.core.budget import Price

_TABLE = "model_prices_and_context_window_backup.json"

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a model; `price` None is unknown. A model that thinks takes no limits below the run's."""

    price: Price | None
    thinks: bool


def known_of(model: str, api_base: str | None = None) -> Known:
    """Return what is known of a model by its name. Models that run here cost nothing.

    What another server asks for a name is not known, except on Azure, whose servers are the customer's; nor is what a
    backend of another package asks.
    """
    kind = kind_of(model)
    if kind == "plugin":
        return Known(None, True)
    if kind != "litellm":
        return Known(Price(0.0, 0.0), is_model_file(model))
    row = _row(model)
    if row is None or (api_base is not None and not model.startswith("azure")):
        return Known(None, True)
    return Known(_price(row), row.get("supports_reasoning") is True)


def _price(row: Row) -> Price | None:
    """Return the price of a row of the table, None where it does not charge by the token."""
    given, taken, cached = (
        row.get(name) for name in ("input_cost_per_token", "output_cost_per_token", "cache_read_input_token_cost")
    )
    if not isinstance(given, int | float) or not isinstance(taken, int | float):
        return None
    return Price(_million(given), _million(taken), _million(cached) if isinstance(cached, int | float) else None)


def _million(usd: float) -> float:
    # 1.5e-07 · 1e6 is not quite 0.15.
    return round(usd * 1e6, 9)


def _row(model: str) -> Row | None:
    table = _table()
    if model in table:
        return table[model]
    provider, slash, name = model.partition("/")
    row = table.get(name) if slash else None
    listed = row.get("litellm_provider") if row is not None else None
    # The table names some families of a provider apart: vertex_ai-language-models.
    return row if isinstance(listed, str) and (listed == provider or listed.startswith(f"{provider}-")) else None


@functools.cache
def _table() -> Mapping[str, Row]:
    found = importlib.util.find_spec("litellm")
    for folder in (found.submodule_search_locations or ()) if found is not None else ():
        try:
            table = orjson.loads((Path(folder) / _TABLE).read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(table, dict):
            return cast("Mapping[str, Row]", {name: row for name, row in table.items() if isinstance(row, dict)})
    return {}
