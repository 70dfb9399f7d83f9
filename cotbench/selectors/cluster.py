"""`cluster`: majority by behaviour among those that pass the public cases.

AlphaCode (Li et al. 2022, arXiv 2203.07814, section 4.6): programs that do the same on all inputs form a cluster; one
program of each is submitted, the largest cluster first, then a second one of each. Its inputs come from a trained
model, ours are mutations. Of two clusters of a size the one whose first program came earlier goes first; inside a
cluster order decides. Programs that were not watched form one cluster.
"""

from __future__ import annotations

from collections.abc import Sequence

from cotbench.selectors.candidates import Candidates, Ranking, grouped, in_turns


def by_cluster(candidates: Candidates) -> Ranking:
    """Return the ranking by the sizes of the clusters."""

    def rank(drawn: Sequence[int]) -> list[int]:
        clusters = grouped(candidates.passers(drawn), lambda place: candidates.attempts[place].behaviour)
        # Sorting is stable, and the clusters come in the order of their first programs.
        return in_turns(sorted(clusters.values(), key=lambda cluster: -len(cluster)))

    return rank
