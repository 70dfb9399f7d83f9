"""The file behind `scripted:FILE`: rules that give canned replies, read from YAML and checked.

delay: 0.1                     seconds before each reply (optional)
log: answered.txt              one line per reply; a relative path is seen from the file's folder (optional)
default: "I do not know."      the reply when no rule matches (optional)
rules:
  - match: "two numbers"       a regular expression, searched in the joined texts of the messages
    replies: ["a", "b"]        or `reply: a`
    by: prompt                 `prompt`: a prompt always gets the same reply; `draw`: its draws take turns
    finish: stop               or length, refusal, empty (optional)
    delay: 0.5                 seconds, in place of the file's (optional)
    fault: rate                raise this kind of error instead (optional) …
    times: 2                   … so many times, then reply; without it always
    retry_after: 0.2           seconds that the error asks to wait (optional)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar, get_args

import yaml

from cotbench.core.errors import ConfigurationError, FaultKind, near_matches
from cotbench.core.message import Finish

By = Literal["prompt", "draw"]

_FILE_KEYS = frozenset({"delay", "log", "default", "rules"})
_RULE_KEYS = frozenset({"match", "reply", "replies", "by", "finish", "delay", "fault", "times", "retry_after"})
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `times` None means that its fault never ends."""

    match: re.Pattern[str]
    replies: tuple[str, ...]
    by: By
    finish: Finish
    delay: float
    fault: FaultKind | None
    times: int | None
    retry_after: float | None


@dataclass(frozen=True, slots=True)
class Script:
    """All rules of a file, in order; the first that matches is used. `delay` is in seconds."""

    rules: tuple[Rule, ...]
    default: str | None
    delay: float
    log: Path | None


def read_script(path: Path) -> Script:
    """Read a file of rules. Raises ConfigurationError that names the file, and the line or the rule."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"cannot read the scripted replies {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 text") from error
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark is not None else ""
        problem = getattr(error, "problem", None) or "not valid YAML"
        raise ConfigurationError(f"{path}: {where}{problem}") from error
    if not isinstance(data, dict):
        raise ConfigurationError(f"{path}: expected a mapping with `rules` or `default`")
    _known(data, _FILE_KEYS, str(path))
    delay = _number(data, "delay", str(path)) or 0.0
    raw = data.get("rules", [])
    if not isinstance(raw, list):
        raise ConfigurationError(f"{path}: `rules` must be a list")
    rules = tuple(_rule(item, delay, f"{path}: rule {index}") for index, item in enumerate(raw, 1))
    default = data.get("default")
    if default is not None and not isinstance(default, str):
        raise ConfigurationError(f"{path}: `default` must be a text")
    if not rules and default is None:
        raise ConfigurationError(f"{path}: there is neither a rule nor a default")
    log = data.get("log")
    if log is not None and not isinstance(log, str):
        raise ConfigurationError(f"{path}: `log` must be a path")
    return Script(rules, default, delay, path.parent / Path(log).expanduser() if log else None)


def _rule(raw: object, delay: float, where: str) -> Rule:
    if not isinstance(raw, dict):
        raise ConfigurationError(f"{where}: expected a mapping")
    _known(raw, _RULE_KEYS, where)
    pattern = raw.get("match", "")
    if not isinstance(pattern, str):
        raise ConfigurationError(f"{where}: `match` must be a text; quote what YAML reads as something else")
    try:
        match = re.compile(pattern)
    except re.error as error:
        raise ConfigurationError(f"{where}: `match` is not a regular expression: {error}") from error
    replies = raw.get("replies", [raw["reply"]] if "reply" in raw else [])
    if not isinstance(replies, list) or not all(isinstance(reply, str) for reply in replies):
        raise ConfigurationError(f"{where}: replies must be texts; quote what YAML reads as something else")
    fault: FaultKind | None = None
    if raw.get("fault") is not None:
        fault = _one_of(raw["fault"], get_args(FaultKind), f"{where}: `fault`")
    times = raw.get("times")
    if times is not None and (not isinstance(times, int) or times < 0):
        raise ConfigurationError(f"{where}: `times` must be a whole number")
    if not replies and (fault is None or times is not None):
        raise ConfigurationError(f"{where}: `reply` or `replies` is missing")
    own = _number(raw, "delay", where)
    return Rule(
        match=match,
        replies=tuple(replies),
        by=_one_of(raw.get("by", "prompt"), get_args(By), f"{where}: `by`"),
        finish=_one_of(raw.get("finish", "stop"), get_args(Finish), f"{where}: `finish`"),
        delay=delay if own is None else own,
        fault=fault,
        times=times,
        retry_after=_number(raw, "retry_after", where),
    )


def _known(raw: Mapping[object, object], keys: frozenset[str], where: str) -> None:
    for key in raw:
        if key not in keys:
            raise ConfigurationError(f"{where}: unknown key {key}", hint=near_matches(str(key), keys))


def _one_of(value: object, allowed: tuple[_T, ...], where: str) -> _T:
    for item in allowed:
        if item == value:
            return item
    raise ConfigurationError(f"{where} cannot be {value}", hint=near_matches(str(value), map(str, allowed)))


def _number(raw: Mapping[str, object], key: str, where: str) -> float | None:
    value = raw.get(key)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise ConfigurationError(f"{where}: `{key}` must be a number of seconds")
    return float(value)
