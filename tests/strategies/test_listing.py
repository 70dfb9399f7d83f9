"""Lists are read however a model writes them, and asked for again a bounded number of times."""

from __future__ import annotations

import asyncio
import json

import pytest

from cotbench.core.message import user
from cotbench.strategies.listing import TRIES, ask_list, list_schema, parse_list
from tests.strategies.fake import FakeContext, Log


@pytest.mark.parametrize(
    ("reply", "items"),
    [
        ('{"observations": ["a b", "c"]}', ["a b", "c"]),
        ('```json\n{"observations": ["a", "b"]}\n```', ["a", "b"]),
        ('Here:\n```json\n["a", "b"]\n```', ["a", "b"]),
        ('{"result": ["a"]}', ["a"]),
        ('{"observations": [{"observation": "a", "n": 1}, {"text": "b"}]}', ["a", "b"]),
        ("['it''s', \"b\"]", ["its", "b"]),
        ('{"observations": ["a", "b \\"q\\"", "cut of', ["a", 'b "q"']),
        ("1. first thing\n2) second thing\n\n- third", ["first thing", "second thing", "third"]),
        ('{"observations": ["a", "a", "  "]}', ["a"]),
        ("No idea.", []),
        ('{"observations": []}', []),
        ('{"observations": 3}', []),
        ("", []),
        ("[" * 5000, []),
        ('{"observations": ["half \\ud83d of it", "whole \\ud83d\\ude00"]}', ["half ? of it", "whole \U0001f600"]),
        ('["cut \\ud83d", "of', ["cut ?"]),
        ("['single \\ud83d']", ["single ?"]),
    ],
)
def test_parse(reply: str, items: list[str]) -> None:
    assert parse_list(reply, "observations") == items


def test_invalid_escapes_are_read_without_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    assert parse_list(r"['match \d+']", "ideas") == [r"match \d+"]
    assert not recwarn.list


def test_schema_bounds_the_list() -> None:
    array = json.loads(list_schema("ideas", 7).text)["properties"]["ideas"]
    assert (array["minItems"], array["maxItems"]) == (1, 7)
    assert json.loads(list_schema("ideas", 7, exact=True).text)["properties"]["ideas"]["minItems"] == 7


def test_unreadable_replies_are_asked_again_and_counted() -> None:
    log = Log(lambda path, draw, prompt: '["x"]' if draw == 1 else "nothing", None)
    listed = asyncio.run(ask_list(FakeContext(log, "here"), [user("?")], name="ideas", most=3))
    assert listed.items == ("x",)
    assert listed.calls == ("here#0", "here#1")
    assert log.notes == {"ideas unparsable": 1}


def test_giving_up_is_bounded_and_counted() -> None:
    log = Log(lambda path, draw, prompt: "nothing", None)
    listed = asyncio.run(ask_list(FakeContext(log), [user("?")], name="ideas", most=3))
    assert listed.items == ()
    assert len(log.calls) == TRIES
    assert log.notes == {"ideas unparsable": TRIES, "ideas missing": 1}
