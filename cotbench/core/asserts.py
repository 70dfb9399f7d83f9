"""Assertions as cases: `assert f(1) == 2` says what to call and what must come back. Literals are parsed, never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cotbench.core.problem import CallCase, Value
from cotbench.core.syntax import parsed


def asserts_in(text: str) -> Iterator[tuple[str, ast.expr]]:
    """Give the lines of a text that are an assertion, each with what it tests."""
    for line in map(str.strip, text.split("\n")):
        tree = parsed(line) if line.startswith("assert") else None
        match tree.body if tree is not None else []:
            case [ast.Assert(test=test)]:
                yield line, test


def called_case(test: ast.expr, function: str) -> CallCase | None:
    """Return `f(…) == …`, `f(…)` (True) or `not f(…)` (False) with literals as a case; None for any other test."""
    expected: tuple[Value] | None
    match test:
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            call, expected = left, _literal(right)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            call, expected = operand, (False,)
        case _:
            call, expected = test, (True,)
    arguments = _arguments(call, function)
    return None if arguments is None or expected is None else CallCase(arguments, expected[0])


def equality_case(test: ast.Module, function: str) -> CallCase | None:
    """Return `assert function(…) == …` with literals as a case; None for whatever else the test is."""
    match test.body:
        case [ast.Assert(test=ast.Compare(ops=[ast.Eq()]) as equality)]:
            return called_case(equality, function)
    return None


def listed_literals(text: str) -> tuple[Value, ...] | None:
    """Return the values of literals separated by commas, as the arguments of a call are written; None if it is not."""
    tree = parsed(f"f(\n{text}\n)")
    match tree.body if tree is not None else []:
        case [ast.Expr(value=value)]:
            return _arguments(value, "f")
    return None


def _arguments(node: ast.expr, function: str) -> tuple[Value, ...] | None:
    match node:
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name == function:
            values = [_literal(arg) for arg in args]
            return None if None in values else tuple(value[0] for value in values if value is not None)
    return None


def _literal(node: ast.expr) -> tuple[Value] | None:
    """Return the value of a literal in a tuple of one, because None is a value too; else None."""
    try:
        return (ast.literal_eval(node),)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
