"""EvalPlus's rule and its oracles, with answers worked out by hand, and against numpy's closeness."""

from __future__ import annotations

from decimal import Decimal

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotbench.benchmarks.evalplus import ORACLES
from cotbench.grading.comparers import comparer
from cotbench.grading.evalplus_rule import EVALPLUS_ORACLES
from cotbench.grading.inside.encoding import Opaque

NAN, INF = float("nan"), float("inf")


def right(produced: object, expected: object, *arguments: object, tolerance: float = 0.0, oracle: str = "") -> bool:
    return comparer("evalplus", "value", tolerance=tolerance, oracle=oracle)(arguments, produced, expected)


@pytest.mark.parametrize(
    ("produced", "expected", "equal"),
    [
        (1, 1, True),
        (True, 1, True),
        (2.0, 2, True),
        ((1, 2), [1, 2], False),
        ([(1, 2)], [[1, 2]], False),
        # 0.1 + 0.2 is not 0.3, but within 1e-6 of it.
        (0.1 + 0.2, 0.3, True),
        (0.3 + 2e-6, 0.3, False),
        # 1e-7 of the expected number is allowed as well: 1 in 1e7, not 2.
        (10_000_001.0, 10_000_000.0, True),
        (10_000_002.5, 10_000_000.0, False),
        ([0.1 + 0.2, 1.0], [0.3, 1.0], True),
        ((0.1 + 0.2,), (0.3,), True),
        ((0.1 + 0.2,), [0.3], False),
        ([0.1 + 0.2], [0.3, 0.3], False),
        # An expected int, a list that is not only floats, and nested floats are compared exactly.
        (3.0000001, 3, False),
        (3, 3.0000001, False),
        ([0.1 + 0.2, 1], [0.3, 1], False),
        ([[0.1 + 0.2]], [[0.3]], False),
        ({"a": 0.1 + 0.2}, {"a": 0.3}, False),
        (INF, INF, True),
        (INF, 1.0, False),
        (1.0, INF, False),
        (-INF, INF, False),
        (NAN, NAN, False),
        (NAN, 1.0, False),
        (Opaque(), 1.0, False),
        (Opaque(), None, False),
        (None, 1.0, False),
        ("0.3", 0.3, False),
        (Decimal("0.3"), 0.3, False),
        ([], [1.0], False),
        ([], [], True),
    ],
)
def test_without_a_tolerance(produced: object, expected: object, equal: bool) -> None:
    assert right(produced, expected) is equal


@pytest.mark.parametrize(
    ("produced", "expected", "equal"),
    [
        (1.00005, 1.0, True),
        (1.0002, 1.0, False),
        (100, 101, False),
        ([[1.00005, 2]], [[1.0, 2]], True),
        ([(1.00005, 2)], [[1.0, 2]], True),
        ([[1.0], [1.0, 2.00005]], [[1.0], [1.0, 2.0]], False),
        ([[1.0, 1.0]], [[1.0]], False),
        ([[1.00005]], [1.0], False),
        (1.00005 + 2j, 1 + 2j, True),
        ([1.00005, "a"], [1.0, "a"], False),
        ([2**70 + 1], [2**70], False),
        (2**70 + 1, 2**70, False),
        ({1.0, 2.00005}, {1.0, 2.0}, False),
        ({1: 1.00005}, {1: 1.0}, False),
        ("abc", "abd", False),
        (range(3), range(4), False),
        ([range(10**12)], [range(10**12 - 1)], False),
        (Opaque(), 1.0, False),
        ([1.0, Opaque()], [1.0, 1.0], False),
    ],
)
def test_with_the_tolerance_of_a_problem(produced: object, expected: object, equal: bool) -> None:
    assert right(produced, expected, tolerance=1e-4) is equal


def test_one_float_does_not_change_the_rule_for_later_cases() -> None:
    compare = comparer("evalplus", "value")
    assert compare((), 0.1 + 0.2, 0.3)
    assert not compare((), [0.1 + 0.2, 1], [0.3, 1])


ROOTS = [-6, 11, -6, 1]
"""x³ - 6x² + 11x - 6 = (x - 1)(x - 2)(x - 3)"""


@pytest.mark.parametrize(
    ("produced", "equal"),
    [
        (1, True),
        (2.0, True),
        (3.00001, True),
        (3.001, False),
        (4, False),
        (NAN, False),
        (INF, False),
        (1e300, False),
        ("1", False),
        (None, False),
        ([1], False),
        (1j, False),
        (Opaque(), False),
        (Decimal(2), True),
    ],
)
def test_find_zero_takes_every_root(produced: object, equal: bool) -> None:
    assert right(produced, 1.0, ROOTS, tolerance=1e-4, oracle="find_zero") is equal


