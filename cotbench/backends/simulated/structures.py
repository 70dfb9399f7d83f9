"""Structured replies: a JSON schema filled field by field, by what its fields are called.

A field with `observ`, `hint`, `fact`, `insight`, `role`, `persona` or `perspective` in its name is an observation;
`statement`, `problem`, `rewrit`, `rephras` or `paraphras`, the problem in other words; `test`, `case` or `assert`, an
assertion; `code` or `program`, a program; `probab`, `weight`, `likel` or `confid`, the weight of the idea beside it;
`arg` or `input`, and `expect` or `output`, the two sides of a case. Any other text is an idea, any other number a
score. A list is drawn without replacement; a list of objects has one idea, observation or case for each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cotbench.backends.simulated.replies import STATEMENTS, Draw
from cotbench.core.message import Schema

Kind = Literal["idea", "observation", "statement", "case", "program"]

_USUAL = 5
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("observation", re.compile(r"observ|hint|fact|insight|role|persona|perspective", re.I)),
    ("statement", re.compile(r"statement|problem|rewrit|rephras|paraphras", re.I)),
    ("program", re.compile(r"code|program", re.I)),
    ("case", re.compile(r"test|case|assert|input|arg", re.I)),
)
_WEIGHT = re.compile(r"probab|weight|likel|confid", re.I)
_INPUT = re.compile(r"arg|input", re.I)
_OUTPUT = re.compile(r"expect|output|result", re.I)
_NAMED = re.compile(r'"(\w+)"\s*:\s*\[')
_NUMBER = re.compile(r"\b([1-9]\d?)\b")


@dataclass(frozen=True, slots=True)
class Item:
    """What one entry of a list is about: an idea, an input and its expected output, or a wording of the problem."""

    idea: int = 1
    case: tuple[int, int] = (0, 0)
    wording: int = 0


def structure(draw: Draw, schema: Schema | None) -> str:
    """Return JSON that follows a schema as far as the model has enough to say; without one, an object with one list.

    The list's name is then read from the instruction.
    """
    if draw.garbled():
        return "I am not sure about that."
    if schema is None:
        named = _NAMED.search(draw.asked.text)
        name = named.group(1) if named else "ideas"
        shape: object = {"type": "object", "properties": {name: {"type": "array", "items": {"type": "string"}}}}
    else:
        shape = json.loads(schema.text)
    return json.dumps(_filled(draw, shape, schema.name if schema else "", None))


def _filled(draw: Draw, shape: object, name: str, item: Item | None) -> object:
    if not isinstance(shape, Mapping):
        return None
    if isinstance(shape.get("enum"), Sequence):
        return _choice(draw, [str(value) for value in shape["enum"]])
    kind = shape.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), None)
    if kind == "object":
        fields = shape.get("properties", {})
        return {key: _filled(draw, value, str(key), item) for key, value in fields.items()}
    if kind == "array":
        return _list(draw, shape, name, item)
    if kind == "boolean":
        return draw.claim()
    if kind in ("integer", "number"):
        return _number(draw, shape, name, item, whole=kind == "integer")
    return _text(draw, name, item)


def _list(draw: Draw, shape: Mapping[object, object], name: str, item: Item | None) -> list[object]:
    if item is not None and _INPUT.search(name):
        return [item.case[0]]
    inner = shape.get("items", {})
    count = _count(draw, shape)
    fields = inner.get("properties", {}) if isinstance(inner, Mapping) else {}
    kind = _kind_of(" ".join((name, *map(str, fields))) if fields else name)
    if kind == "case":
        items = [Item(case=case) for case in draw.cases(count)]
    elif kind == "statement":
        items = [Item(wording=wording) for wording in draw.rng.sample(range(STATEMENTS), min(count, STATEMENTS))]
    elif kind == "observation":
        items = [Item(idea) for idea in draw.observed(count)]
    else:
        items = [Item(idea) for idea in draw.listed(count)]
    return [_filled(draw, inner, name, item) for item in items]


def _count(draw: Draw, shape: Mapping[object, object]) -> int:
    most = shape.get("maxItems", shape.get("minItems"))
    if isinstance(most, int):
        return most
    # The statement comes first in every prompt, so that the last number is the instruction's.
    said = _NUMBER.findall(draw.asked.text)
    return int(said[-1]) if said else _USUAL


def _number(draw: Draw, shape: Mapping[object, object], name: str, item: Item | None, *, whole: bool) -> float:
    if item is not None and _INPUT.search(name):
        return item.case[0]
    if item is not None and _OUTPUT.search(name):
        return item.case[1]
    least, most = shape.get("minimum", 0), shape.get("maximum", 1)
    low = float(least) if isinstance(least, int | float) else 0.0
    high = float(most) if isinstance(most, int | float) else 1.0
    share = draw.weight(item.idea) if item is not None and _WEIGHT.search(name) else draw.score()
    value = low + share * (high - low)
    return round(value) if whole else round(value, 4)


def _text(draw: Draw, name: str, item: Item | None) -> str:
    kind = _kind_of(name)
    if kind == "program":
        return draw.program()[0]
    if item is None:
        idea = draw.observed(1)[0] if kind == "observation" else draw.thought_of()
        item = Item(idea, draw.cases(1)[0], draw.rng.randrange(STATEMENTS))
    if kind == "observation":
        return draw.hint(item.idea)
    if kind == "statement":
        return draw.statement(item.wording)
    if _OUTPUT.search(name):
        return str(item.case[1])
    if _INPUT.search(name):
        return str(item.case[0])
    if kind == "case":
        return f"assert {draw.problem.entry}({item.case[0]}) == {item.case[1]}"
    return draw.thought(item.idea)


def _choice(draw: Draw, values: Sequence[str]) -> str:
    """Return one of the values: the first of two for a true claim or a better first, else one by chance."""
    if len(values) != 2:
        return draw.rng.choice(list(values))
    about_claim = values[0].lower() in ("yes", "true", "same", "correct", "accept")
    return values[0 if (draw.claim() if about_claim else draw.first_is_better()) else 1]


def _kind_of(name: str) -> Kind:
    return next((kind for kind, pattern in _KINDS if pattern.search(name)), "idea")
