"""The options of PlanSearch and its presets: the cheap default, the published procedure, and its ablations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from cotbench.core.errors import ConfigurationError
from cotbench.core.spec import OptionValue
from cotbench.strategies.options import option
from cotbench.strategies.shots import shots_option


@dataclass(frozen=True, slots=True)
class PlanSearchOptions:
    """Shape of the tree and steps of the pipeline; the defaults are the cheap variant."""

    observations: int = cast(int, option(3, "observations asked for at each node", least=1))
    subset_size: int = cast(int, option(2, "largest subset of observations that becomes a node", least=0))
    depth: int = cast(int, option(1, "layers of observations", least=1))
    critique: bool = cast(bool, option(False, "criticise and fix every idea, which doubles the programs"))
    pseudocode: bool = cast(bool, option(False, "write pseudocode between idea and code"))
    accumulate: bool = cast(bool, option(True, "deeper nodes carry the observations above them"))
    words: int = cast(int, option(60, "length of a thought, in words; 0: any length", least=0))
    observe: str = cast(
        str,
        option(
            "structured",
            "observations in one structured call, or in a chain of four turns",
            choices=("structured", "chain"),
        ),
    )
    idea: bool = cast(bool, option(True, "write an idea from the observations; false: they go on as they are"))
    shots: int = shots_option(" (the code call only)")

    def __post_init__(self) -> None:
        """Refuse options that exclude each other."""
        if self.critique and not self.idea:
            raise ConfigurationError(
                "plansearch: critique=true needs idea=true", hint="without an idea there is nothing to criticise"
            )


_PAPER: dict[str, OptionValue] = {
    "observations": 10,
    "subset_size": 2,
    "depth": 2,
    "critique": True,
    "pseudocode": True,
    "accumulate": False,
    "words": 0,
    "observe": "chain",
    "shots": 2,
}

PRESETS: dict[str, dict[str, OptionValue]] = {
    "default": {},
    "paper": _PAPER,
    "paper-text": {**_PAPER, "accumulate": True},
    "no_critique": {**_PAPER, "critique": False},
    "no_pseudocode": {**_PAPER, "pseudocode": False},
    "no_idea": {**_PAPER, "idea": False, "critique": False, "pseudocode": False},
}
"""`paper` and `paper-text` differ where the paper's text and the authors' code do: the code, which made the published
numbers, shows a second-layer node only its own observations; the text (section 4.3.3) says all of them.
"""
