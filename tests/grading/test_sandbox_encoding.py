"""Values survive the way between the processes, and nothing that is not a value does."""

from __future__ import annotations

import contextlib
import math
import sys
from collections import Counter, OrderedDict, namedtuple
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cotbench.grading.inside.encoding import DEPTH, Malformed, NotPlain, Opaque, TooLarge, decode, encode
from cotbench.grading.inside.wire import HEADER, pack, unpack

hashable = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=4),
    max_leaves=6,
)
values = st.recursive(
    hashable
    | st.complex_numbers(allow_nan=False)
    | st.fractions()
    | st.decimals(allow_nan=False)
    | st.builds(range, st.integers(), st.integers())
    | st.text(st.characters(exclude_categories=())),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(hashable, inner, max_size=5)
        | st.sets(hashable, max_size=5)
        | st.tuples(inner, inner, inner)
    ),
    max_leaves=20,
)


def there_and_back(value: object, budget: int = 1 << 30) -> object:
    return unpack(pack(encode(value, budget))[HEADER:])


def shape(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return type(value), [shape(item) for item in value]
    if isinstance(value, dict):
        return dict, [(shape(key), shape(item)) for key, item in value.items()]
    return type(value)


@settings(deadline=None, max_examples=300, database=None)
@given(values)
def test_plain_data_comes_back_as_it_was(value: object) -> None:
    back = there_and_back(value)
    assert back == value
    assert shape(back) == shape(value)


@settings(deadline=None, max_examples=300, database=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(list("tdsfcrqibxno?")), inner, max_size=2)
        ),
    )
)
def test_decoding_anything_gives_data_or_malformed(tree: object) -> None:
    with contextlib.suppress(Malformed):
        decode(tree)


@settings(deadline=None, max_examples=300, database=None)
@given(st.binary(max_size=60))
def test_unpacking_any_bytes_gives_json_or_malformed(body: bytes) -> None:
    with contextlib.suppress(Malformed):
        unpack(body)


@settings(deadline=None, max_examples=100, database=None)
@given(
    st.lists(
        st.integers(-(1 << 65), 1 << 65) | st.floats(allow_nan=False) | st.integers(-9, 9), min_size=64, max_size=90
    )
)
def test_many_numbers_come_back_as_they_were(numbers: list[object]) -> None:
    for values in (numbers, [n for n in numbers if type(n) is int] * 64, [0.5] * 70 + numbers[:3], (*numbers, -0.0)):
        back = there_and_back(values)
        assert repr(back) == repr(values)


def test_many_numbers_with_faults_are_malformed() -> None:
    for tree in (
        {"Q": "AAAA"},
        {"Q": "?"},
        {"D": ["AAAAAAAAAAA=", [5]]},
        {"D": ["AAAAAAAA8H8=", [0]]},
        {"D": [1, []]},
        {"D": [""]},
    ):
        with pytest.raises(Malformed):
            decode(tree)


