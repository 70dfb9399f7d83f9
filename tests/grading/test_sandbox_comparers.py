"""The rules by which an output equals an expected output."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cotbench.core.errors import GradingError
from cotbench.grading import known_comparers
from cotbench.grading.comparers import Form, comparer
from cotbench.grading.inside.encoding import Opaque

NAN = float("nan")
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
HASHABLE = SCALARS | st.decimals(allow_nan=False) | st.fractions() | st.complex_numbers(allow_nan=False)
PLAIN = st.recursive(
    HASHABLE | st.builds(range, st.integers(0, 9)) | st.sets(HASHABLE) | st.frozensets(HASHABLE),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(HASHABLE, inner),
    max_leaves=6,
)


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
    assert comparer("exact", "value")((), produced, expected) is equal


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
    assert comparer("livecodebench-call", "value")((), produced, expected) is equal


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
    assert comparer("livecodebench-stdin", "text")(("",), produced, expected) is equal


@pytest.mark.parametrize(
    ("produced", "expected", "equal"),
    [
        ("1 2\n3", "1\n2\n3\n", True),
        ("YES", "yes", True),
        ("1\v2\r3\t4", "1 2 3 4", True),
        ("1\f2", "1 2", False),
        ("", " \n", True),
        ("1", "1 1", False),
        ("007", "7", True),
        ("+5", "5", True),
        ("-0", "0", True),
        ("1", "2", False),
        ("100000000000000000001", "100000000000000000000", False),
        ("1.000009", "1", True),
        ("1", "1.000009", True),
        ("1.00002", "1", False),
        ("3.141593", "3.141592", True),
        ("1e3", "1000", True),
        ("abc", "abd", False),
        ("3", "three", False),
        ("1_0.0", "10", False),
        ("nan", "NaN", True),
        ("nan", "1.0", False),
        ("inf", "1.0", False),
        ("9" * 5000, "8" * 5000, False),
    ],
)
def test_codecontests(produced: str, expected: str, equal: bool) -> None:
    assert comparer("codecontests", "text")(("",), produced, expected) is equal


def test_equal_is_what_python_calls_equal() -> None:
    equal = comparer("equal", "value")
    assert equal((), [1, (2,)], [1.0, (2,)])
    assert equal((), {1}, frozenset({1}))
    for produced, expected in [((1,), [1]), ([(1,)], [[1]]), (float("nan"), float("nan")), (0.1 + 0.2, 0.3), ("1", 1)]:
        assert not equal((), produced, expected)


def test_exact_text_is_exact() -> None:
    assert comparer("exact", "text")(("",), "1\n", "1\n")
    assert not comparer("exact", "text")(("",), "1", "1\n")


def test_names() -> None:
    assert known_comparers() == (
        "checker",
        "codecontests",
        "equal",
        "evalplus",
        "exact",
        "livecodebench-call",
        "livecodebench-stdin",
    )
    with pytest.raises(GradingError, match="livecodebench-call"):
        comparer("livecodebench-cal", "value")
    with pytest.raises(GradingError, match="does not apply"):
        comparer("livecodebench-call", "text")
    with pytest.raises(GradingError, match="does not apply"):
        comparer("livecodebench-stdin", "value")
    with pytest.raises(GradingError, match="does not apply"):
        comparer("evalplus", "text")
    with pytest.raises(GradingError, match="did you mean find_zero"):
        comparer("evalplus", "value", oracle="find_zeros")


@pytest.mark.parametrize("form", ["value", "text"])
def test_a_checker_is_looked_at_and_not_run(form: Form) -> None:
    source = "print('never')\n\n\ndef check(arguments, produced, expected):\n    return True\n"
    with pytest.raises(GradingError, match="in the sandbox"):
        comparer("checker", form, oracle=source)((), 1, 1)


@pytest.mark.parametrize(
    "source", ["", "check = 1", "class A:\n    def check(self): ...", "def check(:", "a\0", "(" * 5000]
)
def test_a_text_that_is_no_checker_is_refused(source: str) -> None:
    with pytest.raises(GradingError, match="checker"):
        comparer("checker", "value", oracle=source)


@settings(max_examples=80)
@given(produced=PLAIN | st.just(Opaque()), expected=PLAIN)
def test_no_comparer_raises_and_every_value_equals_itself(produced: object, expected: object) -> None:
    for name in ("exact", "evalplus", "livecodebench-call"):
        equal = comparer(name, "value", tolerance=1e-6)
        assert equal((produced,), produced, expected) in (True, False)
        assert equal((expected,), expected, expected)
    for name in ("exact", "livecodebench-stdin", "codecontests"):
        equal = comparer(name, "text")
        assert equal(("",), str(produced), str(expected)) in (True, False)
        assert equal(("",), str(expected), str(expected))


def test_long_outputs_are_compared_at_the_speed_of_c() -> None:
    numbers = list(range(300_000))
    text = "\n".join(map(str, numbers))
    began = time.perf_counter()
    assert sorted(numbers) == numbers
    unit = time.perf_counter() - began
    for name in ("exact", "evalplus", "livecodebench-call"):
        began = time.perf_counter()
        assert comparer(name, "value")((), numbers.copy(), numbers)
        assert time.perf_counter() - began < 20 * unit
    for name in ("exact", "livecodebench-stdin", "codecontests"):
        began = time.perf_counter()
        assert comparer(name, "text")(("",), text + "", text)
        assert time.perf_counter() - began < 20 * unit
