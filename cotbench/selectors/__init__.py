"""Selectors: which n of k attempts to submit, from what a user can know before submitting.

A selector gets `Candidates` (programs, whether they pass the public cases, what they do on inputs) and gives a
`Ranking`. Hidden verdicts are no part of either; the oracle, which knows them, is made from another type.
"""

from cotbench.selectors.candidates import Candidate, Candidates, Ranking
from cotbench.selectors.cluster import by_cluster
from cotbench.selectors.codet import by_tests
from cotbench.selectors.mbr import by_risk
from cotbench.selectors.oracle import HiddenVerdicts, by_oracle
from cotbench.selectors.orders import as_made, by_public
from cotbench.selectors.pairwise import Decider, by_duels
from cotbench.selectors.prompting import template_digests
from cotbench.selectors.registry import SELECTORS, SelectorEntry, selector_entry
from cotbench.selectors.watching import Watch, Watched

__all__ = [
    "SELECTORS",
    "Candidate",
    "Candidates",
    "Decider",
    "HiddenVerdicts",
    "Ranking",
    "SelectorEntry",
    "Watch",
    "Watched",
    "as_made",
    "by_cluster",
    "by_duels",
    "by_oracle",
    "by_public",
    "by_risk",
    "by_tests",
    "selector_entry",
    "template_digests",
]
