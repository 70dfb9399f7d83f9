"""The settings of a run as a user gives them: every one optional, each checked, unknown names refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from cotbench.core.errors import ConfigurationError, near_matches
from cotbench.core.spec import ALL, OptionValue

MOST = 1_000_000_000
"""No count is larger; what is meant by more is `all`."""

Amount = Annotated[int, Field(ge=1, le=MOST)] | Literal["all"]
Count = Annotated[int, Field(ge=1, le=MOST)]

_SECRET_IN_ADDRESS = re.compile(
    # A password may hold a slash; a port is no password.
    r"^(?:[a-z][a-z0-9+.-]*:)?/*[^/?#]*@|^(?:[a-z][a-z0-9+.-]*:)?//[^/?#@:]*:(?!\d+/)[^@]*@"
    r"|[?&#;][^=]*(?:key|token|secret|sig|signature|passw\w*|auth\w*|code)=",
    re.I,
)
_SHOWN = 40


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
    max_tokens: Count | None = None
    concurrency: Count | None = None
    timeout: Annotated[float, Field(gt=0)] | None = None
    api_base: str | None = None
    api_key_env: str | None = None
    extra: dict[str, JsonValue] = Field(default_factory=dict)
    prompt_cache: bool | None = None

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
        options = {**merged.get("options", {}), **self.options}
        extra = {**merged.get("extra", {}), **self.extra}
        return Settings(**{**merged, **said, "options": options, "extra": extra})


def read_settings(given: Mapping[str, object], *, where: str, lines: Mapping[str, int] | None = None) -> Settings:
    """Check settings. Raises ConfigurationError naming the setting and, for a file, its line."""
    try:
        settings = Settings.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        place = _place(name, where, lines)
        if first["type"] == "extra_forbidden":
            hint = near_matches(name, Settings.model_fields)
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
    plain = message[0].lower() + message[1:] if message else "not valid"
    if name in ("api_base", "extra"):
        # Whatever it is, it may hold a secret.
        return f"{name}: {plain}"
    return f"{name} = {shown}: {plain}"
