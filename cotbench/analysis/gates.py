"""Gates: conditions on a comparison under which a pipeline must stop, written as `pass@10 < 0.5`.

    GATE      QUANTITY [ (RUN) ] OPERATOR NUMBER
    QUANTITY  pass@K  N@K  filtered@K  solved  attempts  calls  tokens  usd
              tokens_per_attempt  tokens_per_solved  usd_per_solved           of every run, or of RUN
              difference@K  p@K  p_holm@K                                     of every pair, or of RUN's
              solved@BUDGET  difference_at@BUDGET  p_at@BUDGET                with --by, the same at equal cost
    OPERATOR  <  <=  >  >=
    NUMBER    0.5  50%  5000  1e6

Shares and differences are between -1 and 1. A gate is not met if its condition holds for one of the runs or pairs that
it is about. Nothing is evaluated but this grammar.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cotbench.analysis.anytime import BudgetDifference
from cotbench.analysis.comparison import Comparison, Difference, RunValues
from cotbench.core.errors import ConfigurationError

GRAMMAR = (
    "a gate is a quantity, perhaps a run in brackets, one of < <= > >= and a number: pass@10 < 0.5, 1@10(RUN) < 40%, "
    "difference@5 < 0, p@5 > 0.05, tokens_per_solved > 5000, or with --by solved@5000 < 0.5; docs/compare.md has more"
)

_COSTS = (
    "solved",
    "attempts",
    "calls",
    "tokens",
    "usd",
    "tokens_per_attempt",
    "tokens_per_solved",
    "usd_per_solved",
)
_OF_RUNS = ("pass", "filtered")
_OF_PAIRS = ("difference", "p", "p_holm")
_AT_BUDGETS = ("solved", "difference_at", "p_at")

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_SHAPE = re.compile(
    r"\s*(?P<word>[a-z_]+|\d+)(?:@(?P<at>\d+(?:\.\d+)?))?\s*(?:\((?P<run>.+)\))?\s*(?P<sign><=|>=|<|>)\s*"
    r"(?P<number>[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(?P<percent>%?)\s*"
)


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition. `word` is the quantity without its `@`, a whole number for n@k; `run` is empty for all runs."""

    text: str
    word: str
    at: float | None
    run: str
    sign: str
    bound: float

    @property
    def ks(self) -> tuple[int, ...]:
        """The ks that the comparison must have for this gate."""
        wanted = self.at is not None and not self.budgets
        return (int(self.at or 0),) if wanted else ()

    @property
    def submissions(self) -> tuple[int, ...]:
        """The n of n@k that the comparison must have for this gate."""
        return (int(self.word),) if self.word.isdigit() else ()

    @property
    def budgets(self) -> tuple[float, ...]:
        """The budgets that the comparison must have for this gate."""
        return (self.at,) if self.at is not None and self.word in _AT_BUDGETS else ()


@dataclass(frozen=True, slots=True)
class Unmet:
    """A gate that is not met, by whom, and with which value."""

    gate: Gate
    subject: str
    value: float

    def __str__(self) -> str:
        """Return the sentence that a pipeline's log shows."""
        return f"{self.gate.text}: {self.subject} has {self.value:.4g}"


