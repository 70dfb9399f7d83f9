"""The settings of a run as a user gives them: every one optional, each checked, unknown names refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cotbench.core.errors import ConfigurationError, near_matches
from cotbench.core.spec import ALL, OptionValue

Amount = Annotated[int, Field(ge=1)] | Literal["all"]
Count = Annotated[int, Field(ge=1)]


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
    seed: int | None = None
    temperature: Annotated[float, Field(ge=0, le=5)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: Count | None = None
    concurrency: Count | None = None
    timeout: Annotated[float, Field(gt=0)] | None = None
    api_base: str | None = None
    api_key_env: str | None = None

    def over(self, base: Settings) -> Settings:
        """Return `base` with everything that is said here put over it; options are merged one by one."""
        said = {name: getattr(self, name) for name in self.model_fields_set if getattr(self, name) is not None}
        merged = {name: getattr(base, name) for name in base.model_fields_set}
        if self.strategy not in (None, base.strategy):
            # Options belong to a strategy; another strategy starts from its own defaults.
            merged.pop("options", None)
            merged.pop("preset", None)
        options = {**merged.get("options", {}), **self.options}
        return Settings(**{**merged, **said, "options": options})


def read_settings(given: Mapping[str, object], *, where: str, lines: Mapping[str, int] | None = None) -> Settings:
    """Check settings. Raises ConfigurationError naming the setting and, for a file, its line."""
    try:
        return Settings.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        line = (lines or {}).get(name)
        place = f"{where}, line {line}" if line else where
        if first["type"] == "extra_forbidden":
            hint = near_matches(name, Settings.model_fields)
            raise ConfigurationError(f"{place}: unknown setting {name!r}", hint=hint) from None
        raise ConfigurationError(f"{place}: {_reason(name, given.get(name), first['msg'])}") from None


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


def _reason(name: str, value: object, message: str) -> str:
    if name in ("limit", "attempts"):
        return f"{name} must be a whole number of at least 1, or {ALL}, not {value!r}"
    plain = message[0].lower() + message[1:] if message else "not valid"
    return f"{name} = {value!r}: {plain}"
