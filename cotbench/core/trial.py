"""Trials: what one program gave on cases that a strategy may see, the public ones or those that it made itself.

A verdict ends at the first case that fails; a trial tells of every case, so that a program can be improved on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cotbench.core.ids import text_digest
from cotbench.core.problem import CallCase, Case, CheckCase, Value
from cotbench.core.verdict import Outcome, Verdict

MOST_SHOWN = 2000
"""Characters of an output that are kept."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What a program did on one case.

    `got` is the output as Python writes it, or what was printed, cut after MOST_SHOWN characters; "" for a case that
    passed or gave no output. `detail` is one line about the failure.
    """

    outcome: Outcome
    got: str = ""
    detail: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Trial:
    """The results of one program, one for each case, in the order of the cases."""

    results: tuple[CaseResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every case passed; so it is where there are none."""
        return all(result.outcome == "passed" for result in self.results)

    @property
    def share(self) -> float:
        """The share of cases that passed, from 0 to 1; 0 where there are no cases."""
        right = sum(result.outcome == "passed" for result in self.results)
        return right / len(self.results) if self.results else 0.0

    @property
    def first_failure(self) -> int | None:
        """The number, from 0, of the first case that did not pass."""
        return next((place for place, result in enumerate(self.results) if result.outcome != "passed"), None)

    def verdict(self) -> Verdict:
        """Return the verdict that these results come to: that of the first case that failed."""
        seconds = sum(result.seconds for result in self.results)
        failed = self.first_failure
        if failed is None:
            return Verdict("passed", len(self.results), len(self.results), seconds)
        result = self.results[failed]
        return Verdict(result.outcome, failed, len(self.results), seconds, f"case {failed + 1}: {result.detail}")


def trial_digest(code: str, cases: Sequence[Case] | None, compare: bool) -> str:
    """Return the digest of what a trial runs; `cases` None stands for the public ones."""
    if cases is None:
        return text_digest(f"public\n{code}")
    described = [case_text(case) for case in cases]
    return text_digest("\n".join(["compared" if compare else "run", *described, code]))


def case_text(case: Case) -> str:
    """Return a text that two cases share only if they are the same."""
    if isinstance(case, CallCase):
        return f"call {value_text(case.arguments)} -> {value_text(case.expected)}"
    if isinstance(case, CheckCase):
        return f"check {case.setup!r} {case.program!r} {case.in_process}"
    return f"stdin {case.stdin!r} -> {case.expected!r}"


def value_text(value: Value) -> str:
    """Return a value as Python writes it, with the members of sets in one order whatever process writes them."""
    match value:
        case set() | frozenset():
            inside = ", ".join(sorted(map(value_text, value)))
            text = f"{{{inside}}}" if value else "set()"
            return text if isinstance(value, set) else f"frozenset({text if value else ''})"
        case tuple():
            inside = ", ".join(map(value_text, value))
            return f"({inside},)" if len(value) == 1 else f"({inside})"
        case list():
            return f"[{', '.join(map(value_text, value))}]"
        case dict():
            return f"{{{', '.join(f'{value_text(key)}: {value_text(held)}' for key, held in value.items())}}}"
    return repr(value)
