"""Examples in docstrings, in the notations that benchmarks use."""

from __future__ import annotations

import ast

import pytest

from cotbench.benchmarks.examples import Signature, docstring_cases, signature_of
from cotbench.core.problem import CallCase

ONE = Signature("f", ("x",), 1)
TWO = Signature("f", ("x", "y"), 2)


@pytest.mark.parametrize(
    "text",
    [
        ">>> f(1)\n2",
        "    >>> f(1)\n    2\n    >>> g(3)\n    4",
        ">>> f(1) == 2",
        ">>> f(1) # a remark\n2",
        ">>> f(1) 2",
        "f(1) == 2",
        "f(1) = 2",
        "f(1) -> 2",
        "f(1) ➞ 2 ",
        "f(1) => 2",
        "f(1) ==>2",
        "f(1)==>2\nExplanation: 2 is one more than 1.",
        "f(1) returns 2",
        "f(1) should return 2.",
        "f(1)   # returns 2",
        "f(1) # => 2 (because 1 + 1 is 2)",
        "f(1) == 1 + 0 + 1 = 2",
        "f(1) ->3 - 1 = 2",
        "* f(1) => 2",
        "for f(1) == 2",
        "assert f(1) => 2",
        "other_name(1) == 2",
        "For x = 1 the output should be 2.",
        "For x = 1, the sum of digits will be 7 the output should be 2",
        "For x = 1, the result should be 2",
        "Input: 1\nOutput: 2\nExplanation: so it is",
        "Input: x = 1\nOutput: 2 # one more",
        "Input:\n    x : 1\nOutput: 2",
        "Input:\n    another_name : 1\nOutput: 2",
    ],
)
def test_a_notation_is_read(text: str) -> None:
    assert docstring_cases(f"Add one.\n\n{text}\n", ONE) == (CallCase((1,), 2),)


@pytest.mark.parametrize(
    "text",
    [
        "f(n) = f(n - 1) + 1",
        "f(one) == 2",
        "f(1) == f(2)",
        "f(1) is what you think",
        "f(1) == 2 or so",
        ">>> round(f(1), 2)\n2.0",
        "f(1, 2) == 2",
        "f() == 2",
        'f(1) == ("a")',
        'f(1) == ""a"',
        "f(1) == 2\nf(1) == 3",
        "f(1",
        "Input: 1",
        "",
    ],
)
def test_what_is_not_an_example_is_left_alone(text: str) -> None:
    assert docstring_cases(text, ONE) == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("true", True),
        ("False", False),
        ("None", None),
        ("16.", 16),
        ("6.00", 6.0),
        ("-1", -1),
        ("'#a (b) -> c'", "#a (b) -> c"),
        ("('bcd', False)", ("bcd", False)),
        ("[1,\n 2,\n 3]", [1, 2, 3]),
        ("{'a': [1]}", {"a": [1]}),
    ],
)
def test_a_value_keeps_its_type(value: str, expected: object) -> None:
    (case,) = docstring_cases(f"f(1) == {value}", ONE)
    assert case.expected == expected
    assert type(case.expected) is type(expected)


def test_arguments_may_run_over_lines_and_hold_brackets() -> None:
    assert docstring_cases("f([\n  ')(',\n  2], 3) == [4]", TWO) == (CallCase(([")(", 2], 3), [4]),)


def test_arguments_are_bound_by_name_or_else_in_order() -> None:
    assert docstring_cases("Input: y = 2, x = 1\nOutput: 3", TWO) == (CallCase((1, 2), 3),)
    assert docstring_cases("Input: grid = 1, size = 2\nOutput: 3", TWO) == (CallCase((1, 2), 3),)


def test_a_session_that_prints_nothing_shows_none() -> None:
    assert docstring_cases(">>> f(1)\n\n>>> f(2)\n'b'\n", ONE) == (CallCase((1,), None), CallCase((2,), "b"))


def test_formulas_before_the_heading_are_not_examples() -> None:
    text = "The series is\nf(1) = 3\nfor every one.\nExamples:\nf(3) = [1, 3]\n"
    assert docstring_cases(text, ONE) == (CallCase((3,), [1, 3]),)


def test_the_right_name_wins_over_other_calls() -> None:
    assert docstring_cases("g(1) == 5\nf(1) == 2", ONE) == (CallCase((1,), 2),)


def test_signatures_count_parameters_without_defaults() -> None:
    (function,) = ast.parse("def f(a, /, b, c=1, *rest, d): ...").body
    assert isinstance(function, ast.FunctionDef)
    assert signature_of(function) == Signature("f", ("a", "b", "c"), 2)
