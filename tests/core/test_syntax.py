"""What is read from the syntax of a program: here, whether a checker can be called as it will be."""

from __future__ import annotations

import inspect

import pytest

from cotbench.core.syntax import checker_fault

SIGNATURES = [
    "given, produced, expected",
    "given, produced",
    "given, produced, expected, more",
    "given, produced, expected, more=1",
    "given, produced=1, expected=2",
    "given, /, produced, expected",
    "*everything",
    "given, *others",
    "a, b, c, d, *others",
    "given, produced, expected, *, strict",
    "given, produced, expected, *, strict=True",
    "given, produced, *, expected",
    "given, produced, **others",
    "",
]


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_checker_must_take_three_values(signature: str) -> None:
    names: dict[str, object] = {}
    exec(f"def check({signature}): pass", names)
    check = names["check"]
    assert callable(check)
    try:
        inspect.signature(check).bind(1, 2, 3)
        fits = True
    except TypeError:
        fits = False
    assert (checker_fault(f"def check({signature}): pass") == "") is fits


@pytest.mark.parametrize(("source", "fault"), [("", "does not define"), ("def check(", "is not a Python program")])
def test_a_checker_must_be_there(source: str, fault: str) -> None:
    assert fault in checker_fault(source)


def test_the_last_definition_counts() -> None:
    assert checker_fault("def check(a): pass\ndef check(a, b, c): pass") == ""
