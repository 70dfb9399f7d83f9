"""Digests of outputs: equal where the problem's comparer takes outputs for equal, on which it is asked itself."""

from __future__ import annotations

import math

import pytest

from cotbench.grading.behaviour import output_digest, printed_digest, shown
from cotbench.grading.comparers import comparer

VALUES: list[object] = [
    0,
    False,
    0.0,
    -0.0,
    1,
    True,
    None,
    "",
    "1",
    1.5,
    math.inf,
    10**400,
    [1, 2],
    (1, 2),
    [2, 1],
    {1, 2},
    frozenset({2, 1}),
    {"a": 1, "b": [2]},
    {"b": [2.0], "a": True},
    b"1",
    1 + 2j,
    [],
    {},
]


@pytest.mark.parametrize("name", ["exact", "equal", "evalplus"])
def test_values_have_one_digest_exactly_if_the_comparer_takes_them_for_equal(name: str) -> None:
    equal = comparer(name, "value")
    for one in VALUES:
        for other in VALUES:
            same = equal((), one, other)
            assert (output_digest(one, name) == output_digest(other, name)) == same, (one, other)


def test_close_floats_are_equal_only_where_the_comparer_says_so() -> None:
    one, other = [0.1 + 0.2, 1e9], [0.3, 1e9]
    assert output_digest(one, "evalplus") == output_digest(other, "evalplus")
    assert output_digest(one, "checker") == output_digest(other, "checker")
    assert output_digest(one, "exact") != output_digest(other, "exact")
    assert output_digest(math.nan, "exact") == output_digest(math.nan, "exact")


@pytest.mark.parametrize(
    ("one", "other", "name", "same"),
    [
        ("1 2\n", " 1  2 \n\n", "livecodebench-stdin", True),
        ("0.50", "0.5", "livecodebench-stdin", True),
        ("100", "1e2", "livecodebench-stdin", True),
        ("0", "-0.0", "livecodebench-stdin", True),
        ("12345678", "12345679", "livecodebench-stdin", False),
        ("YES", "yes", "livecodebench-stdin", False),
        ("YES", "yes", "codecontests", True),
        ("0.3333333", "0.3333334", "codecontests", True),
        ("nan", "inf", "codecontests", False),
        ("1", "1\n", "exact", False),
    ],
)
def test_printed_texts(one: str, other: str, name: str, same: bool) -> None:
    assert (printed_digest(one, name) == printed_digest(other, name)) == same


def test_an_output_is_shown_on_one_short_line() -> None:
    assert shown([1, "a\nb"]) == "[1, 'a\\nb']"
    assert shown(list(range(10**6))).startswith("[0, 1, 2") and len(shown(list(range(10**6)))) == 80
    assert len(shown(10**5000)) <= 80
