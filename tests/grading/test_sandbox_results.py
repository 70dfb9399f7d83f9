"""What calls returned, as bytes and back."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotbench.grading.inside.encoding import Malformed, TooLarge
from cotbench.grading.inside.results import read, written

BUDGET = 1 << 30
MANY = 3000

numbers = st.integers(-(1 << 70), 1 << 70) | st.floats(allow_nan=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.lists(inner, max_size=3).map(tuple),
    max_leaves=20,
)


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal in their types too."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@given(values)
def test_any_value_comes_back(value: object) -> None:
    assert same(read(written(value, BUDGET)), value)


@given(st.lists(numbers, min_size=1, max_size=6))
def test_a_long_list_of_numbers_comes_back(few: list[float]) -> None:
    value = few * MANY
    assert same(read(written(value, BUDGET)), value)


@pytest.mark.parametrize(
    ("value", "first"),
    [
        (list(range(MANY)), b"Q"),
        ([0.5] * MANY, b"D"),
        ([1, *[0.5] * MANY, 2], b"D"),
        ('é\n"\0' * MANY, b"S"),
        ("\ud800" * MANY, b"S"),
        ([1 << 64, *range(MANY)], b"["),
        ([1, 0.5] * MANY, b"["),
        ([(1 << 53) + 1, *[0.5] * MANY], b"["),
        ([True] * MANY, b"["),
        (["a"] * MANY, b"["),
        (list(range(10)), b"["),
        ("short", b'"'),
        (12, b"1"),
        (True, b"t"),
        (tuple(range(MANY)), b"{"),
    ],
)
def test_the_form_of_a_value(value: object, first: bytes) -> None:
    text = written(value, BUDGET)
    assert text[:1] == first
    assert same(read(text), value)


def test_what_is_not_a_number_comes_back_too() -> None:
    value = [math.inf, math.nan, -math.inf, *[0.5] * MANY]
    back: Any = read(written(value, BUDGET))
    assert math.isnan(back[1])
    assert (back[0], back[2], back[3:]) == (math.inf, -math.inf, value[3:])


@pytest.mark.parametrize("value", ["a" * MANY, [1] * MANY, [0.5] * MANY])
def test_a_value_that_is_too_large(value: object) -> None:
    with pytest.raises(TooLarge):
        written(value, MANY - 1)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"S\xff",
        b"Q1234567",
        b"D12345678",
        b"D[0]1234567",
        b"D[9]" + bytes(8),
        b"D[0.5]" + bytes(8),
        b'D["a"]' + bytes(8),
        b"D{}]" + bytes(8),
        b"D[[[" + bytes(8),
        b"D[0]" + bytes(6) + b"\xf0\x7f",
        b"X",
        b"1 2",
    ],
)
def test_bytes_that_nobody_wrote(text: bytes) -> None:
    with pytest.raises(Malformed):
        read(text)
