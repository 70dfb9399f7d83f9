"""Configuration files: YAML with one mapping at the top, errors with the line they are on."""

from __future__ import annotations

from pathlib import Path

import yaml

from cotbench.config.settings import Settings, read_settings
from cotbench.core.errors import ConfigurationError


def load_file(path: Path) -> Settings:
    """Read a configuration file or a run's spec.yaml. Raises ConfigurationError with the line of the fault."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(f"configuration file {path} does not exist") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read configuration file {path}: {error}") from error
    try:
        raw = yaml.safe_load(text)
        lines = _lines(text)
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
    return read_settings({str(name): value for name, value in raw.items()}, where=str(path), lines=lines)


def _lines(text: str) -> dict[str, int]:
    """Return the line, from 1, on which each top-level setting stands."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        return {}
    return {str(key.value): key.start_mark.line + 1 for key, _ in root.value}
