"""Normal forms of programs: what is left of a text when all that makes no other program of it is taken away.

    exact    the text
    tokens   without comments, blank lines and the width of white space; own names in the order in which they appear
    tree     the syntax tree without docstrings and annotations, own names likewise, constants as they are

Each form makes at least the programs equal that the one before makes equal. Own names are those that a program binds
itself: variables, parameters, functions, classes, the members of its classes. What it imports and what is built in keep
their names. One name is one variable, wherever in the program it stands. Nothing is executed.
"""

from __future__ import annotations

import ast
import io
import keyword
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field

from cotbench.core.ids import digest
from cotbench.core.syntax import parsed

_LEFT_OUT = {tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER}
_SHAPES = {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
_NO_MEANING = {"ctx", "type_comment", "kind", "annotation", "returns", "type_ignores", "simple"}
_DOCUMENTED = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_NAMED_BY_TEXT = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)


@dataclass(frozen=True, slots=True)
class NormalForms:
    """The forms of one program as digests, and its tree as a sequence of words in the order of a walk.

    A text that has no tree has that of its tokens; one that has no tokens has itself, as a single word.
    """

    exact: str
    tokens: str
    tree: str
    walk: tuple[str, ...]


def normal_forms(code: str) -> NormalForms:
    """Return the normal forms of a program, which need not be valid."""
    exact = digest(["exact", code])
    module = parsed(code)
    own = _own(module) if module is not None else _Own()
    try:
        words = tuple(_token_words(code, own))
    except (tokenize.TokenError, SyntaxError):
        return NormalForms(exact, exact, exact, (code,))
    tokens = digest(["tokens", *words])
    if module is None:
        return NormalForms(exact, tokens, tokens, words)
    try:
        walk = tuple(_tree_words(module, "module", _Places(own)))
    except RecursionError:
        return NormalForms(exact, tokens, tokens, words)
    return NormalForms(exact, tokens, digest(["tree", *walk]), walk)


@dataclass(frozen=True, slots=True)
class _Own:
    """The names that a program binds: as variables, and as members of its objects."""

    names: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Places:
    """Numbers for own names, in the order in which they are met."""

    own: _Own
    seen: dict[tuple[bool, str], int] = field(default_factory=dict)

    def of(self, name: str, *, member: bool = False) -> str:
        """Return what stands for a name."""
        if name not in (self.own.members if member else self.own.names):
            return name
        return f"{'.' if member else ''}{self.seen.setdefault((member, name), len(self.seen))}"


def _own(module: ast.Module) -> _Own:
    names: set[str] = set()
    members: set[str] = set()
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                names.add(name)
            case ast.Attribute(attr=name, ctx=ast.Store() | ast.Del()):
                members.add(name)
            case ast.arg(arg=name) | ast.alias(asname=str(name)) | ast.MatchMapping(rest=str(name)):
                names.add(name)
            case ast.ClassDef(body=body):
                names.add(node.name)
                members |= {item.name for item in body if isinstance(item, _DOCUMENTED[1:])}
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
    # Dunder methods are Python's, not the program's.
    return _Own(frozenset(names), frozenset(name for name in members if not name.startswith("__")))


def _token_words(code: str, own: _Own) -> Iterator[str]:
    places = _Places(own)
    before, importing = "", False
    line_begins = True
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type in _LEFT_OUT:
            continue
        if token.type in _SHAPES:
            yield tokenize.tok_name[token.type]
            before, line_begins = "", True
            continue
        if line_begins:
            importing, line_begins = token.string in ("import", "from"), False
        word = token.string
        if token.type == tokenize.NAME and not keyword.iskeyword(word) and (not importing or before == "as"):
            word = places.of(word, member=before == ".")
        yield word
        before = token.string


def _tree_words(node: ast.AST, label: str, places: _Places) -> Iterator[str]:
    if isinstance(node, ast.AnnAssign):
        if node.value is None:
            return
        node = ast.Assign(targets=[node.target], value=node.value)
    yield f"{label}:{type(node).__name__}"
    for name in node._fields:
        value = getattr(node, name, None)
        if name in _NO_MEANING or value is None or value == []:
            # A constant None is a value, not the lack of one.
            if isinstance(node, ast.Constant) and name == "value":
                yield f"{name}={value!r}"
        elif isinstance(value, ast.AST):
            yield from _tree_words(value, name, places)
        elif isinstance(value, list):
            for item in _without_docstring(node, name, value):
                if isinstance(item, ast.AST):
                    yield from _tree_words(item, name, places)
                else:
                    yield f"{name}={_scalar(node, name, item, places)}"
            yield "]"
        else:
            yield f"{name}={_scalar(node, name, value, places)}"


def _without_docstring(node: ast.AST, name: str, items: list[object]) -> list[object]:
    first = items[0]
    documented = (
        name == "body"
        and isinstance(node, _DOCUMENTED)
        and isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
    return items[1:] if documented else items


def _scalar(node: ast.AST, name: str, value: object, places: _Places) -> str:
    match node:
        case ast.Name() | ast.arg() | ast.keyword():
            own = True
        case ast.Global() | ast.Nonlocal() | ast.MatchMapping():
            own = True
        case ast.alias():
            own = name == "asname"
        case ast.Attribute():
            return places.of(str(value), member=True)
        case _:
            own = isinstance(node, _NAMED_BY_TEXT)
    return places.of(str(value)) if own else repr(value)
