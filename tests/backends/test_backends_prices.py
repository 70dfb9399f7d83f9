"""Prices by name, from litellm's own table, without importing it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cotbench.backends.prices import known_of
from cotbench.core.budget import Price, dollars
from cotbench.core.message import Usage

TABLE = {
    "gpt-small": {
        "litellm_provider": "openai",
        "input_cost_per_token": 1.5e-07,
        "output_cost_per_token": 6e-07,
        "cache_read_input_token_cost": 7.5e-08,
    },
    "gpt-thinking": {
        "litellm_provider": "openai",
        "input_cost_per_token": 1e-06,
        "output_cost_per_token": 4e-06,
        "supports_reasoning": True,
    },
    "azure/gpt-small": {"litellm_provider": "azure", "input_cost_per_token": 2e-07, "output_cost_per_token": 8e-07},
    "gemini-x": {
        "litellm_provider": "vertex_ai-language-models",
        "input_cost_per_token": 1e-06,
        "output_cost_per_token": 2e-06,
    },
    "free/model": {"litellm_provider": "free", "input_cost_per_token": 0, "output_cost_per_token": 0},
    "speaker": {"litellm_provider": "openai", "input_cost_per_second": 1e-04},
}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cotbench.backends.prices._table", lambda: TABLE)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("model", "price"),
    [
        ("gpt-small", Price(0.15, 0.6, 0.075)),
        ("openai/gpt-small", Price(0.15, 0.6, 0.075)),
        ("openrouter/gpt-small", None),
        ("azure/gpt-small", Price(0.2, 0.8)),
        ("vertex_ai/gemini-x", Price(1.0, 2.0)),
        ("free/model", Price(0.0, 0.0)),
        ("speaker", None),
        ("nobody/knows", None),
        ("local/qwen2.5-coder-0.5b", Price(0.0, 0.0)),
        ("scripted:x.yaml", Price(0.0, 0.0)),
        ("replay:run", Price(0.0, 0.0)),
    ],
)
def test_prices_by_name(model: str, price: Price | None) -> None:
    assert known_of(model).price == price


@pytest.mark.usefixtures("table")
def test_another_server_has_prices_of_its_own() -> None:
    base = "http://127.0.0.1:1/v1"
    assert known_of("openai/gpt-small", base).price is None
    assert known_of("azure/gpt-small", base).price == Price(0.2, 0.8)
    assert known_of("openai/gpt-small", base).thinks, "nobody knows what is served there"


@pytest.mark.usefixtures("table")
def test_who_thinks() -> None:
    assert [known_of(model).thinks for model in ("gpt-small", "gpt-thinking", "local/qwen2.5-coder-0.5b")] == [
        False,
        True,
        False,
    ]


def test_the_table_of_the_installed_litellm_is_read_without_importing_it() -> None:
    code = (
        "import sys, json; from cotbench.backends.prices import known_of; price = known_of('openai/gpt-4o-mini').price; "
        "print(json.dumps([price.input, price.output, 'litellm' in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    given, taken, imported = json.loads(done.stdout)
    assert 0 < given < taken
    assert not imported


def test_what_tokens_cost() -> None:
    assert Price(2.0, 10.0).usd(Usage(1000, 100)) == pytest.approx(0.003)
    assert Price(2.0, 10.0).usd(Usage(1000, 100, cached=400)) == pytest.approx(0.003)
    assert Price(2.0, 10.0, 0.5).usd(Usage(1000, 100, reasoning=50, cached=400)) == pytest.approx(0.0024)
    assert Price(2.0, 10.0, 0.5).usd(Usage(10, 0, cached=20)) >= 0


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (None, "unknown"),
        (0.0, "$0.00"),
        (0.0000421, "$0.0000421"),
        (0.40549, "$0.405"),
        (0.5, "$0.50"),
        (0.05, "$0.05"),
        (1234.5, "$1,234.50"),
    ],
)
def test_dollars(usd: float | None, text: str) -> None:
    assert dollars(usd) == text
