"""A run problem by problem: counts, pass rates and cost in an order of the reader's; and one problem's attempts."""

from __future__ import annotations

from cotbench.analysis.frames import ProblemRow, RunTable
from cotbench.analysis.sheet import Sheet, columns
from cotbench.analysis.traced import traced
from cotbench.core.errors import ConfigurationError, near_matches

ORDERS = ("order", "rate", "problem", "difficulty", "tokens")
"""Orders of problems: as in the benchmark; highest pass rate first; by name; by difficulty; most tokens first."""


def problem_sheet(table: RunTable, order: str = "order") -> Sheet:
    """Return one line per problem; a pass rate is unknown where no attempt is judged.

    Raises ConfigurationError for an unknown order.
    """
    if order not in ORDERS:
        raise ConfigurationError(f"problems have no order {order!r}", hint=near_matches(order, ORDERS))
    spec = table.spec
    simulated = " [simulated]" if table.manifest.simulated else ""
    rows = list(table.problems)
    if order == "rate":
        rows.sort(key=lambda row: (-_sorting_rate(row), row.problem))
    elif order == "problem":
        rows.sort(key=lambda row: row.problem)
    elif order == "difficulty":
        levels = {"easy": 0, "medium": 1, "hard": 2}
        rows.sort(key=lambda row: (levels.get(row.difficulty, 3), row.difficulty, -_sorting_rate(row)))
    elif order == "tokens":
        rows.sort(key=lambda row: -1 if row.usage is None else -row.usage.total)
    return Sheet(
        name="problems",
        title=f"{spec.strategy} × {spec.model} × {spec.benchmark}{simulated}",
        columns=columns(
            problem="word",
            difficulty="word",
            attempts="count",
            passed="count",
            rate="share",
            public="count",
            calls="count",
            tokens="count",
        ),
        rows=tuple(
            (
                row.problem,
                row.difficulty,
                row.n,
                row.passed,
                row.passed / row.n if row.n else None,
                row.public_passed,
                row.calls,
                None if row.usage is None else row.usage.total,
            )
            for row in rows
        ),
    )


def attempt_sheet(table: RunTable, problem: str) -> Sheet:
    """Return the judged attempts on one problem with the thoughts behind each, as `kind: text` lines."""
    mine = [item for item in traced(table) if item.problem == problem]
    return Sheet(
        name="attempts",
        title=problem,
        columns=columns(
            unit="count", index="count", program="word", public="word", passed="word", cases="count", lineage="word"
        ),
        rows=tuple(
            (
                item.unit,
                item.index,
                item.code,
                item.public,
                item.passed,
                item.cases,
                "\n".join(f"{step.kind}: {step.text}" for step in item.lineage),
            )
            for item in mine
        ),
    )


def _sorting_rate(row: ProblemRow) -> float:
    """Return the pass rate, and less than any where there is none."""
    return row.passed / row.n if row.n else -1.0
