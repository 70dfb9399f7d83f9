"""LiveCodeBench's packed private cases: texts come out, and nothing else is ever built."""

from __future__ import annotations

import base64
import contextlib
import os
import pickle
import struct
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.live_problems import packed
from cotbench.benchmarks.packed import NotText, pickled_text, unpack

TEXTS = ("", "[]", '[{"input": "日本語 🙂"}]', "lone \ud800", "x" * 255, "y" * 256, "z" * 70_000)


def stream(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data)).decode()


@pytest.mark.parametrize("protocol", range(1, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:12]))
def test_texts_of_every_protocol_come_out(text: str, protocol: int) -> None:
    assert pickled_text(pickle.dumps(text, protocol)) == text
    assert unpack(stream(pickle.dumps(text, protocol))) == text


@given(st.text(alphabet='a"\\[\n\x00é日🙂\ud800', max_size=50))
def test_any_text_comes_out(text: str) -> None:
    assert unpack(packed(text)) == text


@pytest.mark.parametrize("text", ["[]", ' [{"input": "1"}]', "{}"])
def test_json_is_left_alone(text: str) -> None:
    assert unpack(text) == text


class _Runs:
    """Runs a command when it is unpickled."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.made = (function, arguments)

    def __reduce__(self) -> object:
        return self.made


def _malicious(marker: Path) -> dict[str, bytes]:
    command = f"touch {marker}"
    text = struct.pack("<BI", ord("X"), 2) + b"ok"
    return {
        "os.system": pickle.dumps(_Runs(os.system, command)),
        "os.system, oldest protocol": pickle.dumps(_Runs(os.system, command), 0),
        "eval": pickle.dumps(_Runs(eval, f"open({str(marker)!r}, 'w')")),
        "getattr chain": pickle.dumps(_Runs(getattr, _Runs(__import__, "os"), "system")),
        "inside a list": pickle.dumps(["text", _Runs(os.system, command)]),
        "inside a dict in a tuple": pickle.dumps(({"k": _Runs(os.system, command)},)),
        "after a text": text + pickle.dumps(_Runs(os.system, command)),
        "a global by name": b"cos\nsystem\n(S'" + command.encode() + b"'\ntR.",
        "a global from the stack": b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.",
        "an instance": b"(S'true'\nios\nsystem\n.",
        "an extension": b"\x80\x02\x82\x01.",
        "a persistent id": b"Pos.system\n.",
        "a pickle in a pickle": pickle.dumps(pickle.dumps(_Runs(os.system, command))),
        "a reduce after the stop": text + b"." + b"cos\nsystem\n.",
        "bytes": pickle.dumps(b"[]"),
        "a list": pickle.dumps(["[]"]),
        "two texts": text + text + b".",
        "no text": b"\x80\x04.",
        "none": pickle.dumps(None),
        "a text of an old protocol": pickle.dumps("[]", 0),
        "memory of a text": text + b"q\x00h\x00.",
        "empty": b"",
    }


@pytest.mark.parametrize("name", _malicious(Path()).keys())
def test_anything_but_one_text_is_refused_and_nothing_runs(name: str, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    data = _malicious(marker)[name]
    with pytest.raises(NotText, match="pickle"):
        pickled_text(data)
    with pytest.raises(NotText):
        unpack(stream(data))
    assert not marker.exists()


def test_every_cut_is_refused() -> None:
    whole = pickle.dumps("some text of a few letters")
    for length in range(len(whole)):
        with pytest.raises(NotText):
            pickled_text(whole[:length])
    compressed = base64.b64decode(packed("some text"))
    for length in range(len(compressed)):
        with pytest.raises(NotText):
            unpack(base64.b64encode(compressed[:length]).decode() or "x")


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_else(data: bytes) -> None:
    with contextlib.suppress(NotText):
        assert isinstance(pickled_text(data), str)


@pytest.mark.parametrize("length", [2**31, 2**63, 2**64 - 1])
def test_a_length_beyond_the_data_takes_no_memory(length: int) -> None:
    with pytest.raises(NotText, match="cut off"):
        pickled_text(b"\x80\x04\x8d" + struct.pack("<Q", length) + b"short.")


def test_a_bomb_is_given_up_at_the_limit() -> None:
    most = 1 << 20
    bomb = base64.b64encode(zlib.compress(pickle.dumps("a" * (64 * most)))).decode()
    tracemalloc.start()
    try:
        with pytest.raises(NotText, match="more than 1,048,576 bytes"):
            unpack(bomb, most)
        assert tracemalloc.get_traced_memory()[1] < 4 * most
    finally:
        tracemalloc.stop()
    fits = "b" * (most - 100)
    assert unpack(packed(fits), most) == fits


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a zlib stream|cut off"),
        ("no base64!", "neither JSON nor base64"),
        ("ü", "neither JSON nor base64"),
        (base64.b64encode(b"no zlib").decode(), "not a zlib stream"),
        (base64.b64encode(zlib.compress(pickle.dumps("x")) + b"more").decode(), "followed by something else"),
    ],
)
def test_other_data_are_named(text: str, said: str) -> None:
    with pytest.raises(NotText, match=said):
        unpack(text)
