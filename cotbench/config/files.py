"""Configuration files: YAML with one mapping at the top, errors with the line they are on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from cotbench.config.settings import Settings, read_settings
from cotbench.config.study import STUDY, StudySettings, read_study
from cotbench.core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """What a file says: settings and, where it describes several runs, how they differ. `name` is the file's stem."""

    settings: Settings = field(default_factory=Settings)
    study: StudySettings | None = None
    name: str = ""


def load_file(path: Path) -> ConfigFile:
    """Read a configuration file, a study or a run's spec.yaml.

    Raises ConfigurationError with the line of the fault.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(f"configuration file {path} does not exist") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read configuration file {path}: {error}") from error
    try:
        raw = yaml.safe_load(text)
        lines = _lines(yaml.compose(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path}{line}: not valid YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: not valid YAML: {error}") from None
    if raw is None:
        raw = {}
    if not isinstance(raw, dict):
        raise ConfigurationError(f"{path}, line 1: settings of the form `name: value` were expected")
    if raw.get("max_tokens") is not None and "reply_tokens" not in raw:
        # A file from before there were budgets; taken as a budget, its number would end the run at the first call.
        raise ConfigurationError(
            f"{path}, line {lines.get('max_tokens', 1)}: max_tokens is the budget of the whole run, and the length "
            "of a reply is not given",
            hint=f"write reply_tokens: {raw['max_tokens']} if that was meant; for a budget say reply_tokens, too",
        )
    given = {str(name): value for name, value in raw.items() if name != STUDY}
    settings = read_settings(given, where=str(path), lines=lines, more=(STUDY,))
    study = read_study(raw[STUDY], given, where=str(path), lines=lines) if STUDY in raw else None
    return ConfigFile(settings, study, path.stem)


def _lines(node: yaml.Node | None, above: str = "") -> dict[str, int]:
    """Return the line, from 1, on which each setting stands; those inside others as `study.strategies.0.preset`."""
    found: dict[str, int] = {}
    children: list[tuple[str, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        children = [(str(key.value), key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        children = [(str(place), item, item) for place, item in enumerate(node.value)]
    for name, start, value in children:
        found[above + name] = start.start_mark.line + 1
        found.update(_lines(value, f"{above}{name}."))
    return found
