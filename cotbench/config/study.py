"""Studies: a file that describes several runs as lists of strategies, models and benchmarks.

Every strategy is run with every model on every benchmark. An entry of a list is a name, or a mapping with the settings
that hold for its runs only. What stands at the top of the file holds for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cotbench.config.settings import MOST_TOKENS, Settings, read_settings
from cotbench.core.budget import RESOURCES, setting_of
from cotbench.core.errors import ConfigurationError, near_matches

STUDY = "study"

_PER_PROBLEM = tuple(setting_of(resource, "problem") for resource in RESOURCES)
_SAMPLING = ("temperature", "top_p", "reply_tokens")
_AXES: dict[str, tuple[str, tuple[str, ...]]] = {
    "strategies": (
        "strategy",
        ("preset", "options", "idea_model", "attempts", "units", "seed", *_SAMPLING, *_PER_PROBLEM),
    ),
    "models": (
        "model",
        (
            "idea_model",
            "api_base",
            "api_key_env",
            "extra",
            "prompt_cache",
            "concurrency",
            "timeout",
            "rpm",
            "tpm",
            *_SAMPLING,
        ),
    ),
    "benchmarks": (
        "benchmark",
        ("limit", "ids", "problems", "from_date", "to_date", "difficulty", "platform", "attempts", *_PER_PROBLEM),
    ),
}
"""Each list of a study: the setting that it varies, and what else its entries may say."""

_OTHERS = ("name", "tokens_per_problem")
_LABEL = re.compile(r"[^\s,][^,\n]{0,59}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One strategy, model or benchmark of a study with what is said of it; `label` is what tables call it."""

    label: str
    settings: Settings


@dataclass(frozen=True, slots=True)
class StudySettings:
    """What a study varies; an empty list is left to the settings of the whole file.

    `tokens_per_problem` is the budget that every run has on every problem, prompts and replies together.
    """

    name: str
    strategies: tuple[Entry, ...]
    models: tuple[Entry, ...] = ()
    benchmarks: tuple[Entry, ...] = ()
    tokens_per_problem: int | None = None


def read_study(
    plain: object, top: Mapping[str, object], *, where: str, lines: Mapping[str, int] | None = None
) -> StudySettings:
    """Check the `study` of a file whose other settings are `top`. Raises ConfigurationError naming key and line."""
    place = _Place(where, lines or {})
    if not isinstance(plain, Mapping):
        raise ConfigurationError(
            f"{place.at(STUDY)}: {STUDY} must be a mapping", hint="study: {strategies: [repeated, plansearch]}"
        )
    said = {str(name): value for name, value in plain.items()}
    for name in said:
        if name not in (*_AXES, *_OTHERS):
            raise ConfigurationError(
                f"{place.at(STUDY, name)}: unknown key {name!r} in {STUDY}",
                hint=near_matches(name, [*_AXES, *_OTHERS]),
            )
    if not said.get("strategies"):
        raise ConfigurationError(
            f"{place.at(STUDY)}: {STUDY} has no strategies", hint="strategies: [repeated, plansearch]"
        )
    for axis, (key, _) in _AXES.items():
        if axis in said and top.get(key) is not None:
            raise ConfigurationError(
                f"{place.at(key)}: {key} and {STUDY}.{axis} are both given", hint=f"name all of them in {axis}"
            )
    for key in ("preset", "options"):
        if top.get(key):
            raise ConfigurationError(
                f"{place.at(key)}: in a study {key} belongs to one strategy",
                hint=f"write it in its entry: {{strategy: NAME, {key}: …}}",
            )
    axes = {axis: _entries(axis, said[axis], place) for axis in _AXES if said.get(axis)}
    name = said.get("name", "")
    if not isinstance(name, str) or (name and not _NAME.fullmatch(name)):
        raise ConfigurationError(f"{place.at(STUDY, 'name')}: {name!r} is not a name", hint="letters, digits and ._+-")
    study = StudySettings(
        name=name,
        strategies=axes["strategies"],
        models=axes.get("models", ()),
        benchmarks=axes.get("benchmarks", ()),
        tokens_per_problem=_tokens(said.get("tokens_per_problem"), place),
    )
    _refuse_two_budgets(study, top, place)
    return study


