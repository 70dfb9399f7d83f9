"""Material: right programs that a strategy begins from, for the few whose subject they are.

It is handed over when the strategy is made and never reaches it through a ProblemView. Hidden cases are no part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Material:
    """A right program for each problem that has one, by problem id."""

    programs: Mapping[str, str] = field(default_factory=dict)
