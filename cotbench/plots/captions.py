"""The caption line under every figure: benchmark, problems, model, what n and k are, and how intervals were made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cotbench.analysis.compatible import check_comparable, common_problems
from cotbench.analysis.dated import scope
from cotbench.analysis.frames import RunTable
from cotbench.analysis.labels import model_name, run_names
from cotbench.core.errors import ConfigurationError

_METHODS = {
    "bca": "BCa bootstrap",
    "percentile": "percentile bootstrap",
    "wilson": "Wilson where problems, passes or failures are few",
    "sup-t bootstrap": "simultaneous bootstrap band",
    "wilson-bonferroni": "Bonferroni-Wilson where problems, passes or failures are few",
}


def may_stand_together(tables: Sequence[RunTable]) -> None:
    """Raise ConfigurationError unless there is a run, and several are on the same data (see `compare`)."""
    if not tables:
        raise ConfigurationError("no run to draw", hint="`cotbench list runs` shows the runs there are")
    if len(tables) > 1:
        check_comparable(tables)


def ranged(counts: Iterable[int]) -> str:
    """Return the smallest and the largest of some counts in words: `20 to 125`, or one where they are the same."""
    known = sorted(counts)
    return f"{known[0]:,}" + (f" to {known[-1]:,}" if known[-1] > known[0] else "")


def drawn_together(tables: Sequence[RunTable]) -> tuple[str, ...]:
    """Return the problems that count in every run. Raises ConfigurationError if the runs cannot stand in one figure."""
    may_stand_together(tables)
    return common_problems(tables, run_names(tables))


def interval_words(methods: Iterable[str], confidence: float) -> str:
    """Return how intervals over problems were made, in words."""
    found = set(methods)
    how = ", ".join(text for method, text in _METHODS.items() if method in found)
    return f"{100 * confidence:g} % intervals over problems" + (f" ({how})" if how else "")


def caption(tables: Sequence[RunTable], problems: Sequence[int], words: str) -> str:
    """Return the caption: what ran on how many problems, the words of the kind, and runs that did not end."""
    models = list(dict.fromkeys(model_name(table.spec.model) for table in tables))
    simulated = " (simulated)" if tables[0].manifest.simulated else ""
    noun = "problem" if set(problems) == {1} else "problems"
    text = (
        f"{tables[0].spec.benchmark}{scope(tables)}, {ranged(problems)} {noun}; "
        f"{'model' if len(models) == 1 else 'models'}: {', '.join(models)}{simulated}; {words}."
    )
    short = [table.name for table in tables if not table.complete or table.units.capped]
    if short:
        text += f" Not run to the end: {', '.join(short)}."
    return text
