"""Extra parameters and addresses: how they are written, and what they may not be."""

from __future__ import annotations

import pytest

from cotbench.backends.extra import checked_extra
from cotbench.config import Settings, parse_extra, read_settings
from cotbench.core.errors import ConfigurationError
from cotbench.core.ids import request_fields
from cotbench.core.message import Request, Sampling, user
from cotbench.core.spec import RunSpec, differences, from_plain, to_plain
from cotbench.store.rows import CallRow

KEY = "Zq7/very+private=9f3aXYZW"


def test_values_are_json_or_texts() -> None:
    pairs = ["effort=low", "top_k=5", "min_p=0.1", "on=true", 'thinking={"type": "enabled"}', "x=a=b", "y=", "z=NaN"]
    assert parse_extra(pairs) == {
        "effort": "low",
        "top_k": 5,
        "min_p": 0.1,
        "on": True,
        "thinking": {"type": "enabled"},
        "x": "a=b",
        "y": "",
        "z": "NaN",
    }
    assert checked_extra({}) == ""
    assert checked_extra({"b": 1, "a": {"d": 2, "c": None}}) == '{"a":{"c":null,"d":2},"b":1}'


def test_flags_go_over_a_file_one_by_one() -> None:
    base = read_settings({"extra": {"a": 1, "b": 2}}, where="file")
    flags = read_settings({"extra": {"b": 3}}, where="flags")
    assert flags.over(base).extra == {"a": 1, "b": 3}
    assert Settings().over(base).extra == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"model": "x"}, "extra must not set model (--model does)"),
        ({"temperature": 1}, "extra must not set temperature (--temperature does)"),
        ({"api_key": KEY}, "extra must not set api_key (--api-key-env does)"),
        ({"n": 3}, "extra must not set n: cotbench decides it"),
        ({"messages": []}, "extra must not set messages"),
        ({"stream": True}, "extra must not set stream"),
        ({"mock_response": "x"}, "extra must not set mock_response"),
        ({"extra_headers": {"a": "b"}}, "extra must not set extra_headers"),
        ({"extra_body": {"model": "y"}}, "extra must not set extra_body"),
        ({"seed": 1}, "all draws of a prompt would come out the same"),
        ({"provider_token": KEY}, "extra provider_token looks like a secret"),
        ({"provider": {"x": [{"secret": KEY}]}}, "extra provider looks like a secret"),
        ({"note": f"Bearer {KEY}"}, "extra note looks like a secret"),
        ({"note": "sk-0123456789abcdef"}, "extra note looks like a secret"),
        ({KEY: 1}, "has a name that no provider's interface has"),
    ],
)
def test_what_extra_parameters_may_not_be(extra: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        checked_extra(extra)
    assert message in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("name", ["prompt_cache_key", "max_thinking_tokens", "thinking_budget", "service_tier"])
def test_names_that_only_sound_like_secrets_are_fine(name: str) -> None:
    assert checked_extra({name: "x"}) == f'{{"{name}":"x"}}'


@pytest.mark.parametrize(
    "address",
    [
        f"http://h/v1?api_key={KEY}",
        f"http://h/v1?x=1&access_token={KEY}",
        f"http://me:{KEY}@h/v1",
        f"http://h/#key={KEY}",
    ],
)
def test_an_address_holds_no_key(address: str) -> None:
    with pytest.raises(ConfigurationError, match="must not hold a user name or password, nor a key") as caught:
        read_settings({"api_base": address}, where="flags")
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("address", ["http://h/v1?api-version=2", "http://h:8080/models/x@001", "https://h/a:b"])
def test_other_addresses_are_fine(address: str) -> None:
    assert read_settings({"api_base": address}, where="flags").api_base == address


def test_a_pair_or_value_that_is_wrong_is_not_repeated() -> None:
    for given in (lambda: parse_extra([KEY.replace("=", "")]), lambda: read_settings({"extra": KEY}, where="file")):
        with pytest.raises(ConfigurationError) as caught:
            given()
        assert KEY[:10] not in str(caught.value)


def spec(extra: str) -> RunSpec:
    return RunSpec("repeated", "m", "starter", 4, 1, None, 0, Sampling(extra=extra))


def test_extra_parameters_are_identity() -> None:
    low, high = spec('{"reasoning_effort":"low"}'), spec('{"reasoning_effort":"high","top_k":5}')
    assert from_plain(to_plain(high)) == high
    assert to_plain(high)["extra"] == {"reasoning_effort": "high", "top_k": 5}
    assert differences(low, high) == ["extra reasoning_effort: low → high", "extra top_k: None → 5"]
    assert differences(spec(""), spec("")) == []


def test_what_older_versions_wrote_is_read() -> None:
    plain = to_plain(spec(""))
    del plain["extra"], plain["prompt_cache"]
    assert from_plain(plain) == spec("")
    fields = request_fields("m", Request((user("a"),), Sampling()))
    assert not [name for name in fields if name.startswith("extra")]
    usage = {"prompt": 1, "completion": 2, "reasoning": 0, "cached": 0}
    call = {"problem": "p", "unit": 0, "path": "", "draw": 0, "fields": fields, "messages": [], "text": "x"}
    row = CallRow.read({**call, "finish": "stop", "usage": usage, "usd": None, "seconds": 1.0, "at": 1.0})
    assert not row.usage.estimated
