"""From flags and a configuration file to the runs that are asked for: one, or the members of a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cotbench.cli.runs import replayed_settings
from cotbench.cli.specify import complete
from cotbench.config import ConfigFile, Entry, Settings, StudySettings
from cotbench.core.errors import ConfigurationError, CotbenchError, near_matches
from cotbench.core.ids import canonical
from cotbench.core.spec import RunSpec, identity
from cotbench.strategies import run_defaults

FEWEST_TOKENS = 50
"""No attempt takes fewer tokens, so that with this many for each the tokens of a budget end before the attempts do."""


@dataclass(frozen=True, slots=True)
class Member:
    """One run of a study; `label` tells it from the others on the same model and benchmark."""

    label: str
    spec: RunSpec

    @property
    def title(self) -> str:
        """What it is called where members of all models and benchmarks stand together."""
        return f"{self.label} × {self.spec.model} × {self.spec.benchmark}"


@dataclass(frozen=True, slots=True)
class Plan:
    """The runs that a command asks for. `study` is the name of a study, "" for what the command line says by itself."""

    members: tuple[Member, ...]
    study: str = ""
    tokens: int | None = None
    """Tokens that every member has for each problem, where the study says so."""

    @property
    def single(self) -> bool:
        """Whether it is an ordinary run."""
        return not self.study and len(self.members) == 1


def plan_runs(flags: Settings, file: ConfigFile, results: Path) -> Plan:
    """Put flags over a file and return the runs. Raises ConfigurationError naming the member that cannot be run."""
    if file.study is None:
        return Plan(_listed(flags, file.settings, results))
    study = file.study
    entries = study.strategies if flags.strategy is None else _wanted(study.strategies, _words(flags.strategy))
    flags = flags.model_copy(update={"strategy": None})
    # A model or benchmark of the command line stands for all of the file's.
    models = _unless_said(flags.model, study.models)
    benchmarks = _unless_said(flags.benchmark, study.benchmarks)
    members: list[Member] = []
    for benchmark in benchmarks:
        for model in models:
            for entry in entries:
                settings = entry.settings.over(model.settings.over(benchmark.settings.over(file.settings)))
                budgeted = _with_tokens(flags.over(settings), study)
                members.append(_member(entry.label, budgeted, results, alone=False))
    _refuse_twice(members)
    return Plan(tuple(members), study.name or file.name, _tokens(flags, study))


def _listed(flags: Settings, base: Settings, results: Path) -> tuple[Member, ...]:
    """Return the members of `--strategy a,b`, or the only one there is."""
    strategies = _words(flags.strategy or base.strategy or "")
    if len(strategies) < 2:
        return (_member("", flags.over(base), results, alone=True),)
    if base.strategy is not None and len(_words(base.strategy)) > 1:
        base = base.model_copy(update={"strategy": None})
    members = [
        _member(name, flags.model_copy(update={"strategy": name}).over(base), results, alone=False)
        for name in strategies
    ]
    _refuse_twice(members)
    return tuple(members)


def _member(label: str, settings: Settings, results: Path, *, alone: bool) -> Member:
    try:
        spec = complete(settings.over(replayed_settings(settings.model, results)))
    except CotbenchError as error:
        if alone:
            raise
        raise ConfigurationError(f"{label}: {error.message}", hint=error.hint) from error
    return Member(label or spec.strategy, spec)


def _with_tokens(settings: Settings, study: StudySettings) -> Settings:
    """Return settings with the study's budget, and with attempts enough to use it up."""
    if study.tokens_per_problem is None:
        return settings
    tokens = settings.max_tokens_per_problem or study.tokens_per_problem
    more: dict[str, object] = {"max_tokens_per_problem": tokens}
    strategy = settings.strategy or ""
    if settings.attempts is None and run_defaults(strategy, settings.preset).attempts is None:
        more["attempts"] = max(1, tokens // FEWEST_TOKENS)
    return Settings.model_validate({**settings.model_dump(exclude_unset=True), **more})


def _tokens(flags: Settings, study: StudySettings) -> int | None:
    return study.tokens_per_problem and (flags.max_tokens_per_problem or study.tokens_per_problem)


def _unless_said(said: str | None, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the entries of a list, or one that says nothing where the list is empty or a flag stands for it."""
    return entries if entries and said is None else (Entry("", Settings()),)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _wanted(entries: Sequence[Entry], names: Sequence[str]) -> list[Entry]:
    """Return the entries of a study with one of these names or strategies."""
    for name in names:
        if not any(name in (entry.label, entry.settings.strategy) for entry in entries):
            known = [entry.label for entry in entries]
            raise ConfigurationError(f"the study has no strategy {name!r}", hint=near_matches(name, known))
    return [entry for entry in entries if entry.label in names or entry.settings.strategy in names]


def _refuse_twice(members: Sequence[Member]) -> None:
    seen: dict[str, Member] = {}
    for member in members:
        key = canonical(identity(member.spec))
        if key in seen:
            other = seen[key]
            same = "is there twice" if other.title == member.title else f"is the same run as {other.label}"
            raise ConfigurationError(
                f"{member.title} {same}",
                hint="members must differ in a setting that decides results: strategy, options, model, benchmark, seed",
            )
        seen[key] = member
