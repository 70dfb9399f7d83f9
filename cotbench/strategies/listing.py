"""Asking for a list of short texts (observations, ideas) and reading it, however the model wrote it down."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from cotbench.core.message import Message, Schema
from cotbench.core.protocols import Author, Context

TRIES = 3
"""How often an unreadable list is asked for (Wang et al. 2024, reference code: three parse attempts)."""

_ITEM = re.compile(r"^\s*(?:\d+\s*[.):]|[-*•])\s+(.*\S)\s*$")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class TextList:
    """Texts that a model listed, and the keys of all calls it took, unreadable replies included."""

    items: tuple[str, ...]
    calls: tuple[str, ...]


def list_schema(name: str, most: int, *, exact: bool = False) -> Schema:
    """Return the JSON schema of an object with one array of 1 … `most` texts (`exact`: just so many) under `name`."""
    least = most if exact else 1
    schema = {
        "type": "object",
        "properties": {name: {"type": "array", "items": {"type": "string"}, "minItems": least, "maxItems": most}},
        "required": [name],
        "additionalProperties": False,
    }
    return Schema(name=name, text=json.dumps(schema, sort_keys=True))


async def ask_list(
    ctx: Context, messages: Sequence[Message], *, name: str, most: int, exact: bool = False, by: Author = "idea"
) -> TextList:
    """Ask for up to `most` texts (`exact`: for just so many); ask again while the reply holds none, `TRIES` times.

    Unreadable replies are noted as `<name> unparsable` or `<name> refused`, and giving up as `<name> missing`.
    """
    calls: list[str] = []
    for draw in range(TRIES):
        (reply,) = await ctx.ask(messages, n=1, first=draw, by=by, schema=list_schema(name, most, exact=exact))
        calls.append(reply.call)
        items = parse_list(reply.text, name)[:most]
        if items:
            return TextList(tuple(items), tuple(calls))
        ctx.note(f"{name} refused" if reply.finish == "refusal" else f"{name} unparsable")
    ctx.note(f"{name} missing")
    return TextList((), tuple(calls))


def parse_list(text: str, name: str) -> list[str]:
    """Return the texts listed in a reply, without repetitions, or an empty list if it holds no list.

    Read in this order: JSON (an object with `name`, or an array), a Python list literal, JSON that was cut off,
    numbered or bulleted lines.
    """
    body = unfence(text).strip()
    for reading in (_from_json, _from_literal, _from_cut_json):
        items = reading(body, name)
        if items:
            return _distinct(items)
    return _distinct([match.group(1) for match in map(_ITEM.match, body.splitlines()) if match])


def _from_json(body: str, name: str) -> list[str]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return []
    if isinstance(value, dict):
        value = value.get(name, next(iter(value.values()), None))
    return _texts(value)


def _from_literal(body: str, name: str) -> list[str]:
    start, end = body.find("["), body.rfind("]")
    if start < 0 or end < start:
        return []
    try:
        with warnings.catch_warnings():
            # Newer Pythons print a warning for "\\d" and the like, which is the model's doing, not the user's.
            warnings.simplefilter("ignore")
            return _texts(ast.literal_eval(body[start : end + 1]))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []


def _from_cut_json(body: str, name: str) -> list[str]:
    start = body.find("[")
    if start < 0 or not body.startswith(("{", "[")):
        return []
    found = _STRING.findall(body[start:])
    return [json.loads(f'"{item}"', strict=False) for item in found if _readable(item)]


def _readable(item: str) -> bool:
    try:
        json.loads(f'"{item}"', strict=False)
    except ValueError:
        return False
    return True


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        return []
    texts: list[str] = []
    for item in value:
        if isinstance(item, dict):
            # Models like to wrap each text in an object of its own: {"observation": "..."}.
            item = " ".join(part for part in item.values() if isinstance(part, str))
        if isinstance(item, str):
            texts.append(item)
    return texts


def _distinct(items: list[str]) -> list[str]:
    cleaned = (" ".join(_encodable(item).split()) for item in items)
    return list(dict.fromkeys(item for item in cleaned if item))


def _encodable(text: str) -> str:
    """Return the text without lone surrogates: half an emoji in a reply ("\\ud83d") cannot be stored or sent."""
    return text.encode("utf-8", "replace").decode()


def unfence(text: str) -> str:
    """Return what the first block of a reply holds; the whole reply if it has none."""
    match = re.search(r"```[\w]*\n(.*?)(?:```|\Z)", text, re.S)
    return match.group(1) if match else text
