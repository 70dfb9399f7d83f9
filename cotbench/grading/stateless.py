"""Which programs answer every call as if it were the first: then the order of the cases cannot change a verdict.

The check reads the program's syntax and says yes only to a narrow set of forms: functions and plain classes at the top,
constants, and imports of modules without state. A no costs nothing but time.
"""

from __future__ import annotations

import ast

_MODULES = {"__future__", "bisect", "collections", "copy", "fractions", "functools", "heapq", "itertools"} | {
    "math",
    "operator",
    "re",
    "string",
    "typing",
}
_NAMES = {"breakpoint", "compile", "delattr", "dir", "eval", "exec", "getattr", "globals", "id", "input", "locals"} | {
    "object",
    "open",
    "setattr",
    "vars",
}
_SCOPES = (ast.Global, ast.Nonlocal, ast.Await, ast.AsyncFunctionDef)


def is_stateless(*sources: str) -> bool:
    """Whether programs made of these texts keep nothing from one call to the next."""
    try:
        trees = [ast.parse(source) for source in sources]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return all(_top(statement) for tree in trees for statement in tree.body) and not any(
        _keeps(node) for tree in trees for node in ast.walk(tree)
    )


def _top(statement: ast.stmt) -> bool:
    """Whether a statement at the top defines nothing that can change."""
    match statement:
        case ast.Import(names=names):
            return all(name.name in _MODULES for name in names)
        case ast.ImportFrom(module=module, level=0):
            return module in _MODULES
        case ast.Expr(value=ast.Constant()) | ast.Pass():
            return True
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            return _constant(value)
        case ast.FunctionDef(decorator_list=[], args=args):
            return all(_constant(default) for default in [*args.defaults, *args.kw_defaults] if default is not None)
        case ast.ClassDef(decorator_list=[], bases=[], keywords=[], body=body):
            return all((isinstance(inner, ast.FunctionDef) and _top(inner)) or _inert(inner) for inner in body)
    return False


def _inert(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _constant(value: ast.expr) -> bool:
    match value:
        case ast.Constant():
            return True
        case ast.UnaryOp(operand=operand):
            return _constant(operand)
        case ast.Tuple(elts=items):
            return all(map(_constant, items))
        case ast.BinOp(left=left, right=right):
            return _constant(left) and _constant(right)
    return False


def _keeps(node: ast.AST) -> bool:
    """Whether a node can reach state that outlives a call."""
    match node:
        case ast.Attribute(ctx=ast.Store() | ast.Del(), value=ast.Name(id="self")):
            return False
        case ast.Attribute(ctx=ast.Store() | ast.Del()):
            return True
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name in _NAMES or (name.startswith("__") and name not in ("__init__", "__name__"))
        case ast.Import(names=names):
            return not all(name.name in _MODULES for name in names)
        case ast.ImportFrom(module=module):
            return module not in _MODULES
        case ast.FunctionDef(decorator_list=[_, *_]):
            return True
        case ast.FunctionDef(args=args):
            # A default that is made once, at the definition of an inner function, lives no longer than the call.
            return any(isinstance(default, ast.Call) for default in args.defaults)
    return isinstance(node, _SCOPES)
