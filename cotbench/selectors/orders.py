"""`first` and `public`: attempts in the order in which they were made, all of them or those that pass public cases."""

from __future__ import annotations

from collections.abc import Sequence

from cotbench.selectors.candidates import Candidates, Ranking


def as_made(candidates: Candidates) -> Ranking:
    """Return the ranking by order: what a user has who tests nothing. Attempts without a program take part."""

    def rank(drawn: Sequence[int]) -> list[int]:
        return list(drawn)

    return rank


def by_public(candidates: Candidates) -> Ranking:
    """Return the ranking of those that pass the public cases, by order; where none does, nothing is submitted."""
    return candidates.passers
