"""Identifiers depend on content only."""

from __future__ import annotations

import hashlib

from cotbench.core.ids import digest, request_fields, seeded, text_digest
from cotbench.core.message import Request, Sampling, Schema, assistant, user
from cotbench.core.spec import RunSpec, differences, from_plain, to_plain


def test_digest_is_sha256_of_canonical_json() -> None:
    assert digest({"b": 1, "a": [2]}) == hashlib.sha256(b'{"a":[2],"b":1}').hexdigest()
    assert text_digest("é") == hashlib.sha256("é".encode()).hexdigest()
    assert text_digest("\ud800") != text_digest("\ud801")


def test_every_field_of_a_request_counts() -> None:
    base = Request((user("a"),), Sampling(0.5, 0.9, 10))
    others = {
        "messages": Request((user("a"), assistant("b")), Sampling(0.5, 0.9, 10)),
        "temperature": Request((user("a"),), Sampling(0.6, 0.9, 10)),
        "top_p": Request((user("a"),), Sampling(0.5, 0.8, 10)),
        "max_tokens": Request((user("a"),), Sampling(0.5, 0.9, 11)),
        "schema": Request((user("a"),), Sampling(0.5, 0.9, 10), Schema("s", "{}")),
        "stop": Request((user("a"),), Sampling(0.5, 0.9, 10), stop=("```",)),
    }
    fields = request_fields("m", base)
    for name, other in others.items():
        changed = {key for key, value in request_fields("m", other).items() if fields[key] != value}
        assert changed == {name}
    assert {key for key, value in request_fields("n", base).items() if fields[key] != value} == {"model"}


def test_seeds_depend_on_every_part() -> None:
    assert seeded(1, "a").random() == seeded(1, "a").random()
    assert seeded(1, "a").random() != seeded(1, "b").random()
    assert seeded("1", "23").random() != seeded("12", "3").random()


def _spec(**changes: object) -> RunSpec:
    plain = to_plain(RunSpec("repeated", "m", "starter", 4, 1, None, 0, Sampling(), {"words": 3}))
    return from_plain({**plain, **changes})


def test_spec_round_trip_and_differences() -> None:
    spec = _spec()
    assert from_plain(to_plain(spec)) == spec
    assert to_plain(spec)["limit"] == "all"
    assert differences(spec, _spec(attempts=50, limit=3, units=2, concurrency=9)) == []
    assert differences(spec, _spec(temperature=0.2, options={"words": 4})) == [
        "temperature: 0.8 → 0.2",
        "option words: 3 → 4",
    ]
