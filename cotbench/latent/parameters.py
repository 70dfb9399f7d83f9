"""The parameters in the names `sim/latent?…` and `latent?…`: declared once, read, checked, and written back.

A name with parameters is a query: `sim/latent?seed=2&ideas=4`. In its canonical form the parameters stand in the
order of their declaration and those at their default are left out, so that equal models have equal names.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar, cast, get_args, get_type_hints

from cotbench.core.errors import ConfigurationError, near_matches

MODEL = "sim/latent"
BENCHMARK = "latent"
MOST_IDEAS = 12
MOST_FAULTS = 9
MOST_STYLES = 4
MOST_PROBLEMS = 10_000

Value = bool | int | float | None


class Parameters(Protocol):
    """A dataclass whose fields have defaults and, in metadata, `help` and bounds."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[object]]]


P = TypeVar("P", bound=Parameters)


def _parameter(default: Value, help: str, least: float | None = None, most: float | None = None) -> object:
    return dataclasses.field(default=default, metadata={"help": help, "least": least, "most": most})


def _whole(default: int, help: str, least: int, most: int) -> int:
    return cast(int, _parameter(default, help, least, most))


def _real(default: float, help: str, least: float = 0.0, most: float | None = None) -> float:
    return cast(float, _parameter(default, help, least, most))


@dataclass(frozen=True, slots=True)
class ModelParameters:
    """What a simulated model is like. docs/simulated.md explains each with the law that it enters."""

    seed: int = _whole(1, "another seed is another model of the same kind", 0, 2**31)
    ideas: int = _whole(6, "ideas that the model has for each problem", 1, MOST_IDEAS)
    alpha: float = _real(0.3, "evenness of the ideas' weights (Dirichlet concentration); small: one idea rules", 0.01)
    rate: float = _real(0.4, "mean success rate of a program", 0.0, 1.0)
    spread: float = _real(0.3, "how far problems differ: intraclass correlation of success over problems", 0.0, 1.0)
    polarity: float = _real(0.7, "how far the idea decides: intraclass correlation over a problem's ideas", 0.0, 1.0)
    taste: float = _real(2.0, "how far better ideas weigh more: weights times exp(taste × success rate)", 0.0, 50.0)
    flatten: float = _real(0.5, "exponent on the weights where an idea is asked for in words; 1: as in programs", 0.0)
    tilt: float = _real(8.0, "factor by which an observation raises the weight of the idea it points at", 1.0)
    insight: float = _real(0.0, "exponent on the weights where observations are listed; 0: all alike", 0.0)
    follow: float = _real(1.0, "chance that a program follows the idea it was asked to follow", 0.0, 1.0)
    switch: float = _real(0.5, "chance that a repair turns to another idea", 0.0, 1.0)
    accept: float = _real(0.3, "chance that the public cases accept a kind of wrong program", 0.0, 1.0)
    faults: int = _whole(2, "kinds of wrong programs for each idea, all different in behaviour", 1, MOST_FAULTS)
    styles: int = _whole(3, "texts in which the same program is written", 1, MOST_STYLES)
    judge: float = _real(0.9, "chance that a judgement, or the output that a test expects, is right", 0.0, 1.0)
    garble: float = _real(0.0, "chance that a program or a list is unreadable", 0.0, 1.0)
    price_in: float | None = cast("float | None", _parameter(None, "dollars per million prompt tokens", 0.0))
    price_out: float | None = cast("float | None", _parameter(None, "dollars per million completion tokens", 0.0))
    latency: float = _real(0.5, "seconds that a reply is said to take before its first token")
    speed: float = _real(100.0, "tokens per second that a reply is said to come at", 0.001)
    sleep: bool = cast(bool, _parameter(False, "whether replies really take that long"))


@dataclass(frozen=True, slots=True)
class BenchmarkParameters:
    """Which generated problems make a benchmark: those of another seed have nothing in common with these."""

    problems: int = _whole(164, "number of problems", 1, MOST_PROBLEMS)
    seed: int = _whole(1, "another seed gives other problems", 0, 2**31)


def model_parameters(name: str) -> ModelParameters:
    """Read a model's name. Raises ConfigurationError for an unknown parameter or a value that does not fit."""
    return _read(ModelParameters, name, MODEL)


def benchmark_parameters(name: str) -> BenchmarkParameters:
    """Read a benchmark's name. Raises ConfigurationError as `model_parameters` does."""
    return _read(BenchmarkParameters, name, BENCHMARK)


def model_name(parameters: ModelParameters) -> str:
    """Return the canonical name of a model."""
    return _name(MODEL, parameters)


def benchmark_name(parameters: BenchmarkParameters) -> str:
    """Return the canonical name of a benchmark."""
    return _name(BENCHMARK, parameters)


def parameter_help(kind: type[P]) -> dict[str, str]:
    """Return each parameter's name and what it means, with its default."""
    return {
        field.name: f"{field.metadata['help']} [{_written(cast(Value, field.default)) or 'none'}]"
        for field in dataclasses.fields(kind)
    }


def _read(kind: type[P], name: str, stem: str) -> P:
    given, _, query = name.partition("?")
    if given != stem:
        raise ConfigurationError(f"{given} is not {stem}", hint=f"the name is {stem}, or {stem}?NAME=VALUE&…")
    fields = {field.name: field for field in dataclasses.fields(kind)}
    hints = get_type_hints(kind)
    values: dict[str, Value] = {}
    # A comma needs no quotes in a shell, `&` does.
    for part in filter(None, query.replace(",", "&").split("&")):
        key, equals, text = part.partition("=")
        if key not in fields:
            raise ConfigurationError(f"{stem} has no parameter {key!r}", hint=near_matches(key, fields))
        if not equals or key in values:
            fault = "is given twice" if key in values else "has no value"
            raise ConfigurationError(f"{stem}: {key} {fault}", hint=f"write {key}=VALUE once")
        values[key] = _value(text.strip(), hints[key], fields[key], stem)
    return kind(**values)


def _value(text: str, hint: object, field: dataclasses.Field[object], stem: str) -> Value:
    kinds = get_args(hint) or (hint,)
    what = f"{stem}: {field.name} = {text}"
    if bool in kinds:
        if text.lower() not in ("true", "false"):
            raise ConfigurationError(f"{what}: must be true or false")
        return text.lower() == "true"
    if type(None) in kinds and text.lower() == "none":
        return None
    kind: type[int] | type[float] = float if float in kinds else int
    try:
        value = kind(text)
    except ValueError:
        raise ConfigurationError(f"{what}: must be {'a number' if kind is float else 'a whole number'}") from None
    least, most = field.metadata["least"], field.metadata["most"]
    if not math.isfinite(value) or (least is not None and value < least) or (most is not None and value > most):
        bounds = f"at least {least:g}" if most is None else f"between {least:g} and {most:g}"
        raise ConfigurationError(f"{what}: must be {bounds}")
    return value


def _name(stem: str, parameters: Parameters) -> str:
    said = [
        f"{field.name}={_written(getattr(parameters, field.name))}"
        for field in dataclasses.fields(parameters)
        if getattr(parameters, field.name) != field.default
    ]
    return f"{stem}?{'&'.join(said)}" if said else stem


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "none"
    return repr(value).removesuffix(".0")