class Liar(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__

    def __int__(self) -> int:
        return 99

    def __repr__(self) -> str:
        return "99"


class Word(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "lie"


class Colour(IntEnum):
    RED = 1


Pair = namedtuple("Pair", "a b")


@pytest.mark.parametrize(
    ("value", "base"),
    [
        (Liar(3), 3),
        (Word("x"), "x"),
        (Colour.RED, 1),
        (Pair(1, [2]), (1, [2])),
        (Counter("aab"), {"a": 2, "b": 1}),
        (OrderedDict(a=1), {"a": 1}),
        (bytearray(b"ab"), b"ab"),
        (True, True),
        (float("-inf"), float("-inf")),
        (-0.0, 0.0),
    ],
)
def test_subclasses_are_sent_as_their_base_value(value: object, base: object) -> None:
    back = there_and_back(value)
    assert back == base
    assert type(back) is type(base)


def test_large_integers_come_back() -> None:
    for value in (1 << 100_000, -(1 << 100_000), 1 << 63, -(1 << 63)):
        assert there_and_back(value) == value


def test_nan_comes_back() -> None:
    back = there_and_back(float("nan"))
    assert isinstance(back, float)
    assert math.isnan(back)


def test_numpy_scalars_are_numbers_and_arrays_come_back() -> None:
    numpy = pytest.importorskip("numpy")
    assert there_and_back(numpy.int64(3)) == 3
    assert there_and_back(numpy.float64(0.5)) == 0.5
    assert there_and_back(numpy.bool_(True)) is True
    assert there_and_back(numpy.complex64(1j)) == 1j
    assert there_and_back(numpy.array(7)) == 7
    assert there_and_back(numpy.array("text")) == "text"
    assert there_and_back(numpy.array({1: 2**70})) == {1: 2**70}
    assert isinstance(there_and_back(numpy.array(["text"])), Opaque)
    assert isinstance(there_and_back(numpy.array(object())), Opaque)
    endless = numpy.array(None, dtype=object)
    endless[()] = endless
    assert isinstance(there_and_back(endless), Opaque)
    for array in (numpy.arange(6).reshape(2, 3), numpy.zeros(0), numpy.array([1.5, float("inf")])):
        back = there_and_back(array)
        assert back.dtype == array.dtype  # type: ignore[attr-defined]
        assert numpy.array_equal(back, array)
    assert isinstance(there_and_back(numpy.array([object()])), Opaque)
    for tree in (["<f8", [2], [1.0]], ["|O", [1], [1]], ["<f8", [1], ["x"]], ["<f8"], []):
        with contextlib.suppress(Malformed):
            assert isinstance(decode({"a": tree}), Opaque)


def test_numbers_too_large_to_compare_are_opaque() -> None:
    assert isinstance(there_and_back(Decimal("1E+999999")), Opaque)
    with pytest.raises(Malformed):
        decode({"n": "1E+999999999"})
    assert there_and_back(Decimal("Infinity")) == Decimal("Infinity")


@pytest.mark.parametrize("value", [object(), (n for n in [1]), len, type, Decimal("sNaN"), Ellipsis])
def test_what_is_not_plain_data_is_opaque(value: object) -> None:
    back = there_and_back(value)
    assert isinstance(back, Opaque)
    assert back != back
    with pytest.raises(TypeError):
        bool(back)
    with pytest.raises(NotPlain):
        encode(value, 1000, strict=True)


def test_depth_is_bounded() -> None:
    value: list[object] = []
    for _ in range(10 * DEPTH):
        value = [value]
    assert there_and_back(value) != value
    cycle: list[object] = []
    cycle.append(cycle)
    assert isinstance(there_and_back(cycle), list)
    with pytest.raises(Malformed):
        unpack(b"[" * 1_000_000)
    deep: object = 0
    for _ in range(2 * DEPTH + 5):
        deep = [deep]
    with pytest.raises(Malformed):
        decode(deep)


def test_size_is_bounded() -> None:
    graph: list[object] = []
    for _ in range(100):
        graph = [graph, graph]
    for value in ("x" * 2000, list(range(2000)), b"x" * 2000, 1 << 8000, graph):
        with pytest.raises(TooLarge):
            encode(value, 1000)


def test_keys_made_to_collide_are_refused() -> None:
    step = sys.hash_info.modulus
    with pytest.raises(Malformed):
        decode({"s": [{"i": hex(n * step)} for n in range(1, 1000)]})
    assert decode({"s": list(range(1000))}) == set(range(1000))


@pytest.mark.parametrize(
    "tree",
    [
        {"t": 1},
        {"d": [1]},
        {"d": [[], 1]},
        {"s": [[]]},
        {"i": "zz"},
        {"q": ["0x1", "0x0"]},
        {"c": [1.0]},
        {"r": [1, 2, 0]},
        {"n": "sNaN"},
        {"b": "0"},
        {"t": [], "s": []},
        {},
        {"?": []},
    ],
)
def test_bad_trees_are_malformed(tree: object) -> None:
    with pytest.raises(Malformed):
        decode(tree)


def test_fractions_and_decimals_equal_other_numbers() -> None:
    assert there_and_back(Fraction(1, 2)) == 0.5
    assert there_and_back(Decimal("0.5")) == Decimal("0.50")
