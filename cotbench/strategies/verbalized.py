"""Asking for ideas together with the probabilities that the model gives them, reading both, and drawing by them.

Verbalized sampling (Zhang et al. 2025, arXiv 2510.01171): a model that always says the same thing still knows what else
could be said, and how rarely it would say it.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cotbench.core.message import Message, Schema
from cotbench.core.protocols import Context
from cotbench.strategies.listing import TRIES, parse_list, unfence

_NAME = "ideas"
_KEY = re.compile(r"prob|likel|chance|weight|confid", re.I)
_SAID = re.compile(
    r"[\s,;:(\[—–-]*\b(?:(?:probability|prob\.?|likelihood)\s*[:=]?|p\s*=)\s*(?P<value>\d*\.?\d+)\s*(?P<percent>%)?[\s).\]]*",
    re.I,
)
_NUMBER = re.compile(r"\s*(?P<value>\d*\.?\d+)\s*(?P<percent>%)?\s*")
_LEAST = 1e-9
"""A probability of 0 does not forbid what was listed all the same."""


@dataclass(frozen=True, slots=True)
class Weighted:
    """One idea, and the probability that was stated for it: from 0 to 1, None where none can be read."""

    text: str
    probability: float | None


async def ask_weighted(
    ctx: Context, messages: Sequence[Message], *, most: int
) -> tuple[list[Weighted], tuple[str, ...]]:
    """Ask for `most` ideas with their probabilities, again while none can be read, `listing.TRIES` times.

    Return them with the keys of all calls that it took. Notes are those of `listing.ask_list`; an idea without a
    probability is noted, too.
    """
    calls: list[str] = []
    for draw in range(TRIES):
        (reply,) = await ctx.ask(messages, n=1, first=draw, by="idea", schema=_schema(most))
        calls.append(reply.call)
        found = parse_weighted(reply.text)[:most]
        if found:
            for idea in found:
                if idea.probability is None:
                    ctx.note("probability unparsable")
            return found, tuple(calls)
        ctx.note(f"{_NAME} refused" if reply.finish == "refusal" else f"{_NAME} unparsable")
    ctx.note(f"{_NAME} missing")
    return [], tuple(calls)


def parse_weighted(text: str) -> list[Weighted]:
    """Return the ideas and probabilities of a reply, each idea once.

    Read as JSON, or else as `listing.parse_list` reads lists, with what stands behind "probability" in each.
    """
    found = _from_json(unfence(text).strip()) or [_from_text(item) for item in parse_list(text, _NAME)]
    distinct: dict[str, Weighted] = {}
    for idea in found:
        if idea.text:
            distinct.setdefault(idea.text, idea)
    return list(distinct.values())


def drawn(ideas: Sequence[Weighted], rng: random.Random, ceiling: float = 1.0) -> list[int]:
    """Return the places of ideas in the order of a draw without replacement, in proportion to what was stated.

    Ideas above the `ceiling` are left out. Where no probability could be read, the mean of the others counts.
    """
    stated = [idea.probability for idea in ideas if idea.probability is not None]
    usual = sum(stated) / len(stated) if stated else 1.0
    keys: dict[int, float] = {}
    for place, idea in enumerate(ideas):
        weight = usual if idea.probability is None else idea.probability
        # The place of the earliest of exponential clocks with these rates (Efraimidis and Spirakis 2006).
        key = -math.log(1 - rng.random()) / max(weight, _LEAST)
        if idea.probability is None or idea.probability <= ceiling:
            keys[place] = key
    return sorted(keys, key=lambda place: keys[place])


def decimal(probability: float) -> str:
    """Return a probability as a decimal number: 0.25."""
    return f"{probability:.6f}".rstrip("0").rstrip(".")


def _schema(most: int) -> Schema:
    item = {
        "type": "object",
        "properties": {"idea": {"type": "string"}, "probability": {"type": "number", "minimum": 0, "maximum": 1}},
        "required": ["idea", "probability"],
        "additionalProperties": False,
    }
    schema = {
        "type": "object",
        "properties": {_NAME: {"type": "array", "items": item, "minItems": most, "maxItems": most}},
        "required": [_NAME],
        "additionalProperties": False,
    }
    return Schema(name=_NAME, text=json.dumps(schema, sort_keys=True))


def _from_json(body: str) -> list[Weighted]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return []
    if isinstance(value, Mapping):
        value = value.get(_NAME, next(iter(value.values()), None))
    return [_from_item(item) for item in value] if isinstance(value, list) else []


def _from_item(item: object) -> Weighted:
    if not isinstance(item, Mapping):
        return _from_text(item) if isinstance(item, str) else Weighted("", None)
    texts = [str(value) for key, value in item.items() if isinstance(value, str) and not _KEY.search(str(key))]
    stated = [_probability(value) for key, value in item.items() if _KEY.search(str(key))]
    return Weighted(_clean(" ".join(texts)), next(iter(stated), None))


def _from_text(text: str) -> Weighted:
    said = list(_SAID.finditer(text))
    if not said:
        return Weighted(_clean(text), None)
    last = said[-1]
    return Weighted(_clean(f"{text[: last.start()]} {text[last.end() :]}"), _read(last))


def _probability(value: object) -> float | None:
    match = _NUMBER.fullmatch(str(value))
    return None if match is None else _read(match)


def _read(match: re.Match[str]) -> float | None:
    """Return a number as a probability; above 1 it is taken for a percentage, above 100 for nothing."""
    value = float(match["value"])
    if match["percent"] or value > 1:
        value /= 100
    return value if value <= 1 else None


def _clean(text: str) -> str:
    return " ".join(text.encode("utf-8", "replace").decode().split())
