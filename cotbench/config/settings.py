"""The settings of a run as a user gives them: every one optional, each checked, unknown names refused."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError

from cotbench.core.errors import ConfigurationError, near_matches
from cotbench.core.spec import ALL, OptionValue
from cotbench.core.window import DAY, is_date

MOST = 1_000_000_000
"""No count is larger; what is meant by more is `all`."""

Amount = Annotated[int, Field(ge=1, le=MOST)] | Literal["all"]
Count = Annotated[int, Field(ge=1, le=MOST)]
MOST_TOKENS = 1_000_000_000_000
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]

_SECRET_IN_ADDRESS = re.compile(
    # A password may hold a slash; a port is no password.
    r"^(?:[a-z][a-z0-9+.-]*:)?/*[^/?#]*@|^(?:[a-z][a-z0-9+.-]*:)?//[^/?#@:]*:(?!\d+/)[^@]*@"
    r"|[?&#;][^=]*(?:key|token|secret|sig|signature|passw\w*|auth\w*|code)=",
    re.I,
)
_SHOWN = 40

_EXPECTED = {
    "bool_type": "true or false",
    "dict_type": "a mapping (name: value)",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "a mapping (name: value)",
    "string_type": "a text",
    "too_short": "at least one name",
}
"""What a value should have been, by the kind of pydantic's complaint."""


def _day(said: object) -> object:
    # YAML reads an unquoted 2024-05-31 as a date.
    if isinstance(said, datetime.date) and not isinstance(said, datetime.datetime):
        return said.isoformat()
    if said is not None and not (isinstance(said, str) and len(said) == DAY and is_date(said)):
        raise ValueError("a date like 2024-05-31 was expected")
    return said


def _listed(said: object) -> object:
    if not isinstance(said, str):
        return said
    return [word.strip() for word in said.split(",") if word.strip()]


Day = Annotated[str, BeforeValidator(_day)]
Listed = Annotated[list[str], BeforeValidator(_listed), Field(min_length=1)]
"""A list of words, also written as `a,b`."""


