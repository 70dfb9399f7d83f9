"""Selectors: which n of k attempts to submit, from what a user can know before submitting.

A selector gets `Candidates` (programs, whether they pass the public cases, what they do on inputs) and gives a
`Ranking`. Hidden verdicts are no part of either; the oracle, which knows them, is made from another type.
"""

from cotbench.selectors.candidates import Candidate, Candidates, Ranking
from cotbench.selectors.cluster import by_cluster
from cotbench.selectors.mbr import by_risk
from cotbench.selectors.oracle import HiddenVerdicts, by_oracle
from cotbench.selectors.orders import as_made, by_public
from cotbench.selectors.registry import SELECTORS, SelectorEntry, selector_entry

__all__ = [
    "SELECTORS",
    "Candidate",
    "Candidates",
    "HiddenVerdicts",
    "Ranking",
    "SelectorEntry",
    "as_made",
    "by_cluster",
    "by_oracle",
    "by_public",
    "by_risk",
    "selector_entry",
]
