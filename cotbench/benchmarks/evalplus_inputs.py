"""MBPP+'s inputs as Python values: the release writes them in JSON, which has no tuples and no complex numbers.

Which arguments of which problem were what is a table of the package evalplus 0.3.1 (`evalplus/data/mbpp.py`,
`mbpp_deserialize_inputs`); it is no part of the data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from cotbench.core.problem import Value

_Arguments: TypeAlias = Sequence[Any]


def restore(number: int, inputs: Iterable[_Arguments]) -> tuple[tuple[Value, ...], ...]:
    """Return the inputs of MBPP problem `number` with their types. Raises ValueError if they have another form."""
    rule = _RULES.get(number, tuple)
    try:
        return tuple(tuple(rule(arguments)) for arguments in inputs)
    except (TypeError, ValueError, LookupError, AttributeError, OverflowError) as error:
        raise ValueError(f"an input is not of the form that problem {number} has") from error


def _tuples(value: Iterable[Any]) -> list[tuple[Any, ...]]:
    return [tuple(item) for item in value]


def _first(change: Callable[[Any], Any]) -> Callable[[_Arguments], list[Any]]:
    return lambda arguments: [change(arguments[0]), *arguments[1:]]


def _every(change: Callable[[Any], Any]) -> Callable[[_Arguments], list[Any]]:
    return lambda arguments: [change(argument) for argument in arguments]


def _second_a_tuple(arguments: _Arguments) -> list[Any]:
    return [arguments[0], tuple(arguments[1]), *arguments[2:]]


def _real_and_complex(arguments: _Arguments) -> list[Any]:
    real, other = arguments
    return [float(real), complex(other)]


def _sets(value: Iterable[Any]) -> list[Any]:
    # An empty list stands for an empty dict, which is what `{}` in the original tests is.
    return [set(item) if isinstance(item, list) and item else {} for item in value]


def _lists_inside_to_tuples(value: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(tuple(item) if isinstance(item, list) else item for item in value)


def _all_lists_to_tuples(value: Any) -> Any:
    return tuple(map(_all_lists_to_tuples, value)) if isinstance(value, list) else value


def _values_to_tuples(value: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(item) for key, item in value.items()}


_GROUPS: tuple[tuple[Callable[[_Arguments], Iterable[Any]], str], ...] = (
    (_every(tuple), "2 116 132 143 222 261 273 394 399 421 424 429 470 560 579 596 616 630 726 740 744 809"),
    (_every(_tuples), "63 64 70 94 120 237 272 299 400 409 417 438 473 614 780"),
    (_first(_tuples), "75 413 444 753"),
    (_second_a_tuple, "106 750"),
    (_first(_sets), "115"),
    (_real_and_complex, "124"),
    (_first(tuple), "250 307 405 446 617 720 763 808"),
    (_every(lambda value: tuple(_tuples(value))), "259 401 445"),
    (_every(_lists_inside_to_tuples), "278"),
    (_first(_values_to_tuples), "722"),
    (_first(complex), "252"),
    (_every(_all_lists_to_tuples), "580 615 791"),
)
_RULES = {int(number): rule for rule, numbers in _GROUPS for number in numbers.split()}
