"""What a call returned, as bytes: JSON of a tagged tree (`encoding`), but long texts and many numbers as they are.

A long result is written, sent and compared with the expected one at the speed of copying memory. The first byte tells
the form: S for text, Q for whole numbers, D for numbers some of which are whole, at the places in the JSON list that
comes first. No JSON begins with one of these letters. The same values of the same types always give the same bytes.
"""

from __future__ import annotations

import json

from . import wire
from .encoding import PACKED_BYTES, Malformed, TooLarge, encode
from .many import numbers_in, numbers_of

_LONG = 2048
_LARGE = 1 << 63


def written(value: object, budget: int) -> bytes:
    """Return `value` as bytes, about `budget` at most. Raises TooLarge."""
    if type(value) is int and -_LARGE < value < _LARGE:
        return b"%d" % value
    if type(value) is bool:
        return b"true" if value else b"false"
    if type(value) is str and len(value) >= _LONG:
        _refuse_above(budget, len(value))
        return b"S" + value.encode("utf-8", "surrogatepass")
    if type(value) is list and len(value) >= _LONG:
        found = numbers_of(value)
        if found is not None:
            _refuse_above(budget, PACKED_BYTES * len(value))
            numbers, whole = found
            head = b"Q" if numbers.typecode == "q" else b"D" + json.dumps(whole).encode()
            return b"".join((head, numbers))
    return wire.text(encode(value, budget))


def read(text: bytes) -> object:
    """Return the value that was written. Raises Malformed, and nothing else, for bad bytes."""
    form = text[:1]
    try:
        if form == b"S":
            return text[1:].decode("utf-8", "surrogatepass")
        if form == b"Q":
            return numbers_in("q", text[1:], ())
        if form == b"D":
            begin = text.index(b"]") + 1
            return numbers_in("d", text[begin:], json.loads(text[1:begin]))
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        raise Malformed(type(error).__name__) from None
    return wire.unpack(text)


def _refuse_above(budget: int, size: int) -> None:
    if size > budget:
        raise TooLarge
