"""The strategies there are: name, options, presets and what each costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from cotbench.core.errors import ConfigurationError, near_matches
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Strategy
from cotbench.core.spec import OptionValue
from cotbench.strategies import ideasearch, plansearch_calls, repeated
from cotbench.strategies.ideasearch import IdeaSearch, IdeaSearchOptions
from cotbench.strategies.options import Options, option_values, read_options
from cotbench.strategies.planning import CallModel, PlannedCalls
from cotbench.strategies.plansearch import PRESETS as PLANSEARCH_PRESETS
from cotbench.strategies.plansearch import PlanSearch, PlanSearchOptions
from cotbench.strategies.prompting import template_digests
from cotbench.strategies.repeated import Repeated, RepeatedOptions

O = TypeVar("O", bound=Options)  # noqa: E741


@dataclass(frozen=True, slots=True)
class StrategyEntry:
    """One strategy as `--strategy` and `cotbench list strategies` know it."""

    name: str
    summary: str
    cost: str
    options: type[Options]
    build: Callable[[Options], Strategy]
    calls: CallModel
    presets: Mapping[str, Mapping[str, OptionValue]] = field(default_factory=dict)
    finite: bool = False
    """Whether the strategy ends by itself, so that `--attempts all` has a meaning."""


def _entry(
    name: str,
    summary: str,
    cost: str,
    options: type[O],
    build: Callable[[O], Strategy],
    calls: Callable[..., tuple[PlannedCalls, ...]],
    presets: Mapping[str, Mapping[str, OptionValue]] | None = None,
    finite: bool = False,
) -> StrategyEntry:
    known = presets or {"default": {}}
    made = cast("Callable[[Options], Strategy]", build)
    return StrategyEntry(name, summary, cost, options, made, cast(CallModel, calls), known, finite)


_ENTRIES = {
    entry.name: entry
    for entry in (
        _entry(
            "repeated",
            "repeated sampling: n draws of one prompt",
            "1 call per attempt",
            RepeatedOptions,
            Repeated,
            repeated.calls,
        ),
        _entry(
            "ideasearch",
            "an idea in words first, then its program",
            "2 calls per attempt (ideas=list: 1 + 1/ideas_per_list)",
            IdeaSearchOptions,
            IdeaSearch,
            ideasearch.calls,
        ),
        _entry(
            "plansearch",
            "combinations of observations, each turned into an idea and a program",
            "default: 1 + 2 calls per attempt; paper: about 3.7 calls per attempt",
            PlanSearchOptions,
            PlanSearch,
            plansearch_calls.calls,
            PLANSEARCH_PRESETS,
            finite=True,
        ),
    )
}


def strategy_entries() -> tuple[StrategyEntry, ...]:
    """Return every strategy there is."""
    return tuple(_ENTRIES.values())


def strategy_entry(name: str) -> StrategyEntry:
    """Return the strategy with this name. Raises ConfigurationError with near matches."""
    try:
        return _ENTRIES[name]
    except KeyError:
        raise ConfigurationError(f"unknown strategy {name!r}", hint=near_matches(name, _ENTRIES)) from None


def resolve_options(name: str, preset: str | None, given: Mapping[str, object]) -> dict[str, OptionValue]:
    """Return every option of a strategy: defaults, then the preset, then what was given.

    Raises ConfigurationError for an unknown strategy, preset or option, or a value that does not fit.
    """
    entry = strategy_entry(name)
    chosen: Mapping[str, object] = {}
    if preset is not None:
        if preset not in entry.presets:
            hint = near_matches(preset, entry.presets)
            raise ConfigurationError(f"strategy {name} has no preset {preset!r}", hint=hint)
        chosen = entry.presets[preset]
    return option_values(read_options(entry.options, {**chosen, **given}, strategy=name))


def check_attempts(name: str, attempts: int | None) -> None:
    """Raise ConfigurationError if all attempts are wanted of a strategy that never ends."""
    if attempts is None and not strategy_entry(name).finite:
        raise ConfigurationError(
            f"strategy {name} has no natural end", hint="give a number: --attempts 10 instead of --attempts all"
        )


def open_strategy(name: str, options: Mapping[str, object]) -> Strategy:
    """Return the strategy, ready to run. Raises ConfigurationError."""
    entry = strategy_entry(name)
    return entry.build(read_options(entry.options, options, strategy=name))


def planned_calls(
    name: str, options: Mapping[str, object], view: ProblemView, attempts: int | None, *, full: bool
) -> tuple[PlannedCalls, ...]:
    """Return what a strategy will ask for one unit on a problem. Raises ConfigurationError."""
    entry = strategy_entry(name)
    return entry.calls(read_options(entry.options, options, strategy=name), view, attempts, full=full)


def prompt_digests(name: str) -> dict[str, str]:
    """Return the digest of every prompt template that a strategy uses."""
    return template_digests(strategy_entry(name).name)