def read_gate(text: str) -> Gate:
    """Read a gate. Raises ConfigurationError, with the grammar, for anything else."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise ConfigurationError(f"--fail-if {text!r} is not a gate", hint=GRAMMAR)
    word, at, sign = found["word"], found["at"], found["sign"]
    with_at = word.isdigit() or word in (*_OF_RUNS, *_OF_PAIRS, *_AT_BUDGETS)
    if (at is None and word not in _COSTS) or (at is not None and not with_at):
        raise ConfigurationError(f"--fail-if {text!r}: {word}{'@' if at else ''} is no quantity", hint=GRAMMAR)
    whole = word not in _AT_BUDGETS
    if at is not None and (float(at) <= 0 or (whole and not at.isdigit()) or (word.isdigit() and int(word) < 1)):
        raise ConfigurationError(f"--fail-if {text!r}: a number from 1 up was expected around @", hint=GRAMMAR)
    if word.isdigit() and int(word) > int(at or 0):
        raise ConfigurationError(f"--fail-if {text!r}: {word} of {at} attempts cannot be submitted", hint=GRAMMAR)
    bound = float(found["number"]) / (100.0 if found["percent"] else 1.0)
    return Gate(" ".join(text.split()), word, None if at is None else float(at), found["run"] or "", sign, bound)


def unmet(gates: Sequence[Gate], comparison: Comparison, aliases: Mapping[str, str]) -> list[Unmet]:
    """Return every gate that is not met, once for each run or pair that fails it.

    `aliases` are further names of the runs of the comparison. Raises ConfigurationError for a run that is not in it
    and for a value that is not known there: a gate that cannot be checked is never met in silence.
    """
    found: list[Unmet] = []
    for gate in gates:
        name = _run_of(gate, comparison, aliases)
        values = list(_values(gate, comparison, name))
        if not values:
            raise _missing(gate, comparison)
        for subject, value in values:
            if value is None:
                raise ConfigurationError(f"--fail-if {gate.text!r}: the {gate.word} of {subject} is not known")
            if _OPERATORS[gate.sign](value, gate.bound):
                found.append(Unmet(gate, subject, value))
    return found


def _values(gate: Gate, comparison: Comparison, name: str) -> Iterator[tuple[str, float | None]]:
    runs = [run for run in comparison.runs if name in ("", run.run)]
    if gate.word in _AT_BUDGETS and gate.at is not None:
        yield from _at_budget(gate, comparison, name)
    elif gate.word in _OF_PAIRS:
        for pair in comparison.pairs:
            if name in ("", pair.run):
                rows = [row for row in pair.rows if row.k == gate.at]
                yield from ((f"{pair.run} − {pair.baseline}", _tested(gate.word, row)) for row in rows)
    elif gate.word == "pass":
        yield from ((run.run, row.estimate) for run in runs for row in run.rows if row.k == gate.at)
    elif gate.word == "filtered":
        yield from ((run.run, row.estimate) for run in runs for row in run.filtered if row.k == gate.at)
    elif gate.word.isdigit():
        n = int(gate.word)
        yield from ((run.run, row.estimate) for run in runs for row in run.selected if (row.n, row.k) == (n, gate.at))
    else:
        yield from ((run.run, _cost(gate.word, run)) for run in runs)


def _at_budget(gate: Gate, comparison: Comparison, name: str) -> Iterator[tuple[str, float | None]]:
    budgets = comparison.budgets
    if budgets is None:
        raise ConfigurationError(f"--fail-if {gate.text!r} is about equal cost", hint="give --by, for example tokens")
    if gate.word == "solved":
        for run in budgets.runs:
            if name in ("", run.run):
                yield from ((run.run, row.estimate) for row in run.values if row.budget == gate.at)
        return
    for pair in budgets.pairs:
        if name in ("", pair.run):
            rows = [row for row in pair.rows if row.budget == gate.at]
            word = gate.word.removesuffix("_at")
            yield from ((f"{pair.run} − {pair.baseline}", _tested(word, row)) for row in rows)


def _tested(word: str, row: Difference | BudgetDifference) -> float:
    return {"difference": row.estimate, "p": row.p, "p_holm": row.p_holm}[word]


def _cost(word: str, run: RunValues) -> float | None:
    value = run.cost.to_plain()[word]
    if value is None and word.endswith("_per_solved") and run.cost.solved == 0:
        # What nothing was got for costs more than any bound.
        value = math.inf
    return float(value) if isinstance(value, int | float) else None


def _run_of(gate: Gate, comparison: Comparison, aliases: Mapping[str, str]) -> str:
    names = [run.run for run in comparison.runs]
    wanted = gate.run.strip()
    if not wanted or wanted in names:
        return wanted
    if wanted in aliases:
        return aliases[wanted]
    known = ", ".join(dict.fromkeys([*names, *aliases]))
    raise ConfigurationError(f"--fail-if {gate.text!r}: no run {wanted!r} is compared", hint=f"known: {known}")


def _missing(gate: Gate, comparison: Comparison) -> ConfigurationError:
    baseline = comparison.runs[0].run
    if gate.run and gate.word in (*_OF_PAIRS, "difference_at", "p_at"):
        return ConfigurationError(
            f"--fail-if {gate.text!r}: nothing is known of it",
            hint=f"differences are those of other runs from the baseline, {baseline}",
        )
    if gate.budgets and comparison.budgets is not None:
        known = ", ".join(f"{budget:g}" for budget in comparison.budgets.budgets)
        return ConfigurationError(f"--fail-if {gate.text!r}: no such budget is known", hint=f"known: {known}")
    ks = ", ".join(map(str, comparison.ks))
    return ConfigurationError(f"--fail-if {gate.text!r}: no such k is defined for all runs", hint=f"known: {ks}")
