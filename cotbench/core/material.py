"""Material: what a strategy begins from, for the few that do: right programs, and the findings of its groundwork.

It is handed over when the strategy is made and never reaches it through a ProblemView. Hidden cases are no part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cotbench.core.groundwork import Findings


@dataclass(frozen=True, slots=True)
class Material:
    """A right program for each problem that has one, by problem id; what was found before the first unit."""

    programs: Mapping[str, str] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
