"""What `--strategy` and `cotbench list strategies` know of one strategy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

from cotbench.core.groundwork import Groundwork
from cotbench.core.material import Material
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Strategy
from cotbench.core.spec import OptionValue
from cotbench.strategies.custom import Custom
from cotbench.strategies.options import Options
from cotbench.strategies.planning import CallModel, PlannedCalls

O = TypeVar("O", bound=Options)  # noqa: E741


GroundCalls = Callable[[Options, Sequence[ProblemView], bool], tuple[PlannedCalls, ...]]
"""Says what a groundwork asks, given the problems set apart and whether replies fail wherever they can."""


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
    """Makes the strategy where it begins from right programs or from its groundwork."""
    donor: Callable[[Options], str | None] | None = None
    """The run that right programs come from; "" for the benchmark's references, None: none are needed.

    Only where there is a `supply`.
    """
    groundwork: Callable[[Options, Material], Groundwork] | None = None
    """Makes what the strategy does before its units, on problems that are set apart."""
    ground_calls: GroundCalls | None = None
    """Says what the groundwork asks. Only where there is one."""
    custom: Custom | None = None
    """The user's function, where the strategy is not built in."""


def entry(
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
    donor: Callable[[O], str | None] | None = None,
    groundwork: Callable[[O, Material], Groundwork] | None = None,
    ground_calls: Callable[[O, Sequence[ProblemView], bool], tuple[PlannedCalls, ...]] | None = None,
) -> StrategyEntry:
    """Return the entry of a strategy whose options are of the class `options`; the types of the rest follow from it."""
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
        donor=cast("Callable[[Options], str | None] | None", donor),
        groundwork=cast("Callable[[Options, Material], Groundwork] | None", groundwork),
        ground_calls=cast("GroundCalls | None", ground_calls),
    )
