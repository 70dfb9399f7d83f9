"""Mutants: a right program with one small change each, as models get programs wrong.

Deterministic for a seed. Changes that tend to make endless loops (inside `while` statements, of a step) are left out.
"""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

Row = dict[str, object]

_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.FloorDiv,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
}
_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_RETURNS = {
    "return tuple": "tuple({0}) if isinstance({0}, list) else ({0},)",
    "return list": "list({0}) if isinstance({0}, (tuple, set, dict, str)) else [{0}]",
    "return generator": "(item for item in ({0} if hasattr({0}, '__iter__') else [{0}]))",
    "return None": "None",
    "return Fraction": "__import__('fractions').Fraction({0}) if isinstance({0}, (int, float)) else {0}",
    "return array": "__import__('numpy').array({0})",
    "return numpy number": "__import__('numpy').array([{0}])[0] if type({0}) in (int, float, bool) else {0}",
    "return text": "str({0})",
    "return float": "float({0}) if isinstance({0}, int) else {0}",
    "return nearly": "{0} + 1e-7 if isinstance({0}, float) else {0}",
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed program: what kind of change, and in which top-level definition (empty: outside of them)."""

    problem: str
    kind: str
    where: str
    code: str


def mutants(row: Row, count: int, seed: int = 0) -> list[Mutant]:
    """Return up to `count` different mutants of a row's reference, of as many kinds as there are."""
    source = f"{row['prompt']}{row['canonical_solution']}"
    rng = random.Random(f"{seed}:{row['task_id']}")
    by_kind: dict[str, list[Mutant]] = {}
    seen = {ast.unparse(ast.parse(source))}
    for kind, where, tree in _changes(source):
        code = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
        if code.rstrip("\n") not in seen:
            seen.add(code.rstrip("\n"))
            by_kind.setdefault(kind, []).append(Mutant(str(row["task_id"]), kind, where, code))
    groups = list(by_kind.values())
    rng.shuffle(groups)
    for group in groups:
        rng.shuffle(group)
    spread = [mutant for each in zip_longest(*groups) for mutant in each if mutant is not None]
    return spread[:count]


def _changes(source: str) -> Iterator[tuple[str, str, ast.Module]]:
    """Yield every change as a kind, a place and the changed tree."""
    original = ast.parse(source)
    for number, node in enumerate(_nodes(original)):
        for kind, change in _changes_of(node):
            tree = copy.deepcopy(original)
            change(_nodes(tree)[number])
            yield kind, _owner(original, node), tree


def _nodes(tree: ast.Module) -> list[ast.AST]:
    """Return the nodes that may change: nothing in a `while`, in a docstring or in the imports."""
    found: list[ast.AST] = []

    def visit(node: ast.AST, risky: bool) -> None:
        risky = risky or isinstance(node, ast.While)
        if not risky or isinstance(node, ast.Return):
            found.append(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.Import, ast.ImportFrom, ast.arguments)) or _is_text(child):
                continue
            visit(child, risky)

    visit(tree, False)
    return found


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _owner(tree: ast.Module, node: ast.AST) -> str:
    for top in tree.body:
        if isinstance(top, (ast.FunctionDef, ast.ClassDef)) and any(node is inner for inner in ast.walk(top)):
            return top.name
    return ""


_Change = Callable[[ast.AST], None]


def _changes_of(node: ast.AST) -> Iterator[tuple[str, _Change]]:
    match node:
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in _OPERATORS:
            yield "operator", _setter(op=_OPERATORS[type(op)]())
        case ast.Compare(ops=[op, *others]) if type(op) in _COMPARISONS:
            yield "comparison", _setter(ops=[_COMPARISONS[type(op)](), *others])
        case ast.BoolOp(op=op):
            yield "and or", _setter(op=ast.Or() if isinstance(op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "not", _setter(op=ast.Not(), operand=ast.UnaryOp(ast.Not(), operand))
        case ast.Constant(value=bool(value)):
            yield "constant", _setter(value=not value)
        case ast.Constant(value=int(value) | float(value)):
            yield "constant", _setter(value=value + 1)
            yield "constant", _setter(value=value - 1)
        case ast.Constant(value=str(value)):
            yield "constant", _setter(value=value + "x")
        case ast.Call(func=ast.Name(id="range"), args=[*bounds]) if bounds and len(bounds) < 3:
            yield "range", _setter(args=[*bounds[:-1], ast.BinOp(bounds[-1], ast.Sub(), ast.Constant(1))])
            yield "range", _setter(args=[*bounds[:-1], ast.BinOp(bounds[-1], ast.Add(), ast.Constant(1))])
        case ast.If(body=body, orelse=orelse) | ast.IfExp(body=body, orelse=orelse) if orelse:
            yield "branches", _setter(body=orelse, orelse=body)
        case ast.Return(value=value) if value is not None:
            for kind, template in _RETURNS.items():
                yield kind, _setter(value=_filled(template, value))
        case ast.FunctionDef(body=body):
            yield "exception", _setter(body=[ast.parse("raise ValueError('changed')").body[0], *body])
            yield "early return", _setter(body=[*body[: len(body) // 2], ast.Return(ast.Constant(0))])
    block = getattr(node, "body", None)
    if isinstance(block, list) and not isinstance(node, ast.Module) and len(block) > 1:
        for index, statement in enumerate(block):
            if not _is_text(statement) and not isinstance(statement, (ast.FunctionDef, ast.While)):
                yield "removed", _setter(body=[*block[:index], *block[index + 1 :]])


def _setter(**values: object) -> _Change:
    def change(node: ast.AST) -> None:
        for name, value in values.items():
            setattr(node, name, copy.deepcopy(value))

    return change


def _filled(template: str, value: ast.expr) -> ast.expr:
    """Return the template around a value that is computed once."""
    if "{0}" not in template:
        return ast.parse(template, mode="eval").body
    body = template.format("it")
    lambda_ = ast.parse(f"(lambda it: {body})", mode="eval").body
    return ast.Call(lambda_, [value], [])
