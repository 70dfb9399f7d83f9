"""The strategies that are built in: name, options, presets and what each costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from cotbench.core.material import Material
from cotbench.core.protocols import Strategy
from cotbench.core.spec import ALL, OptionValue
from cotbench.strategies import (
    backtranslate,
    conditioned,
    cot,
    ideasearch,
    plansearch_calls,
    plansearch_options,
    repeated,
)
from cotbench.strategies.backtranslate import Backtranslate, BacktranslateOptions
from cotbench.strategies.conditioned import Conditioned, ConditionedOptions
from cotbench.strategies.cot import Cot, CotOptions
from cotbench.strategies.custom import Custom
from cotbench.strategies.ideasearch import IdeaSearch, IdeaSearchOptions
from cotbench.strategies.options import Options
from cotbench.strategies.planning import CallModel, PlannedCalls
from cotbench.strategies.plansearch import PlanSearch
from cotbench.strategies.plansearch_options import PlanSearchOptions
from cotbench.strategies.repeated import Repeated, RepeatedOptions
from cotbench.strategies.shots import FOLDER as EXAMPLES

O = TypeVar("O", bound=Options)  # noqa: E741


@dataclass(frozen=True, slots=True)
class RunDefaults:
    """What a preset says about the run besides the strategy's options; None where it says nothing.

    `attempts` may be "all". Flags and configuration files go over it.
    """

    temperature: float | None = None
    top_p: float | None = None
    attempts: int | str | None = None


PAPER = RunDefaults(temperature=0.9, top_p=0.95)
"""The sampling of Wang et al. 2024 (arXiv 2409.03733, section 5.2), for all their models but o1-mini."""


@dataclass(frozen=True, slots=True)
class StrategyEntry:
    """One strategy as `--strategy` and `cotbench list strategies` know it."""

    name: str
    summary: str
    cost: str
    options: type[Options]
    build: Callable[[Options], Strategy]
    calls: CallModel | None
    presets: Mapping[str, Mapping[str, OptionValue]] = field(default_factory=dict)
    finite: bool = False
    """Whether the strategy ends by itself, so that `--attempts all` has a meaning."""
    defaults: Mapping[str, RunDefaults] = field(default_factory=dict)
    """What presets say about the run, by preset; those of `default` hold without a preset, too."""
    folders: tuple[str, ...] = ()
    """Folders of the prompts; without any, the one of the strategy's name."""
    one_prompt: bool = False
    """Whether all attempts are draws of one prompt, and so the same at temperature 0."""
    supply: Callable[[Options, Material], Strategy] | None = None
    """Makes the strategy where it begins from right programs."""
    donor: Callable[[Options], str] | None = None
    """The run that right programs come from; "" for the benchmark's references. Only where there is a `supply`."""
    custom: Custom | None = None
    """The user's function, where the strategy is not built in."""


def _entry(
    name: str,
    summary: str,
    cost: str,
    options: type[O],
    build: Callable[[O], Strategy],
    calls: Callable[..., tuple[PlannedCalls, ...]],
    presets: Mapping[str, Mapping[str, OptionValue]] | None = None,
    finite: bool = False,
    defaults: Mapping[str, RunDefaults] | None = None,
    folders: tuple[str, ...] = (),
    one_prompt: bool = False,
    supply: Callable[[O, Material], Strategy] | None = None,
    donor: Callable[[O], str] | None = None,
) -> StrategyEntry:
    return StrategyEntry(
        name,
        summary,
        cost,
        options,
        cast("Callable[[Options], Strategy]", build),
        cast(CallModel, calls),
        presets or {"default": {}},
        finite,
        defaults=defaults or {},
        folders=folders,
        one_prompt=one_prompt,
        supply=cast("Callable[[Options, Material], Strategy] | None", supply),
        donor=cast("Callable[[Options], str] | None", donor),
    )


_DRAWS = {"greedy": RunDefaults(temperature=0.0, attempts=1), "paper": PAPER}

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
            repeated.PRESETS,
            defaults=_DRAWS,
            folders=("repeated", EXAMPLES),
            one_prompt=True,
        ),
        _entry(
            "cot",
            "reasoning and then the program, in one reply",
            "1 call per attempt",
            CotOptions,
            Cot,
            cot.calls,
            cot.PRESETS,
            defaults=_DRAWS,
            folders=("cot", EXAMPLES),
            one_prompt=True,
        ),
        _entry(
            "ideasearch",
            "an idea in words first, then its program",
            "2 calls per attempt (ideas=list: 1 + 1/ideas_per_list)",
            IdeaSearchOptions,
            IdeaSearch,
            ideasearch.calls,
            ideasearch.PRESETS,
            defaults={"paper": PAPER},
            folders=("ideasearch", EXAMPLES),
        ),
        _entry(
            "plansearch",
            "combinations of observations, each turned into an idea and a program",
            "default: 1 + 2 calls per attempt; paper: about 3.7 calls per attempt",
            PlanSearchOptions,
            PlanSearch,
            plansearch_calls.calls,
            plansearch_options.PRESETS,
            finite=True,
            defaults=dict.fromkeys(plansearch_options.PRESETS.keys() - {"default"}, PAPER),
            folders=("plansearch", EXAMPLES, "repeated"),
        ),
        _entry(
            "conditioned",
            "a grid of ideas and programs of each, to see what the idea decides",
            "1 call per attempt and 1 per idea; 5 × 25 attempts unless said otherwise",
            ConditionedOptions,
            Conditioned,
            conditioned.calls,
            conditioned.PRESETS,
            finite=True,
            defaults={
                "default": RunDefaults(attempts=ALL),
                "paper": RunDefaults(temperature=0.8, top_p=0.95, attempts=ALL),
            },
            folders=(EXAMPLES, "ideasearch"),
        ),
        _entry(
            "backtranslate",
            "sketches of right programs, of several lengths, and programs written from them",
            "1 call per attempt and 1 per sketch; 4 × 5 attempts unless said otherwise",
            BacktranslateOptions,
            Backtranslate,
            backtranslate.calls,
            backtranslate.PRESETS,
            finite=True,
            defaults={
                "default": RunDefaults(attempts=ALL),
                "paper": RunDefaults(temperature=0.9, top_p=0.95, attempts=ALL),
            },
            folders=("backtranslate", EXAMPLES, "ideasearch"),
            supply=Backtranslate,
            donor=lambda options: options.from_run,
        ),
    )
}


def strategy_entries() -> tuple[StrategyEntry, ...]:
    """Return every strategy that is built in."""
    return tuple(_ENTRIES.values())
