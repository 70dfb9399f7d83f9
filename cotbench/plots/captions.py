"""The caption line under every figure: benchmark, problems, model, what n and k are, and how intervals were made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cotbench.analysis.compatible import check_comparable, common_problems
from cotbench.analysis.dated import scope
from cotbench.analysis.frames import RunTable
from cotbench.analysis.labels import model_name, run_names
from cotbench.analysis.notes import counted
from cotbench.core.errors import ConfigurationError

_METHODS = {
    "bca": "BCa bootstrap",
    "percentile": "percentile bootstrap",
    "wilson": "Wilson where problems, passes or failures are few",
    "sup-t bootstrap": "simultaneous bootstrap band",
    "wilson-bonferroni": "Bonferroni-Wilson where problems, passes or failures are few",
}


def drawn_together(tables: Sequence[RunTable]) -> tuple[str, ...]:
    """Return the problems that count in every run. Raises ConfigurationError if the runs cannot stand in one figure."""
    if not tables:
        raise ConfigurationError("no run to draw", hint="`cotbench list runs` shows the runs there are")
    if len(tables) > 1:
        check_comparable(tables)
    return common_problems(tables, run_names(tables))


def interval_words(methods: Iterable[str], confidence: float) -> str:
    """Return how intervals over problems were made, in words."""
    found = set(methods)
    how = ", ".join(text for method, text in _METHODS.items() if method in found)
    return f"{100 * confidence:g} % intervals over problems" + (f" ({how})" if how else "")


def caption(tables: Sequence[RunTable], problems: int, words: str) -> str:
    """Return the caption: what ran, the words of the kind, and runs that were not run to the end."""
    models = list(dict.fromkeys(model_name(table.spec.model) for table in tables))
    simulated = " (simulated)" if tables[0].manifest.simulated else ""
    text = (
        f"{tables[0].spec.benchmark}{scope(tables)}, {counted(problems, 'problem')}; "
        f"{'model' if len(models) == 1 else 'models'}: {', '.join(models)}{simulated}; {words}."
    )
    short = [table.name for table in tables if not table.complete or table.units.capped]
    if short:
        text += f" Not run to the end: {', '.join(short)}."
    return text
