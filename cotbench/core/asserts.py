"""Asserts about a function, as MBPP shows them in its statements and as models write them: as cases."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cotbench.core.problem import CallCase, Case, CheckCase, Value
from cotbench.core.syntax import parsed


def assert_cases(text: str, function: str, *, as_sets: bool = False) -> tuple[Case, ...]:
    """Return a case for each line of `text` that asserts something about `function`, in order.

    `assert f(1) == 2`, `assert f(1)` and `assert not f(1)` with literals become calls, and so does
    `assert set(f(1)) == set([2])` if `as_sets` says that the comparer looks at outputs as sets. Any other assert
    becomes a test program.
    """
    return tuple(_case(line, test, function, as_sets) for line, test in _asserts(text))


def equality_case(test: ast.Module, function: str) -> CallCase | None:
    """Return `assert function(…) == …` with literals as a call; None for whatever else the test is."""
    match test.body:
        case [ast.Assert(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]))]:
            arguments, expected = _arguments(left, function), _literal(right)
            if arguments is not None and expected is not None:
                return CallCase(arguments, expected[0])
    return None


def listed_literals(text: str) -> tuple[Value, ...] | None:
    """Return the values of literals separated by commas, as the arguments of a call are written; None if it is not."""
    tree = parsed(f"f(\n{text}\n)")
    match tree.body if tree is not None else []:
        case [ast.Expr(value=value)]:
            return _arguments(value, "f")
    return None


def _asserts(text: str) -> Iterator[tuple[str, ast.expr]]:
    for line in map(str.strip, text.split("\n")):
        if not line.startswith("assert"):
            continue
        tree = parsed(line)
        match tree.body if tree is not None else []:
            case [ast.Assert(test=test)]:
                yield line, test


def _case(line: str, test: ast.expr, function: str, as_sets: bool) -> Case:
    match test:
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            if as_sets:
                left, right = _without_set(left), _without_set(right)
            arguments, expected = _arguments(left, function), _literal(right)
        case ast.UnaryOp(op=ast.Not(), operand=call):
            arguments, expected = _arguments(call, function), (False,)
        case _:
            arguments, expected = _arguments(test, function), (True,)
    if arguments is not None and expected is not None:
        return CallCase(arguments, expected[0])
    return CheckCase(f"import math\nimport sys\n\n\ndef check({function}):\n    {line}\n")


def _without_set(node: ast.expr) -> ast.expr:
    match node:
        case ast.Call(func=ast.Name(id="set"), args=[inner], keywords=[]):
            return inner
    return node


def _arguments(node: ast.expr, function: str) -> tuple[Value, ...] | None:
    match node:
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name == function:
            values = [_literal(arg) for arg in args]
            return None if None in values else tuple(value[0] for value in values if value is not None)
    return None


def _literal(node: ast.expr) -> tuple[Value] | None:
    """Return the value of a literal in a tuple of one, because None is a value too; else None.

    `...` is none: it stands for what was not written, as in `assert f(...) == ...`, which models repeat from a prompt.
    """
    if any(isinstance(part, ast.Constant) and part.value is ... for part in ast.walk(node)):
        return None
    try:
        return (ast.literal_eval(node),)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