def test_find_zero_asks_for_a_zero_and_not_for_the_expected_root() -> None:
    # 1000 (x - 1): at 1.00005 the polynomial is 0.05.
    assert not right(1.00005, 1.0, [-1000, 1000], tolerance=1e-4, oracle="find_zero")
    assert not right(1.0, 1.0, "not coefficients", tolerance=1e-4, oracle="find_zero")


@pytest.mark.parametrize(
    ("oracle", "arguments", "produced", "expected", "equal"),
    [
        ("are_equivalent", (36, 57), True, False, True),
        ("are_equivalent", (36, 57), Opaque(), False, True),
        # The proper divisors of 6 are 1, 2 and 3.
        ("sum_div", (6,), 6, 6, True),
        ("sum_div", (6,), 0, 6, True),
        ("sum_div", (6,), 12, 6, False),
        ("sum_div", (6,), Opaque(), 6, False),
        # A base of 6 and sides of height 5 give 36 + 60; with 4 as the height of the apex the sides' is 5.
        ("surface_Area", (6, 5), 96, 96, True),
        ("surface_Area", (6, 4), 84, 84, True),
        ("surface_Area", (6, 4), 96, 84, True),
        ("surface_Area", (6, 4), 97, 84, False),
        ("surface_Area", (6, 4), "96", 84, False),
        ("surface_Area", (6, 4), Opaque(), 84, False),
        # 12 and 345: 1-3 and 2-4 give 4; 012 and 345 give 3 + 3 + 3.
        ("digit_distance_nums", (12, 345), 4, 4, True),
        ("digit_distance_nums", (12, 345), 9, 4, True),
        ("digit_distance_nums", (12, 345), 5, 4, False),
        ("digit_distance_nums", (-12, 345), 5, 4, False),
        ("similar_elements", (), (5, 4, 4), (4, 5), True),
        ("similar_elements", (), [4, 5], (4, 5), True),
        ("similar_elements", (), {4: 1, 5: 1}, (4, 5), True),
        ("similar_elements", (), range(4, 6), (4, 5), True),
        ("similar_elements", (), range(10**15), (4, 5), False),
        ("similar_elements", (), range(10**30), (4, 5), False),
        ("similar_elements", (), (4,), (4, 5), False),
        ("similar_elements", (), 4, (4,), False),
        ("similar_elements", (), None, (), False),
        ("similar_elements", (), [[4]], (4,), False),
        ("similar_elements", (), Opaque(), (), False),
        ("similar_elements", (), (0.1 + 0.2,), (0.3,), True),
        ("find_char_long", (), "ab", ["b", "a"], True),
        ("check_str", ("annie",), Opaque(), Opaque(), True),
        ("check_str", ("annie",), True, Opaque(), True),
        ("check_str", ("annie",), False, Opaque(), False),
        ("check_str", ("annie",), None, Opaque(), False),
        ("check_str", ("x",), None, None, True),
        ("check_str", ("x",), False, None, True),
        ("check_str", ("x",), 0, None, False),
        ("check_str", ("annie",), "annie", True, True),
        ("check_str", ("x",), None, False, True),
        ("check_str", ("x",), True, False, False),
    ],
)
def test_oracles_of_mbpp(
    oracle: str, arguments: tuple[object, ...], produced: object, expected: object, equal: bool
) -> None:
    assert right(produced, expected, *arguments, oracle=oracle) is equal


def test_the_loaders_name_all_oracles() -> None:
    assert ORACLES["humaneval"] | ORACLES["mbpp"] == set(EVALPLUS_ORACLES)


NUMBERS = st.floats(-1e6, 1e6) | st.integers(-(2**50), 2**50) | st.booleans() | st.sampled_from([NAN, INF, -INF])
NEAR = st.sampled_from([0.0, 5e-5, -9e-5, 3e-4, 1.0])


@given(
    st.integers(1, 3).flatmap(
        lambda width: st.lists(
            st.lists(st.tuples(NUMBERS, NEAR), min_size=width, max_size=width), min_size=1, max_size=4
        )
    )
)
def test_closeness_is_numpys(pairs: list[list[tuple[float, float]]]) -> None:
    expected = [[number for number, _ in row] for row in pairs]
    produced = [[number + change if change else number for number, change in row] for row in pairs]
    with numpy.errstate(all="ignore"):
        close = bool(numpy.allclose(produced, expected, rtol=1e-7, atol=1e-4))
    assert right(produced, expected, tolerance=1e-4) is (close or produced == expected)
