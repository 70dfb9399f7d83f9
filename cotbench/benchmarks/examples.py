"""Read the examples of a docstring as cases: `>>> f(1)`, `f(1) == 2`, `f(1) ➞ 2`, `Input: … Output: …`, and so on.

An example counts only if its arguments and its value are literals; prose that merely looks like an example is
left alone. Nothing is evaluated: literals are parsed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cotbench.core.problem import CallCase, Value

_HEADING = re.compile(r"^\s*(?:for )?examples?\s*:?\s*$", re.I | re.M)
_LEAD = r"^[ \t]*(?:>>>[ \t]*|\*[ \t]*|for[ \t]+|assert[ \t]+)?"
_DOCTEST = re.compile(r"^[ \t]*>>>")
_SAYS = re.compile(r"[ \t]*(?:#[ \t]*)?(?:==>|==|=>|=|->|➞|returns?\b|should return\b)[ \t]*")
_SHOULD_BE = re.compile(
    r"^[ \t]*for[ \t]+(.+?),?[ \t]+the[ \t]+(?:.*[ \t])?(?:output|result) should be[ \t]+", re.I | re.M
)
_INPUT = re.compile(r"^[ \t]*Input:(.*?)^[ \t]*Output:[ \t]*", re.S | re.M)
_NAMED_LINE = re.compile(r"^\s*(\w+)\s*[:=]\s*")
# What may follow a value on its line: nothing, a full stop, or a remark.
_TAIL = re.compile(r"[ \t]*\.?[ \t]*(?:$|#|\()")
_SUM = re.compile(r"[\d\s.+*/()-]+=[ \t]*(?=\S)")
_WORDS = {"true": True, "false": False, "null": None}
_VALUE_LINES = 8


@dataclass(frozen=True, slots=True)
class Signature:
    """The entry function's name and parameters, as far as examples need them."""

    name: str
    parameters: tuple[str, ...]
    required: int


class _NoLiteral(Exception):
    pass


def signature_of(function: ast.FunctionDef) -> Signature:
    """Return the signature of a function definition; keyword-only and starred parameters are left out."""
    names = tuple(argument.arg for argument in (*function.args.posonlyargs, *function.args.args))
    return Signature(function.name, names, len(names) - len(function.args.defaults))


def docstring_cases(docstring: str, signature: Signature) -> tuple[CallCase, ...]:
    """Return the examples of a docstring in their order, each once.

    Two examples that contradict each other are both dropped. A function called by another name counts only where
    the docstring has no example under the right name.
    """
    # What stands before a heading like "Examples:" is explanation; formulas there can look like examples.
    headings = list(_HEADING.finditer(docstring))
    parts = [docstring[headings[-1].end() :]] if headings else []
    for text in (*parts, docstring):
        for name in (re.escape(signature.name), r"[A-Za-z_]\w*"):
            if cases := _distinct(_read(text, name, signature)):
                return cases
    return ()


def _read(text: str, name: str, signature: Signature) -> list[CallCase]:
    found: list[tuple[int, CallCase]] = []
    for match in re.finditer(rf"{_LEAD}(?={name}\()", text, re.M):
        doctest = _DOCTEST.match(match.group()) is not None
        try:
            call, end = _call(text, match.end())
            found.append((match.start(), CallCase(_bind(call, signature), _stated_value(text, end, doctest))))
        except _NoLiteral:
            continue
    for pattern in (_SHOULD_BE, _INPUT):
        for match in pattern.finditer(text):
            try:
                arguments = _bind(_written_arguments(match.group(1)), signature)
                found.append((match.start(), CallCase(arguments, _value(text, match.end()))))
            except _NoLiteral:
                continue
    return [case for _, case in sorted(found, key=lambda item: item[0])]


def _distinct(examples: Iterable[CallCase]) -> tuple[CallCase, ...]:
    by_arguments: dict[str, list[CallCase]] = {}
    for case in examples:
        by_arguments.setdefault(repr(case.arguments), []).append(case)
    return tuple(cases[0] for cases in by_arguments.values() if len({repr(case.expected) for case in cases}) == 1)


def _call(text: str, start: int) -> tuple[ast.Call, int]:
    """Parse the call that begins at `start`; return it and where it ends."""
    end = start
    while (end := text.find(")", end) + 1) > 0 and end - start < 2000:
        try:
            tree = ast.parse(text[start:end].strip(), mode="eval").body
        except (SyntaxError, ValueError):
            continue
        if isinstance(tree, ast.Call):
            return tree, end
        break
    raise _NoLiteral


def _written_arguments(text: str) -> ast.Call:
    """Parse `a = 1, b = 2`, a bare value, or lines of `a : 1` as the arguments of a call."""
    lines = [_NAMED_LINE.sub(r"\1 = ", line.strip()) for line in text.strip().splitlines() if line.strip()]
    source = f"f({', '.join(lines)})"
    call, end = _call(source, 0)
    if end != len(source):
        raise _NoLiteral
    return call


def _bind(call: ast.Call, signature: Signature) -> tuple[Value, ...]:
    named = {keyword.arg: _literal(keyword.value) for keyword in call.keywords}
    values: list[Value] = [_literal(node) for node in call.args]
    if named and set(named) == set(signature.parameters[len(values) :]):
        values.extend(named[name] for name in signature.parameters[len(values) :])
    else:
        # A docstring may call its parameters by other names than the header does; their order is kept.
        values.extend(named.values())
    if not signature.required <= len(values) <= len(signature.parameters):
        raise _NoLiteral
    return tuple(values)


def _literal(node: ast.expr) -> Value:
    try:
        value: Value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError) as error:
        raise _NoLiteral from error
    return value


def _stated_value(text: str, end: int, doctest: bool) -> Value:
    """Return the value that is stated after a call which ends at `end`."""
    if says := _SAYS.match(text, end):
        return _value(text, says.end())
    rest, _, below = text[end:].partition("\n")
    rest = rest.strip()
    if not doctest:
        raise _NoLiteral
    if rest and not rest.startswith("#"):
        return _value(text, end)
    following = below.split("\n", 1)[0]
    if not following.strip() or _DOCTEST.match(following):
        # A session that prints nothing shows None.
        return None
    return _value(below, 0)


def _value(text: str, start: int) -> Value:
    """Return the literal at `start`; it may go on over several lines."""
    lines = text[start:].lstrip(" \t").split("\n")[:_VALUE_LINES]
    if sum_ := _SUM.match(lines[0]):
        lines[0] = lines[0][sum_.end() :]
    for count in range(1, len(lines) + 1):
        try:
            return _leading_literal("\n".join(lines[:count]).strip())
        except _NoLiteral:
            if not lines[count - 1].strip():
                break
    raise _NoLiteral


def _leading_literal(text: str) -> Value:
    for end in _ends(text):
        word = text[:end].strip()
        if word.endswith("."):
            # A full stop, not the float `16.`.
            continue
        if word in _WORDS:
            return _WORDS[word]
        try:
            tree = ast.parse(word, mode="eval").body
        except (SyntaxError, ValueError):
            continue
        # `("a")` may stand for a text or, wrongly written, for a tuple of one.
        if word.startswith("(") and not isinstance(tree, ast.Tuple):
            raise _NoLiteral
        return _literal(tree)
    raise _NoLiteral


def _ends(text: str) -> Sequence[int]:
    return [end for end in range(len(text), 0, -1) if _TAIL.match(text, end)]
