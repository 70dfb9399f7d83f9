"""A comparison as text for other programs and for documents: long CSV, GitHub markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from cotbench.analysis.compare import Comparison, Difference, PairComparison
from cotbench.analysis.notes import counted
from cotbench.stats.intervals import Interval

CSV_COLUMNS = (
    "quantity",
    "run",
    "baseline",
    "k",
    "value",
    "low",
    "high",
    "method",
    "p",
    "p_holm",
    "detectable",
    "problems",
    "simulated",
)

_COSTS = (
    "attempts",
    "solved",
    "calls",
    "prompt_tokens",
    "completion_tokens",
    "tokens",
    "tokens_per_attempt",
    "tokens_per_solved",
    "solved_per_million_tokens",
    "usd",
)


def as_csv(comparison: Comparison) -> str:
    """Return one line per number (columns `CSV_COLUMNS`): pass@k, cost, then differences. Empty is unknown."""
    text = io.StringIO()
    table = csv.DictWriter(text, CSV_COLUMNS, restval="", lineterminator="\n")
    table.writeheader()

    def write(row: dict[str, object]) -> None:
        table.writerow({**row, "simulated": "yes" if comparison.simulated else "no"})

    problems = len(comparison.problems)
    for values in comparison.runs:
        for row in values.rows:
            write(
                {
                    "quantity": "pass_at_k",
                    "run": values.run,
                    "k": row.k,
                    "value": _exact(row.estimate),
                    **_limits(row.interval),
                    "problems": problems,
                }
            )
        plain = values.cost.to_plain()
        for name in _COSTS:
            write({"quantity": name, "run": values.run, "value": _exact(plain[name]), "problems": problems})
    for pair in comparison.pairs:
        for difference in pair.rows:
            write(
                {
                    "quantity": "difference",
                    "run": pair.run,
                    "baseline": pair.baseline,
                    "k": difference.k,
                    "value": _exact(difference.estimate),
                    **_limits(difference.interval),
                    "p": _exact(difference.p),
                    "p_holm": _exact(difference.p_holm),
                    "detectable": _exact(difference.detectable),
                    "problems": problems,
                }
            )
        for name, listed in (("won", pair.won), ("lost", pair.lost)):
            write(
                {
                    "quantity": name,
                    "run": pair.run,
                    "baseline": pair.baseline,
                    "value": len(listed),
                    "problems": problems,
                }
            )
    return text.getvalue()


def as_markdown(comparison: Comparison) -> str:
    """Return the comparison as GitHub markdown: three tables, problems won and lost, notes."""
    level = f"{100 * comparison.confidence:g} %"
    simulated = " [simulated]" if comparison.simulated else ""
    problems = counted(len(comparison.problems), "common problem")
    heading = f"**{_cell(comparison.benchmark)}**{_cell(comparison.scope)}{simulated}, {problems}"
    parts = [
        f"{heading}; pass@k in % of problems solved, {level} intervals over problems.",
        _table(
            ["run", *(f"pass@{k}" for k in comparison.ks)],
            [
                [values.run, *(f"{_percent(row.estimate)} {_span(row.interval)}" for row in values.rows)]
                for values in comparison.runs
            ],
        ),
        "Cost on the same problems; tokens are prompt and completion together.",
        _table(
            [
                "run",
                "attempts",
                "calls",
                "tokens / attempt",
                "solved",
                "tokens / solved",
                "solved / million tokens",
                "USD",
            ],
            [
                [
                    values.run,
                    f"{values.cost.attempts:,}",
                    _number(values.cost.calls),
                    _number(values.cost.tokens_per_attempt),
                    f"{values.cost.solved:,} of {values.cost.problems:,}",
                    _number(values.cost.tokens_per_solved),
                    _number(values.cost.solved_per_million_tokens, digits=2),
                    "unknown" if values.cost.usd is None else f"{values.cost.usd:.4f}",
                ]
                for values in comparison.runs
            ],
        ),
        f"Paired differences in percentage points, {level} intervals; p from sign flips, Holm over "
        f"{counted(sum(len(pair.rows) for pair in comparison.pairs), 'test')}; "
        "detectable: the true difference found with 80 % power.",
        _table(
            ["run − baseline", "k", "difference", "p", "p (Holm)", "detectable"],
            [_difference_cells(pair, row) for pair in comparison.pairs for row in pair.rows],
        ),
    ]
    for pair in comparison.pairs:
        parts.append(
            f"{_cell(pair.run)} against {_cell(pair.baseline)}: "
            f"won {len(pair.won)}{_listed(pair.won)}, lost {len(pair.lost)}{_listed(pair.lost)}."
        )
    if comparison.notes:
        parts.append("\n".join(f"- {_cell(note)}" for note in comparison.notes))
    return "\n\n".join(parts) + "\n"


def _difference_cells(pair: PairComparison, row: Difference) -> list[str]:
    return [
        f"{pair.run} − {pair.baseline}",
        str(row.k),
        f"{100 * row.estimate:+.1f} [{100 * row.interval.low:+.1f}, {100 * row.interval.high:+.1f}]",
        _p(row.p),
        _p(row.p_holm),
        "unknown" if row.detectable is None else f"{100 * row.detectable:.1f}",
    ]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("\\", "\\\\").replace("|", "\\|").split())


def _listed(names: Sequence[str]) -> str:
    return f" ({', '.join(_cell(name) for name in names)})" if names else ""


def _limits(interval: Interval) -> dict[str, object]:
    return {"low": _exact(interval.low), "high": _exact(interval.high), "method": interval.method}


def _exact(value: object) -> object:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else value


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _span(interval: Interval) -> str:
    return f"[{_percent(interval.low)}, {_percent(interval.high)}]"


def _number(value: float | None, *, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