class PriceSetting(BaseModel):
    """The price of a model, in US dollars per million tokens."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    input: Dollars
    output: Dollars
    cached: Dollars | None = None


class Settings(BaseModel):
    """Everything that flags, `--config` files and spec.yaml can say; None means "not said"."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, protected_namespaces=())

    strategy: str | None = None
    preset: str | None = None
    options: dict[str, OptionValue] = Field(default_factory=dict)
    model: str | None = None
    idea_model: str | None = None
    benchmark: str | None = None
    limit: Amount | None = None
    attempts: Amount | None = None
    units: Count | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    temperature: Annotated[float, Field(ge=0, le=5)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    reply_tokens: Count | None = None
    concurrency: Count | None = None
    timeout: Annotated[float, Field(gt=0)] | None = None
    api_base: str | None = None
    api_key_env: str | None = None
    rpm: Count | None = None
    tpm: Count | None = None
    extra: dict[str, JsonValue] = Field(default_factory=dict)
    prompt_cache: bool | None = None
    from_date: Day | None = None
    to_date: Day | None = None
    difficulty: Listed | None = None
    platform: Listed | None = None
    ids: Listed | None = None
    problems: str | None = None
    max_usd: Positive | None = None
    max_tokens: Annotated[int, Field(ge=1, le=MOST_TOKENS)] | None = None
    max_calls: Count | None = None
    max_minutes: Positive | None = None
    max_usd_per_problem: Positive | None = None
    max_tokens_per_problem: Annotated[int, Field(ge=1, le=MOST_TOKENS)] | None = None
    max_calls_per_problem: Count | None = None
    max_minutes_per_problem: Positive | None = None
    prices: dict[str, PriceSetting] = Field(default_factory=dict)

    def over(self, base: Settings) -> Settings:
        """Return `base` with everything that is said here put over it; options and extra parameters one by one."""
        said = {name: getattr(self, name) for name in self.model_fields_set if getattr(self, name) is not None}
        merged = {name: getattr(base, name) for name in base.model_fields_set}
        if base.strategy is not None and self.strategy not in (None, base.strategy):
            # Options belong to a strategy; another strategy starts from its own defaults.
            merged.pop("options", None)
            merged.pop("preset", None)
        if self.preset is not None:
            # Options go over a preset, so the base's own ones would undo the preset that is asked for here.
            merged.pop("options", None)
        for one, other in (("ids", "problems"), ("problems", "ids")):
            if one in said:
                # Two ways to say the same: the list that is given here is the one that counts.
                merged.pop(other, None)
        options = {**merged.get("options", {}), **self.options}
        extra = {**merged.get("extra", {}), **self.extra}
        return Settings(**{**merged, **said, "options": options, "extra": extra})


def read_settings(
    given: Mapping[str, object], *, where: str, lines: Mapping[str, int] | None = None, more: Iterable[str] = ()
) -> Settings:
    """Check settings. Raises ConfigurationError naming the setting and, for a file, its line.

    `more` are the names that may stand beside the settings there.
    """
    try:
        settings = Settings.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        place = _place(name, where, lines)
        if name == "prices":
            # A mapping of mappings: say which of its entries.
            entry = " ".join(str(part) for part in first["loc"])
            raise ConfigurationError(
                f"{place}: {entry}: {_plain(first['type'], first['msg'])}",
                hint="prices: {MODEL: {input: USD, output: USD, cached: USD}}, per million tokens",
            ) from None
        if name == "options" and len(first["loc"]) > 1:
            option = first["loc"][1]
            expected = "true, false, a number or a text was expected"
            raise ConfigurationError(f"{place}: options: {option}: {expected}") from None
        if first["type"] == "extra_forbidden":
            hint = near_matches(name, [*Settings.model_fields, *more])
            raise ConfigurationError(f"{place}: unknown setting {name!r}", hint=hint) from None
        raise ConfigurationError(f"{place}: {_reason(name, given.get(name), first['type'], first['msg'])}") from None
    if settings.api_base is not None and _SECRET_IN_ADDRESS.search(settings.api_base.strip()):
        # The value is not repeated: it holds the secret, and run directories and screens are shared.
        raise ConfigurationError(
            f"{_place('api_base', where, lines)}: api_base must not hold a user name or password, nor a key",
            hint="put the key into an environment variable and name that with --api-key-env",
        )
    return settings


def parse_sets(pairs: Iterable[str]) -> dict[str, OptionValue]:
    """Read `--set key=value` flags; values stay texts, the strategy's options say what they are.

    Raises ConfigurationError for a pair without `=`.
    """
    options: dict[str, OptionValue] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise ConfigurationError(
                f"--set {pair}: not of the form key=value", hint="for example --set observations=6"
            )
        options[name.strip()] = value.strip()
    return options


def parse_extra(pairs: Iterable[str]) -> dict[str, object]:
    """Read `--set-model key=value` flags: a value that is JSON is what it says, anything else is a text.

    Raises ConfigurationError for a pair without `=`.
    """
    extra: dict[str, object] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            # The pair is not repeated: it may be a key.
            raise ConfigurationError(
                "--set-model: a pair is not of the form key=value", hint="for example --set-model reasoning_effort=low"
            )
        try:
            extra[name.strip()] = json.loads(value, parse_constant=str)
        except (ValueError, RecursionError):
            extra[name.strip()] = value.strip()
    return extra


def _plain(kind: str, message: str) -> str:
    """Return what is wrong in words for who wrote the value, not for who wrote its type."""
    if kind in _EXPECTED:
        return f"{_EXPECTED[kind]} was expected"
    message = message.removeprefix("Value error, ").replace("Input should be", "must be", 1)
    return message[:1].lower() + message[1:] if message else "not valid"


def _place(name: str, where: str, lines: Mapping[str, int] | None) -> str:
    line = (lines or {}).get(name)
    return f"{where}, line {line}" if line else where


def _reason(name: str, value: object, kind: str, message: str) -> str:
    try:
        shown = repr(value)
    except ValueError:
        # Python refuses to write whole numbers of thousands of digits.
        shown = "a number that large"
    shown = shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
    if name in ("limit", "attempts"):
        bound = f"at most {MOST:,}" if kind == "less_than_equal" else "at least 1"
        return f"{name} must be a whole number of {bound}, or {ALL}, not {shown}"
    plain = _plain(kind, message)
    if name in ("api_base", "extra"):
        # Whatever it is, it may hold a secret.
        return f"{name}: {plain}"
    return f"{name} = {shown}: {plain}"
