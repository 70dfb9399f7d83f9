"""What a program's syntax says: whether it is valid, what it defines, which names it lacks. Nothing is executed."""

from __future__ import annotations

import ast
import builtins
import re
import warnings

_ALWAYS = frozenset(dir(builtins)) | {"__name__", "__file__"}


def parsed(code: str) -> ast.Module | None:
    """Return the syntax tree of a program, None if it is not valid Python."""
    return parse(code)[0]


def parse(code: str) -> tuple[ast.Module | None, int]:
    """Return the syntax tree of a program, or None and the line, from 1, of its first fault (0: not known)."""
    try:
        with warnings.catch_warnings():
            # An escape like "\\d" in a text is worth a warning to its author, not to us.
            warnings.simplefilter("ignore")
            return ast.parse(code), 0
    except SyntaxError as error:
        return None, error.lineno or 0
    except (ValueError, RecursionError, MemoryError):
        return None, 0


def defines(code: str, name: str) -> bool:
    """Whether a program, which need not be valid, defines a function, method or class of that name, or assigns it."""
    word = re.escape(name)
    return (
        re.search(rf"^\s*(?:(?:async\s+)?(?:def|class)\s+{word}\b|{word}\s*(?::[^=\n]*)?=[^=])", code, re.M) is not None
    )


def checker_fault(source: str) -> str:
    """Return what is wrong with the source of a checker, which must define `check(given, produced, expected)`.

    "" if nothing is. A function that cannot be called so would raise for every output, right or wrong.
    """
    tree = parsed(source)
    if tree is None:
        return "is not a Python program"
    found = [node.args for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "check"]
    if not found:
        return "does not define a function check"
    return "" if _takes(found[-1], 3) else "defines a check that cannot be called with (given, produced, expected)"


def _takes(arguments: ast.arguments, count: int) -> bool:
    """Whether a function can be called with so many values by place, and nothing else."""
    places = len(arguments.posonlyargs) + len(arguments.args)
    enough = places >= count or arguments.vararg is not None
    return enough and places - len(arguments.defaults) <= count and None not in arguments.kw_defaults


def own_names(tree: ast.Module) -> set[str]:
    """Return the names that a program imports or defines, if it does nothing else; empty if it does more."""
    names: set[str] = set()
    for statement in tree.body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Import(names=listed) | ast.ImportFrom(names=listed):
                names.update((item.asname or item.name).split(".")[0] for item in listed)
            case ast.Assign(targets=targets):
                names.update(target.id for target in targets if isinstance(target, ast.Name))
            case ast.Expr(value=ast.Constant()):
                pass
            case _:
                return set()
    return names


def foreign_names(tree: ast.Module) -> set[str]:
    """Return the names that a program uses and neither binds anywhere nor has as builtins."""
    used: set[str] = set()
    bound: set[str] = set(_ALWAYS)
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                used.add(name)
            case ast.Name(id=name):
                bound.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.arg(arg=name):
                bound.add(name)
            case ast.alias(name=name, asname=other):
                bound.add((other or name).split(".")[0])
            case ast.ExceptHandler(name=str(name)):
                bound.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                bound.add(name)
    return used - bound
