"""Plain data as tagged JSON trees: how values cross between the grader and the programs it judges.

Encoding never runs a method that the judged program wrote: an instance of a subclass is sent as the value of its exact
base type, and whatever is not plain data becomes opaque, which equals nothing. Decoding never builds anything but plain
data. Lists are JSON arrays and every other container is an object with a single key, its tag, so no value can be
mistaken for another.
"""

from __future__ import annotations

import sys
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from .many import numbers_in, numbers_of

DEPTH = 200
"""Containers nested deeper than this are opaque."""

_LARGE = 1 << 63
_NUMBER_LENGTH = 4096
_CROWD = 64
_SCALARS = frozenset({str, int, float, bool, type(None)})
_NUMBERS = frozenset({int, float})
_ARRAY_KINDS = "biufc"
_MANY = 64
PACKED_BYTES = 11
"""What a number among many counts for."""


class TooLarge(Exception):
    """The value needs more bytes than it may have."""


class NotPlain(Exception):
    """The value is not plain data, and has to be."""


class Malformed(Exception):
    """Bytes or a tree that no encoder wrote."""


class Opaque:
    """Stands for a value that is not plain data. Equal to nothing, and neither true nor false."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True

    def __bool__(self) -> bool:
        raise TypeError("the program returned something that is not plain data")


def encode(value: object, budget: int, *, strict: bool = False) -> object:
    """Return `value` as a JSON tree of about `budget` bytes at most. Raises TooLarge; if `strict`, NotPlain."""
    if type(value) in (bool, float) or (type(value) is int and -_LARGE < value < _LARGE):
        return value
    return _Encoder(budget, strict).node(value, 0)


class _Encoder:
    def __init__(self, budget: int, strict: bool) -> None:
        self.left = budget
        self.strict = strict

    def opaque(self) -> object:
        if self.strict:
            raise NotPlain
        return {"o": 0}

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise TooLarge

    def node(self, value: object, depth: int) -> object:
        self.spend(2)
        # `type(value) is` and unbound methods of the base types: the program may have overridden the rest.
        kind = type(value)
        if kind in _SCALARS:
            return self.scalar(value)
        if kind is list and depth < DEPTH:
            return self.items(value, depth)  # type: ignore[arg-type]
        return self.other(value, depth)

    def scalar(self, value: object) -> object:
        if isinstance(value, str):
            self.spend(len(value))
        elif isinstance(value, int) and not -_LARGE < value < _LARGE:
            self.spend(value.bit_length() // 4)
            return {"i": hex(value)}
        return value

    def items(self, values: Sequence[object], depth: int) -> object:
        """Encode the items of a list or tuple; those that JSON holds as they are, at the speed of C."""
        kinds = set(map(type, values))
        if not kinds <= _SCALARS:
            return [self.node(value, depth + 1) for value in values]
        if len(values) >= _MANY and kinds <= _NUMBERS and (packed := _packed(values)):
            self.spend(PACKED_BYTES * len(values))
            return packed
        self.spend(2 * len(values))
        if str in kinds:
            self.spend(sum(len(value) for value in values if type(value) is str))
        if int in kinds:
            numbers: Sequence[int] = values if kinds == {int} else [v for v in values if type(v) is int]  # type: ignore[assignment]
            if min(numbers) <= -_LARGE or max(numbers) >= _LARGE:
                return [self.scalar(value) for value in values]
        return list(values)

    def other(self, value: object, depth: int) -> object:
        bases = type.mro(type(value))
        if str in bases:
            return self.scalar(str.__str__(value))
        if int in bases:
            return self.scalar(int.__int__(value))  # type: ignore[arg-type]
        if float in bases:
            return self.scalar(float.__float__(value))  # type: ignore[arg-type]
        if bytes in bases or bytearray in bases:
            raw = bytes(memoryview(value))  # type: ignore[arg-type]
            self.spend(2 * len(raw))
            return {"b": raw.hex()}
        if complex in bases:
            parts = complex.__complex__(value)  # type: ignore[arg-type]
            return {"c": [parts.real, parts.imag]}
        if depth < DEPTH:
            if list in bases:
                return self.items([*list.__iter__(value)], depth)  # type: ignore[arg-type]
            if tuple in bases:
                return {"t": self.items([*tuple.__iter__(value)], depth)}  # type: ignore[arg-type]
            if dict in bases:
                pairs: Iterable[tuple[object, object]] = dict.items(value)  # type: ignore[arg-type]
                return {"d": self.items([part for pair in pairs for part in pair], depth)}
            if set in bases:
                return {"s": self.items([*set.__iter__(value)], depth)}  # type: ignore[arg-type]
            if frozenset in bases:
                return {"f": self.items([*frozenset.__iter__(value)], depth)}  # type: ignore[arg-type]
        return self.number(value, depth)

    def number(self, value: object, depth: int) -> object:
        kind = type(value)
        if isinstance(value, range) and kind is range:
            return {"r": [self.scalar(part) for part in (value.start, value.stop, value.step)]}
        if isinstance(value, Decimal) and kind is Decimal:
            text = str(value)
            return {"n": text} if len(text) < _NUMBER_LENGTH and _moderate(value) else self.opaque()
        if isinstance(value, Fraction) and kind is Fraction:
            parts = hex(value.numerator), hex(value.denominator)
            return {"q": list(parts)} if max(map(len, parts)) < _NUMBER_LENGTH else self.opaque()
        numpy = sys.modules.get("numpy")
        generic = getattr(numpy, "generic", None)
        if isinstance(generic, type) and generic in type.mro(kind):
            plain = generic.item(value)  # type: ignore[attr-defined]
            if type(plain) in _SCALARS or type(plain) is complex:
                return self.node(plain, DEPTH)
        array = getattr(numpy, "ndarray", None)
        if isinstance(array, type) and kind is array and depth < DEPTH:
            if value.ndim == 0 and value.dtype.kind in _ARRAY_KINDS + "UO":  # type: ignore[attr-defined]
                # numpy's own comparisons treat it as what it holds.
                return self.node(array.item(value), depth + 1)  # type: ignore[attr-defined]
            if value.ndim and value.dtype.kind in _ARRAY_KINDS:  # type: ignore[attr-defined]
                self.spend(value.nbytes)  # type: ignore[attr-defined]
                flat = array.tolist(array.ravel(value))  # type: ignore[attr-defined]
                return {"a": [value.dtype.str, list(value.shape), self.items(flat, depth)]}  # type: ignore[attr-defined]
        return self.opaque()


def _packed(values: Sequence[Any]) -> object:
    """Return many numbers as one text; None if they do not fit into eight bytes each."""
    found = numbers_of(values)
    if found is None:
        return None
    numbers, whole = found
    text = b2a_base64(numbers, newline=False).decode("ascii")
    return {"Q": text} if numbers.typecode == "q" else {"D": [text, whole]}


def _unpacked(kind: str, text: Any, whole: Any) -> list[object]:
    return numbers_in(kind, a2b_base64(text, strict_mode=True), whole)


def decode(tree: object) -> object:
    """Return the plain data that `tree` stands for. Raises Malformed, and nothing else, for a bad tree."""
    try:
        return _node(tree, 0)
    except (ValueError, TypeError, LookupError, RecursionError, ArithmeticError) as error:
        raise Malformed(type(error).__name__) from None


def untag(tagged: dict[str, object]) -> object:
    """Return the value of one tagged object whose parts are plain data already.

    Raises Malformed, TypeError, ValueError, LookupError or ArithmeticError if it is not one.
    """
    if len(tagged) != 1:
        raise Malformed("not a tagged value")
    ((tag, body),) = tagged.items()
    if isinstance(body, list):
        return _container(tag, body)
    if isinstance(body, str):
        return _text(tag, body)
    if tag == "o":
        return Opaque()
    raise Malformed("unknown tag")


def _node(tree: object, depth: int) -> object:
    if depth > 2 * DEPTH + 2:
        raise Malformed("too deep")
    if isinstance(tree, list):
        return [_node(item, depth + 1) for item in tree]
    if isinstance(tree, dict):
        return untag({tag: _node(body, depth + 1) for tag, body in tree.items()})
    return tree


def _container(tag: object, items: list[object]) -> object:
    if tag == "t":
        return tuple(items)
    if tag == "d":
        keys = items[0::2]
        _refuse_crowds(keys)
        return dict(zip(keys, items[1::2], strict=True))
    if tag in ("s", "f"):
        _refuse_crowds(items)
        return set(items) if tag == "s" else frozenset(items)
    if tag == "c":
        real, imaginary = (part for part in items if isinstance(part, float))
        return complex(real, imaginary)
    if tag == "r":
        start, stop, step = (part for part in items if isinstance(part, int))
        return range(start, stop, step)
    if tag == "D":
        return _unpacked("d", *items)
    if tag == "a":
        return _array(*items)
    if tag == "q":
        over, under = (part for part in items if isinstance(part, str) and len(part) < _NUMBER_LENGTH)
        return Fraction(int(over, 16), int(under, 16))
    raise Malformed("unknown tag")


def _text(tag: object, body: str) -> object:
    if tag == "Q":
        return _unpacked("q", body, ())
    if tag == "i":
        return int(body, 16)
    if tag == "b":
        return bytes.fromhex(body)
    if tag == "n" and len(body) < _NUMBER_LENGTH:
        try:
            number = Decimal(body)
        except InvalidOperation:
            raise Malformed("not a number") from None
        if _moderate(number):
            return number
    raise Malformed("unknown tag")


def _moderate(number: Decimal) -> bool:
    # 1E+999999999 takes a line to write and all memory to compare with a fraction.
    return not number.is_snan() and (not number.is_finite() or abs(number.adjusted()) < _NUMBER_LENGTH)


def _array(dtype: object, shape: object, flat: object) -> object:
    # Loaded where a test or a program uses it; where nothing does, an array is equal to nothing anyway.
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(dtype, str) or dtype[1:2] not in _ARRAY_KINDS:
        return Opaque()
    return numpy.array(flat, dtype=dtype).reshape(shape)


def _refuse_crowds(keys: list[object]) -> None:
    # Thousands of keys with one hash make building a set quadratic, in the grader, outside of any time limit.
    if len(keys) <= _CROWD:
        return
    hashes = sorted(map(hash, keys))
    if any(first == later for first, later in zip(hashes, hashes[_CROWD:], strict=False)):
        raise Malformed("keys with equal hashes")
