"""The RunSpec: everything that says what a run is, complete and resolved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TypeVar

from cotbench.core.budget import RESOURCES, Caps, Price, Scope, setting_of
from cotbench.core.ids import canonical, extra_parameters
from cotbench.core.message import Sampling
from cotbench.core.window import EVERYTHING, Window, window_from_plain

OptionValue = bool | int | float | str | None
"""What a strategy option may hold."""


@dataclass(frozen=True, slots=True)
class RunSpec:
    """Strategy × model × benchmark × settings.

    `attempts` None means every program the strategy has; `limit` None means every problem.
    The fields of `IDENTITY` decide the results: a run with another value of one of them is another run.
    `attempts`, `units`, `limit` and `ids` (problems by name; empty: any) only say how much of it is wanted, so a run
    can be extended.
    The rest says how to carry it out.
    """

    strategy: str
    model: str
    benchmark: str
    attempts: int | None
    units: int
    limit: int | None
    seed: int
    sampling: Sampling
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    idea_model: str | None = None
    api_base: str | None = None
    api_key_env: str | None = None
    concurrency: int | None = None
    timeout: float | None = None
    rpm: int | None = None
    tpm: int | None = None
    prompt_cache: bool = True
    window: Window = EVERYTHING
    ids: tuple[str, ...] = ()
    caps: Caps = field(default_factory=Caps)
    problem_caps: Caps = field(default_factory=Caps)
    prices: Mapping[str, Price] = field(default_factory=dict)


GRADED = "graded"
"""The strategy of a run whose programs were made elsewhere: its model is `file:NAME`, and how it sampled is unknown."""

ALL = "all"
"""How "everything there is" is written for `attempts` and `limit` in files and flags."""

IDENTITY: tuple[str, ...] = (
    "strategy",
    "options",
    "model",
    "idea_model",
    "benchmark",
    "seed",
    "temperature",
    "top_p",
    "reply_tokens",
    "extra",
    "from_date",
    "to_date",
    "difficulty",
    "platform",
)


def to_plain(spec: RunSpec) -> dict[str, object]:
    """Return the spec as flat plain data: the form of spec.yaml and of configuration files."""
    sampling = None if spec.strategy == GRADED else spec.sampling
    return {
        "strategy": spec.strategy,
        "options": dict(spec.options),
        "model": spec.model,
        "idea_model": spec.idea_model,
        "benchmark": spec.benchmark,
        "limit": ALL if spec.limit is None else spec.limit,
        "attempts": ALL if spec.attempts is None else spec.attempts,
        "units": spec.units,
        "seed": spec.seed,
        "temperature": sampling and sampling.temperature,
        "top_p": sampling and sampling.top_p,
        "reply_tokens": sampling and sampling.max_tokens,
        "concurrency": spec.concurrency,
        "timeout": spec.timeout,
        "api_base": spec.api_base,
        "api_key_env": spec.api_key_env,
        "rpm": spec.rpm,
        "tpm": spec.tpm,
        "extra": extra_parameters(spec.sampling),
        "prompt_cache": spec.prompt_cache,
        **spec.window.to_plain(),
        "ids": list(spec.ids) or None,
        **_plain_caps(spec.caps, "run"),
        **_plain_caps(spec.problem_caps, "problem"),
        "prices": {model: asdict(price) for model, price in spec.prices.items()},
    }


def from_plain(plain: Mapping[str, object]) -> RunSpec:
    """Build a spec from complete plain data. Raises KeyError, TypeError or ValueError if it is not one.

    Data without `reply_tokens` are of the form that knew no budgets: there `max_tokens` is the length of a reply.
    """
    if "reply_tokens" not in plain:
        plain = {**plain, "reply_tokens": plain["max_tokens"], "max_tokens": None}
    options = plain["options"]
    if not isinstance(options, Mapping):
        raise TypeError("options: a mapping was expected")
    return RunSpec(
        strategy=_text(plain["strategy"]),
        options={str(name): _option(value) for name, value in options.items()},
        model=_text(plain["model"]),
        idea_model=_maybe(_text, plain.get("idea_model")),
        benchmark=_text(plain["benchmark"]),
        limit=_amount(plain["limit"]),
        attempts=_amount(plain["attempts"]),
        units=_whole(plain["units"]),
        seed=_whole(plain["seed"]),
        sampling=Sampling() if plain["strategy"] == GRADED else _sampling(plain),
        concurrency=_maybe(_whole, plain.get("concurrency")),
        timeout=_maybe(_number, plain.get("timeout")),
        api_base=_maybe(_text, plain.get("api_base")),
        api_key_env=_maybe(_text, plain.get("api_key_env")),
        rpm=_maybe(_whole, plain.get("rpm")),
        tpm=_maybe(_whole, plain.get("tpm")),
        prompt_cache=plain.get("prompt_cache", True) is True,
        window=window_from_plain(plain),
        ids=_texts(plain.get("ids")),
        caps=_caps(plain, "run"),
        problem_caps=_caps(plain, "problem"),
        prices=_prices(plain.get("prices") or {}),
    )


def identity(spec: RunSpec) -> dict[str, object]:
    """Return the settings that decide the results, by name, options and extra parameters one by one."""
    plain = to_plain(spec)
    named: dict[str, object] = {name: plain[name] for name in IDENTITY if name not in ("options", "extra")}
    named.update({f"option {name}": value for name, value in spec.options.items()})
    named.update({f"extra {name}": value for name, value in extra_parameters(spec.sampling).items()})
    return named


def differences(kept: RunSpec, wanted: RunSpec) -> list[str]:
    """Return one line per identity setting in which two specs differ, for example `seed: 0 → 1`."""
    old, new = identity(kept), identity(wanted)
    names = [*old, *(name for name in new if name not in old)]
    return [f"{name}: {old.get(name)} → {new.get(name)}" for name in names if old.get(name) != new.get(name)]


T = TypeVar("T")


def _sampling(plain: Mapping[str, object]) -> Sampling:
    return Sampling(
        temperature=_number(plain["temperature"]),
        top_p=_number(plain["top_p"]),
        max_tokens=_whole(plain["reply_tokens"]),
        extra=_extra(plain.get("extra")),
    )


def _extra(value: object) -> str:
    if value is not None and not isinstance(value, Mapping):
        raise TypeError("extra: a mapping was expected")
    return canonical(dict(value)) if value else ""


def _plain_caps(caps: Caps, scope: Scope) -> dict[str, object]:
    return {setting_of(resource, scope): caps.of(resource) for resource in RESOURCES}


def _caps(plain: Mapping[str, object], scope: Scope) -> Caps:
    return Caps(
        usd=_maybe(_number, plain.get(setting_of("usd", scope))),
        tokens=_maybe(_whole, plain.get(setting_of("tokens", scope))),
        calls=_maybe(_whole, plain.get(setting_of("calls", scope))),
        minutes=_maybe(_number, plain.get(setting_of("minutes", scope))),
    )


def _prices(plain: object) -> dict[str, Price]:
    if not isinstance(plain, Mapping):
        raise TypeError("prices: a mapping was expected")
    return {str(model): read_price(price) for model, price in plain.items()}


def read_price(plain: object) -> Price:
    """Build a price from plain data. Raises KeyError, TypeError or ValueError if it is not one."""
    if not isinstance(plain, Mapping):
        raise TypeError("a price is a mapping of input, output and cached")
    return Price(_number(plain["input"]), _number(plain["output"]), _maybe(_number, plain.get("cached")))


def _maybe(read: Callable[[object], T], value: object) -> T | None:
    return None if value is None else read(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, not {value!r}")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise TypeError(f"a list of texts was expected, not {value!r}")
    return tuple(map(_text, value))


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"a whole number was expected, not {value!r}")
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"a number was expected, not {value!r}")
    return float(value)


def _amount(value: object) -> int | None:
    return None if value == ALL else _whole(value)


def _option(value: object) -> OptionValue:
    if value is not None and not isinstance(value, bool | int | float | str):
        raise TypeError(f"an option holds one value, not {value!r}")
    return value
