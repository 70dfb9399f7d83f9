"""The rules by which an output equals an expected output."""

from __future__ import annotations

import pytest

from cotbench.core.errors import GradingError
from cotbench.grading import known_comparers
from cotbench.grading.comparers import comparer
from cotbench.grading.inside.encoding import Opaque

NAN = float("nan")


@pytest.mark.parametrize(
    ("produced", "expected", "equal"),
    [
        (1, 1, True),
        (1, 2, False),
        (1, 1.0, True),
        (True, 1, True),
        (0.1 + 0.2, 0.3, False),
        ("a", "a", True),
        ("1", 1, False),
        (b"a", "a", False),
        (None, None, True),
        (None, False, False),
        ((1, 2), [1, 2], True),
        ([(1, [2])], [[1, (2,)]], True),
        ([1], [1, 2], False),
        ([1], {1}, False),
        ({1, 2}, {2, 1}, True),
        ({1: (2,)}, {1: [2]}, True),
        ({1: 2}, {1: 2, 3: 4}, False),
        ({1: 2}, {2: 2}, False),
        ("ab", ["a", "b"], False),
        (NAN, NAN, True),
        ([NAN, 1], [NAN, 1], True),
        (NAN, 1.0, False),
        (Opaque(), Opaque(), False),
        ([Opaque()], [1], False),
        (NotImplemented, 1, False),
    ],
)
def test_exact(produced: object, expected: object, equal: bool) -> None:
    assert comparer("exact", "value")(produced, expected) is equal


@pytest.mark.parametrize(
    ("produced", "expected", "equal"),
    [
        ([1, 2], [1, 2], True),
        ((1, 2), [1, 2], True),
        ([(1, 2)], [[1, 2]], False),
        (1.0, 1, True),
        (0.1 + 0.2, 0.3, False),
        (NAN, NAN, False),
        (Opaque(), None, False),
    ],
)
def test_livecodebench_call(produced: object, expected: object, equal: bool) -> None:
    assert comparer("livecodebench-call", "value")(produced, expected) is equal


@pytest.mark.parametrize(
    ("produced", "expected", "equal"),
    [
        ("1\n", "1", True),
        ("  1 \n 2\n\n", "1\n2", True),
        ("1\n\n2", "1\n2", False),
        ("1.0", "1", True),
        ("1.0  2", "1 2.00", True),
        ("1.0 x", "1 x", False),
        ("a  b", "a b", False),
        ("Yes", "YES", False),
        ("1.0000001", "1", False),
        ("1e1", "10", True),
        ("", "", True),
        ("", "0", False),
        ("x", "y", False),
        ("NaN", "NaN", True),
        ("sNaN 1", "sNaN  1", False),
        ("1 2", "1\n2", False),
        ("1\r\n2\r\n", "1\n2\n", True),
    ],
)
def test_livecodebench_stdin(produced: str, expected: str, equal: bool) -> None:
    assert comparer("livecodebench-stdin", "text")(produced, expected) is equal


def test_exact_text_is_exact() -> None:
    assert comparer("exact", "text")("1\n", "1\n")
    assert not comparer("exact", "text")("1", "1\n")


def test_names() -> None:
    assert known_comparers() == ("exact", "livecodebench-call", "livecodebench-stdin")
    with pytest.raises(GradingError, match="livecodebench-call"):
        comparer("livecodebench-cal", "value")
    with pytest.raises(GradingError, match="does not apply"):
        comparer("livecodebench-call", "text")
    with pytest.raises(GradingError, match="does not apply"):
        comparer("livecodebench-stdin", "value")