@dataclass(frozen=True, slots=True)
class _Place:
    where: str
    lines: Mapping[str, int]

    def at(self, *path: str) -> str:
        """Return the file and, where it is known, the line of a setting."""
        line = self.lines.get(".".join(path))
        return f"{self.where}, line {line}" if line else self.where


def _entries(axis: str, plain: object, place: _Place) -> tuple[Entry, ...]:
    items = plain if isinstance(plain, list) else [plain]
    found: list[Entry] = []
    for number, item in enumerate(items):
        entry = _entry(axis, item, number, place)
        if entry.label in (other.label for other in found):
            raise ConfigurationError(
                f"{place.at(STUDY, axis, str(number))}: {entry.label!r} is twice in {STUDY}.{axis}",
                hint="give one of the entries another name: {name: …}",
            )
        found.append(entry)
    return tuple(found)


def _entry(axis: str, item: object, number: int, place: _Place) -> Entry:
    key, allowed = _AXES[axis]
    path = (STUDY, axis, str(number))
    given = {key: item} if isinstance(item, str) else item
    if not isinstance(given, Mapping) or not given.get(key):
        raise ConfigurationError(
            f"{place.at(*path)}: entry {number + 1} of {STUDY}.{axis} names no {key}",
            hint=f"write its name, or {{{key}: NAME, …}}",
        )
    said = {str(name): value for name, value in given.items() if name != "name"}
    for name in said:
        if name not in (key, *allowed):
            at = place.at(*path, name)
            if name in Settings.model_fields:
                raise ConfigurationError(
                    f"{at}: {name} cannot stand in an entry of {STUDY}.{axis}", hint=_where_to(name)
                )
            raise ConfigurationError(
                f"{at}: unknown key {name!r} in an entry of {STUDY}.{axis}",
                hint=near_matches(name, [key, "name", *allowed]),
            )
    prefix = ".".join(path) + "."
    inside = {path.removeprefix(prefix): line for path, line in place.lines.items() if path.startswith(prefix)}
    settings = read_settings(said, where=place.where, lines=inside)
    usual = " ".join(str(said[word]) for word in (key, "preset") if said.get(word))
    label = given.get("name", usual)
    if not isinstance(label, str) or (label != usual and not _LABEL.fullmatch(label)):
        raise ConfigurationError(
            f"{place.at(*path, 'name')}: {label!r} is not a name for an entry", hint="up to 60 letters without commas"
        )
    return Entry(label, settings)


def _where_to(name: str) -> str:
    axes = [f"{STUDY}.{axis}" for axis, (key, allowed) in _AXES.items() if name in (key, *allowed)]
    return f"it may stand at the top of the file{''.join(f' or in {axis}' for axis in axes)}"


def _tokens(said: object, place: _Place) -> int | None:
    if said is None:
        return None
    if not isinstance(said, int) or isinstance(said, bool) or not 1 <= said <= MOST_TOKENS:
        raise ConfigurationError(
            f"{place.at(STUDY, 'tokens_per_problem')}: tokens_per_problem must be a whole number of at least 1, "
            f"not {said!r}"
        )
    return said


def _refuse_two_budgets(study: StudySettings, top: Mapping[str, object], place: _Place) -> None:
    key = setting_of("tokens", "problem")
    entries = [*study.strategies, *study.benchmarks]
    several = top.get(key) is not None or any(getattr(entry.settings, key) is not None for entry in entries)
    if study.tokens_per_problem is not None and several:
        raise ConfigurationError(
            f"{place.at(STUDY, 'tokens_per_problem')}: tokens_per_problem and {key} are both given",
            hint=f"tokens_per_problem holds for all runs alike; {key} may differ",
        )
