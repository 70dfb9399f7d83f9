"""The asserts that MBPP shows in its statements, as cases."""

from __future__ import annotations

import ast

from cotbench.core.asserts import asserts_in, called_case
from cotbench.core.problem import Case, CheckCase


def assert_cases(text: str, function: str, *, as_sets: bool = False) -> tuple[Case, ...]:
    """Return a case for each line of `text` that asserts something about `function`, in order.

    `assert f(1) == 2`, `assert f(1)` and `assert not f(1)` with literals become calls, and so does
    `assert set(f(1)) == set([2])` if `as_sets` says that the comparer looks at outputs as sets. Any other assert
    becomes a test program.
    """
    return tuple(_case(line, test, function, as_sets) for line, test in asserts_in(text))


def _case(line: str, test: ast.expr, function: str, as_sets: bool) -> Case:
    match test:
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]) if as_sets:
            test = ast.Compare(_without_set(left), [ast.Eq()], [_without_set(right)])
    found = called_case(test, function)
    return found or CheckCase(f"import math\nimport sys\n\n\ndef check({function}):\n    {line}\n")


def _without_set(node: ast.expr) -> ast.expr:
    match node:
        case ast.Call(func=ast.Name(id="set"), args=[inner], keywords=[]):
            return inner
    return node
