"""`oracle`: knows the hidden verdicts, and so bounds what any selector can do. It is the only one that does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cotbench.selectors.candidates import Ranking


@dataclass(frozen=True, slots=True)
class HiddenVerdicts:
    """Which attempts pass the hidden cases, in the order in which they were made."""

    passed: tuple[bool, ...]


def by_oracle(verdicts: HiddenVerdicts) -> Ranking:
    """Return the ranking of those that pass the hidden cases first."""

    def rank(drawn: Sequence[int]) -> list[int]:
        return sorted(drawn, key=lambda place: not verdicts.passed[place])

    return rank
