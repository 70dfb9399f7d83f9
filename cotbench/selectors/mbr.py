"""`mbr`: the program that agrees most with the others, minimum Bayes risk over behaviours.

MBR-Exec (Shi et al. 2022, arXiv 2204.11454) submits the program of the smallest summed loss against all others, with a
loss of 1 where any output differs. Ours is softer: the loss is the share of inputs on which two programs differ, so
that programs that agree nearly everywhere support each other. Failing alike is no agreement. Only those that pass the
public cases take part. After a program, those that behave just like it wait until every behaviour had its turn. Ties
end by order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cotbench.core.verdict import Outcome
from cotbench.selectors.candidates import Candidates, Ranking, grouped, in_turns

FAILURES: frozenset[Outcome] = frozenset({"error", "timeout", "memory", "output_limit"})


def by_risk(candidates: Candidates) -> Ranking:
    """Return the ranking by agreement, the largest first."""

    def rank(drawn: Sequence[int]) -> list[int]:
        groups = grouped(candidates.passers(drawn), lambda place: candidates.attempts[place].behaviour)
        inputs = max(map(len, groups), default=0)
        says: list[Counter[str]] = [Counter() for _ in range(inputs)]
        for behaviour, members in groups.items():
            for said, counter in zip(behaviour, says, strict=False):
                counter[said] += len(members)

        def agreement(behaviour: tuple[str, ...]) -> int:
            # Every program agrees with itself as often as it gives an output; that is no support by another.
            return sum(
                counter[said] - 1 for said, counter in zip(behaviour, says, strict=False) if said not in FAILURES
            )

        return in_turns(groups[behaviour] for behaviour in sorted(groups, key=lambda one: -agreement(one)))

    return rank
