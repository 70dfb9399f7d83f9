"""Small random changes of inputs, by type. Every function takes its random numbers from the generator it is given."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from cotbench.core.problem import Value

T = TypeVar("T")

_MOST_CHANGES = 3
_CROSSED = 0.25
_DIGITS = 6
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_FLOAT = re.compile(r"[+-]?[0-9]*\.[0-9]+")
_WORD = re.compile(r"\S+")


def mutated_arguments(
    arguments: tuple[Value, ...], others: Sequence[tuple[Value, ...]], rng: random.Random
) -> tuple[Value, ...]:
    """Return the arguments of a call with one to three changes; some are exchanged for those of another call."""
    changed = list(arguments)
    for _ in range(rng.randint(1, _MOST_CHANGES)):
        if not changed:
            break
        place = rng.randrange(len(changed))
        donor = rng.choice(others)
        if len(donor) == len(changed) > 1 and rng.random() < _CROSSED:
            changed[place] = donor[place]
        else:
            changed[place] = mutated(changed[place], rng)
    return tuple(changed)


def mutated(value: Value, rng: random.Random) -> Value:
    """Return a value of the same type with one small change; a value of another type as it is.

    Numbers keep their sign, or become 0. Parts of containers are changed by the same rules; new parts are like those
    that are there.
    """
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return _whole(value, rng)
    if isinstance(value, float):
        return _float(value, rng)
    if isinstance(value, str):
        return "".join(_sequence(list(value), rng, lambda mark: _mark(mark, value, rng)))
    if isinstance(value, (list, tuple)):
        items = _sequence(list(value), rng, lambda item: mutated(item, rng))
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, (set, frozenset)):
        items = _sequence(sorted(value, key=repr), rng, lambda item: mutated(item, rng))
        return type(value)(items)
    if isinstance(value, dict) and value:
        key = rng.choice(sorted(value, key=repr))
        if len(value) > 1 and rng.random() < _CROSSED:
            return {name: item for name, item in value.items() if name != key}
        return {**value, key: mutated(value[key], rng)}
    return value


def mutated_text(text: str, others: Sequence[str], rng: random.Random) -> str:
    """Return the text of a standard input with one to three of its words changed.

    A number that says how many words its next line has, or how many lines follow, stays. Numbers stay numbers, and
    other words are changed in their letters. Some words are taken from another input's word at the same place.
    """
    for _ in range(rng.randint(1, _MOST_CHANGES)):
        words = list(_WORD.finditer(text))
        counting = _counting(text)
        free = [number for number in range(len(words)) if number not in counting]
        if not free:
            return text
        number = rng.choice(free)
        donor = _WORD.findall(rng.choice(others))
        word = words[number].group()
        crossed = len(donor) == len(words) and rng.random() < _CROSSED
        new = donor[number] if crossed else _changed_word(word, rng)
        text = text[: words[number].start()] + new + text[words[number].end() :]
    return text


def _whole(value: int, rng: random.Random) -> int:
    sign = -1 if value < 0 else 1
    size = abs(value)
    choices = (size + 1, max(0, size - 1), size + rng.randint(2, 9), size // 2, 2 * size, 10 * size + rng.randint(0, 9))
    return sign * rng.choice(choices)


def _float(value: float, rng: random.Random) -> float:
    factor = rng.choice((0.1, 0.5, 0.9, 1.1, 2.0, 10.0))
    step = rng.choice((0.0, 0.0, 0.5, 1.0)) * (-1 if value < 0 else 1)
    try:
        return round(value * factor + step, _DIGITS)
    except (OverflowError, ValueError):
        return value


def _sequence(items: list[T], rng: random.Random, change: Callable[[T], T]) -> list[T]:
    """Return the items with one of them changed, lost, repeated, moved or swapped; an empty list stays empty."""
    if not items:
        return items
    place, other = rng.randrange(len(items)), rng.randrange(len(items))
    match rng.choice(("change", "change", "lose", "repeat", "swap", "reverse")):
        case "change":
            items[place] = change(items[place])
        case "lose":
            del items[place]
        case "repeat":
            items.insert(other, items[place])
        case "swap":
            items[place], items[other] = items[other], items[place]
        case _:
            items.reverse()
    return items


def _mark(mark: str, text: str, rng: random.Random) -> str:
    """Return another character: one of the text, the other case, or a neighbour of the same kind."""
    near = chr(ord(mark) + 1) if mark.isalnum() and chr(ord(mark) + 1).isalnum() else mark
    return rng.choice((rng.choice(text), mark.swapcase(), near))


def _changed_word(word: str, rng: random.Random) -> str:
    if _WHOLE.fullmatch(word):
        return str(_whole(int(word), rng))
    if _FLOAT.fullmatch(word):
        places = len(word) - word.index(".") - 1
        return f"{_float(float(word), rng):.{places}f}"
    new = mutated(word, rng)
    return new if isinstance(new, str) and new else word


def _counting(text: str) -> set[int]:
    """Return the numbers of the words that count what follows: the words of the next line, or the lines below."""
    lines = [line for line in text.split("\n") if line.strip()]
    sizes = [len(line.split()) for line in lines]
    found: set[int] = set()
    number = 0
    for place, line in enumerate(lines):
        below = len(lines) - place - 1
        counts = {str(below), str(sizes[place + 1])} if below else set()
        for word in line.split():
            if word in counts:
                found.add(number)
            number += 1
    return found
