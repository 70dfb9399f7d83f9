"""Strategy options: frozen dataclasses whose fields are the options, checked against what the user gave."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar, Protocol, TypeVar, get_args, get_origin, get_type_hints

from cotbench.core.errors import ConfigurationError, near_matches
from cotbench.core.spec import OptionValue


class Options(Protocol):
    """What an options class is: a dataclass whose fields have defaults and, in metadata, `help`."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[object]]]


O = TypeVar("O", bound=Options)  # noqa: E741


def option(
    default: OptionValue, help: str, *, least: int | None = None, choices: tuple[OptionValue, ...] = ()
) -> object:
    """Declare one option with its default, its help line, and what values it allows."""
    return dataclasses.field(default=default, metadata={"help": help, "least": least, "choices": choices})


def read_options(kind: type[O], given: Mapping[str, object], *, strategy: str) -> O:
    """Build the options of a strategy from names and values (texts are converted to the option's type).

    Raises ConfigurationError for an unknown name or a value that does not fit.
    """
    fields = {field.name: field for field in dataclasses.fields(kind)}
    hints = get_type_hints(kind)
    values: dict[str, OptionValue] = {}
    for name, value in given.items():
        if name not in fields:
            raise ConfigurationError(
                f"strategy {strategy} has no option {name}", hint=near_matches(name, fields) or "it has no options"
            )
        values[name] = _convert(value, hints[name], f"{strategy} option {name}")
        _check(values[name], fields[name], f"{strategy} option {name}")
    return kind(**values)


def option_values(options: Options) -> dict[str, OptionValue]:
    """Return the options as plain data, every one of them."""
    return {field.name: getattr(options, field.name) for field in dataclasses.fields(options)}


def _convert(value: object, hint: object, what: str) -> OptionValue:
    kinds = get_args(hint) if get_origin(hint) is not None or get_args(hint) else (hint,)
    if type(None) in kinds and (value is None or value in ("none", "null")):
        return None
    if bool in kinds:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "yes", "on", "1", "false", "no", "off", "0"):
            return value.lower() in ("true", "yes", "on", "1")
        raise ConfigurationError(f"{what} must be true or false, not {value!r}")
    for kind, name in ((int, "a whole number"), (float, "a number")):
        if kind in kinds:
            try:
                # By way of its text, so that true and 2.5 are no whole numbers.
                return kind(str(value))
            except ValueError:
                raise ConfigurationError(f"{what} must be {name}, not {value!r}") from None
    if not isinstance(value, str):
        raise ConfigurationError(f"{what} must be a text, not {value!r}")
    return value


def _check(value: OptionValue, field: dataclasses.Field[object], what: str) -> None:
    least, choices = field.metadata.get("least"), field.metadata.get("choices")
    if least is not None and isinstance(value, int | float) and value < least:
        raise ConfigurationError(f"{what} must be at least {least}, not {value}")
    if choices and value not in choices:
        raise ConfigurationError(f"{what} must be one of {', '.join(map(str, choices))}, not {value!r}")
