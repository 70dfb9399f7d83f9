"""Choosing a strategy by name: its entry, its options with a preset, the strategy itself, its prompts' digests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cotbench.core.errors import ConfigurationError, near_matches
from cotbench.core.groundwork import Groundwork
from cotbench.core.material import Material
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Strategy
from cotbench.core.spec import OptionValue
from cotbench.strategies.custom import Custom, in_file, installed, load_file, load_installed
from cotbench.strategies.entry import RunDefaults, StrategyEntry
from cotbench.strategies.options import option_values, read_options
from cotbench.strategies.planning import PlannedCalls
from cotbench.strategies.prompting import template_digests
from cotbench.strategies.registry import strategy_entries

_BUILT_IN = {entry.name: entry for entry in strategy_entries()}


def installed_names() -> tuple[str, ...]:
    """Return the names of the strategies that installed packages offer, without loading them."""
    return tuple(sorted(installed().keys() - _BUILT_IN.keys()))


def strategy_entry(name: str) -> StrategyEntry:
    """Return the strategy with this name: built in, `path/to/file.py:name`, or offered by an installed package.

    Raises ConfigurationError with near matches, or naming what is wrong in a strategy that is not built in.
    """
    if name in _BUILT_IN:
        return _BUILT_IN[name]
    if in_file(name):
        return _custom_entry(load_file(name))
    offered = installed()
    if name in offered:
        return _custom_entry(load_installed(offered[name]))
    raise ConfigurationError(f"unknown strategy {name!r}", hint=near_matches(name, {*_BUILT_IN, *offered}))


def _custom_entry(custom: Custom) -> StrategyEntry:
    return StrategyEntry(
        name=custom.name,
        summary=custom.summary,
        cost="as its author made it",
        options=custom.options,
        build=custom.build,
        calls=None,
        presets={"default": {}},
        finite=True,
        custom=custom,
    )


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


def run_defaults(name: str, preset: str | None) -> RunDefaults:
    """Return what a preset of a strategy says about the run. Raises ConfigurationError for an unknown strategy."""
    return strategy_entry(name).defaults.get(preset or "default", RunDefaults())


def donor_run(name: str, options: Mapping[str, object]) -> str | None:
    """Return where a strategy's right programs come from: a run, "" for the references; None if it has no use for any.

    Raises ConfigurationError.
    """
    entry = strategy_entry(name)
    return None if entry.donor is None else entry.donor(read_options(entry.options, options, strategy=name))


def open_strategy(name: str, options: Mapping[str, object], material: Material | None = None) -> Strategy:
    """Return the strategy, ready to run; `material` is for those that begin from something.

    Raises ConfigurationError.
    """
    entry = strategy_entry(name)
    chosen = read_options(entry.options, options, strategy=name)
    return entry.build(chosen) if entry.supply is None else entry.supply(chosen, material or Material())


def groundwork_of(name: str, options: Mapping[str, object], material: Material | None = None) -> Groundwork | None:
    """Return what a strategy does before its units, None if it begins with them. Raises ConfigurationError."""
    entry = strategy_entry(name)
    if entry.groundwork is None:
        return None
    return entry.groundwork(read_options(entry.options, options, strategy=name), material or Material())


def planned_groundwork(
    name: str, options: Mapping[str, object], views: Sequence[ProblemView], *, full: bool
) -> tuple[PlannedCalls, ...]:
    """Return what a strategy will ask before its units, given the problems set apart. Raises ConfigurationError."""
    entry = strategy_entry(name)
    if entry.ground_calls is None:
        return ()
    return entry.ground_calls(read_options(entry.options, options, strategy=name), views, full)


def planned_calls(
    name: str, options: Mapping[str, object], view: ProblemView, attempts: int | None, *, full: bool
) -> tuple[PlannedCalls, ...] | None:
    """Return what a strategy will ask for one unit on a problem; None where it does not say.

    Raises ConfigurationError.
    """
    entry = strategy_entry(name)
    if entry.calls is None:
        return None
    return entry.calls(read_options(entry.options, options, strategy=name), view, attempts, full=full)


def prompt_digests(name: str) -> dict[str, str]:
    """Return the digest of every prompt template that a strategy uses; of a user's strategy, of its files, too."""
    entry = strategy_entry(name)
    if entry.custom is not None:
        return {**template_digests(), **entry.custom.digests}
    return template_digests(*(entry.folders or (entry.name,)))
