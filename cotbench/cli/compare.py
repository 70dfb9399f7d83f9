"""`cotbench compare`: runs side by side, paired problem by problem."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from cotbench.analysis import Comparison, RunTable, as_csv, as_markdown, compare, run_table
from cotbench.analysis.compare import Difference, PairComparison
from cotbench.analysis.dated import read_period, within
from cotbench.analysis.labels import short_labels
from cotbench.analysis.notes import counted, shared_notes
from cotbench.cli.runs import find_several
from cotbench.cli.selection import After, Before
from cotbench.cli.specify import RESULTS, command_for
from cotbench.cli.tables import aligned, heading, number, paragraph, points
from cotbench.core.budget import dollars
from cotbench.core.errors import ConfigurationError
from cotbench.core.spec import ALL, GRADED
from cotbench.stats.intervals import Interval

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

NEWEST = 6
BASELINE = "repeated"
OTHER = "plansearch"
SHOWN = 6

_COST_WIDTH = 50
"""Columns that the numbers of the cost table take; labels may have the rest."""

_LEAST_LABEL = 30
_LEVEL = 0.05


@app.command("compare")
def compare_(
    runs: Annotated[
        list[str] | None,
        typer.Argument(help="Names or paths of runs, the baseline first. (default: the newest of each strategy)"),
    ] = None,
    k: Annotated[str | None, typer.Option("--k", help="Values of k, for example 1,5,10.")] = None,
    all_pairs: Annotated[bool, typer.Option("--all-pairs", help="Every pair, not only against the baseline.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="Seed of intervals and tests.")] = 0,
    confidence: Annotated[
        float, typer.Option("--confidence", min=0.5, max=0.999, help="Level of the intervals.")
    ] = 0.95,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print one line per number.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print GitHub markdown.")] = False,
    results: Annotated[Path, typer.Option("--results", help="Directory that holds the runs.")] = Path("results"),
    before: Before = None,
    after: After = None,
) -> None:
    """Compare runs problem by problem, with intervals.

    Without arguments: the newest run of each strategy and model on the benchmark that was run last, against repeated
    sampling if it is among them.

    Example: cotbench compare repeated-qwen2.5-coder-0.5b-starter plansearch-qwen2.5-coder-0.5b-starter --k 1,4
    """
    if json_ + csv + markdown > 1:
        raise ConfigurationError("give one of --json, --csv and --markdown")
    period = read_period(before, after)
    tables = [within(run_table(run), period) for run in find_several(runs or [], results, newest=NEWEST)]
    if not runs:
        tables.sort(key=lambda table: table.spec.strategy != BASELINE)
    if len(tables) == 1:
        raise _alone(tables[0], results)
    if not (json_ or csv or markdown):
        console = Console(emoji=False)
        labels = short_labels(tables, max(_LEAST_LABEL, console.width - _COST_WIDTH))
        shown = compare(tables, _ks(k), seed, confidence, all_pairs=all_pairs, names=labels)
        print_comparison(shown, [table.name for table in tables], console)
        return
    comparison = compare(tables, _ks(k), seed, confidence, all_pairs=all_pairs)
    if json_:
        sys.stdout.write(orjson.dumps(comparison.to_plain(), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        sys.stdout.write(as_csv(comparison) if csv else as_markdown(comparison))


def _ks(text: str | None) -> list[int] | None:
    if text is None:
        return None
    try:
        return sorted({int(part) for part in text.split(",")})
    except ValueError:
        raise ConfigurationError(f"--k {text}: whole numbers separated by commas were expected") from None


def _alone(table: RunTable, results: Path) -> ConfigurationError:
    if table.spec.strategy == GRADED:
        place = [] if results == RESULTS else ["--results", str(results)]
        command = shlex.join(["cotbench", "run", "--benchmark", table.spec.benchmark, "--limit", ALL, *place])
        return ConfigurationError(
            f"two runs are needed to compare, and there is only {table.name}", hint=f"make another with: {command}"
        )
    other = OTHER if table.spec.strategy == BASELINE else BASELINE
    return ConfigurationError(
        f"two runs are needed to compare, and there is only {table.name}",
        hint=f"make another with: {command_for(other, table.spec, results)}",
    )


def print_comparison(comparison: Comparison, names: Sequence[str], console: Console) -> None:
    """Print a comparison as tables and sentences; `names` are those of the runs' directories."""
    level = f"{100 * comparison.confidence:g} %"
    simulated = " [simulated]" if comparison.simulated else ""
    problems = counted(len(comparison.problems), "common problem")
    heading(f"{comparison.benchmark}{comparison.scope}{simulated}, {problems}", console)
    width = max(len(values.run) for values in comparison.runs)
    for values, name in zip(comparison.runs, names, strict=True):
        if values.run != name:
            paragraph(f"{values.run:<{width}}  {name}", console, indent="  ")
    heading(f"\npass@k in % of problems solved, {level} intervals over problems", console)
    for rows in _value_tables(comparison, console.width):
        _lines(aligned(rows), console)
    heading("\nCost on the same problems, prompt and completion tokens together", console)
    _lines(aligned(_cost_rows(comparison)), console)
    heading(f"\nPaired differences in percentage points, {level} intervals", console)
    _lines(_difference_lines(comparison), console)
    console.print()
    for line in _remarks(comparison):
        paragraph(line, console, indent="  ")


def _lines(lines: Sequence[str], console: Console) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _value_tables(comparison: Comparison, width: int) -> list[list[list[str]]]:
    """Return pass@k with intervals beside it or, where that is too wide, below it; in several tables if need be."""
    label = max(len(values.run) for values in comparison.runs)
    beside = [[f"{_percent(row.estimate)} {_span(row.interval)}" for row in values.rows] for values in comparison.runs]
    heads = [f"pass@{k}" for k in comparison.ks]
    if label + sum(2 + max(map(len, cells)) for cells in zip(heads, *beside, strict=True)) <= width:
        return [[["", *heads], *([values.run, *cells] for values, cells in zip(comparison.runs, beside, strict=True))]]
    most = max(1, (width - label) // (2 + len("[10.0, 100.0]")))
    tables: list[list[list[str]]] = []
    for start in range(0, len(heads), most):
        rows = [["", *heads[start : start + most]]]
        for values in comparison.runs:
            shown = values.rows[start : start + most]
            rows.append([values.run, *(_percent(row.estimate) for row in shown)])
            rows.append(["", *(_span(row.interval) for row in shown)])
        tables.append(rows)
    return tables


def _cost_rows(comparison: Comparison) -> list[list[str]]:
    rows = [["", "tokens/", "tokens/", "solved/", "", ""], ["", "attempt", "solved", "1M tok.", "calls", "cost"]]
    for values in comparison.runs:
        cost = values.cost
        per_million = cost.solved_per_million_tokens
        rows.append(
            [
                values.run,
                number(cost.tokens_per_attempt),
                number(cost.tokens_per_solved),
                "–" if per_million is None else f"{per_million:,.1f}",
                number(cost.calls),
                dollars(cost.usd),
            ]
        )
    return rows


def _difference_lines(comparison: Comparison) -> list[str]:
    """Return one block per pair: its name once, then a line per k."""
    rows = [["   k", "difference", "p", "p (Holm)", "detectable"]]
    rows += [_difference(row) for pair in comparison.pairs for row in pair.rows]
    head, *rest = aligned(rows)
    lines = [head]
    for place, pair in enumerate(comparison.pairs):
        first = place * len(comparison.ks)
        lines += [_pair(pair), *rest[first : first + len(comparison.ks)]]
    return lines


def _difference(row: Difference) -> list[str]:
    if row.detectable is None:
        detectable = "unknown"
    else:
        detectable = "> 100" if row.detectable > 1 else f"{100 * row.detectable:.1f}"
    interval = f"[{points(row.interval.low)}, {points(row.interval.high)}]"
    return [f"{row.k:4}", f"{points(row.estimate)} {interval}", _p(row.p), _p(row.p_holm), detectable]


def _remarks(comparison: Comparison) -> list[str]:
    """Return the sentences under the tables: how to read them, what each run alone solves, cautions."""
    lines = ["p: sign flips over problems; Holm over all rows; detectable: true difference found with 80 % power"]
    lines += _bounds(comparison)
    for pair in comparison.pairs:
        lines += [_solved_alone(pair.run, pair.baseline, pair.won), _solved_alone(pair.baseline, pair.run, pair.lost)]
    labels = [values.run for values in comparison.runs]
    return [*lines, *(f"note: {note}" for note in shared_notes(comparison.notes, labels))]


def _bounds(comparison: Comparison) -> list[str]:
    """Return the sentences on ps that could not have become small whatever the runs did."""
    problems = len(comparison.problems)
    least = 2.0 ** (1 - problems)
    if least > _LEVEL:
        return [f"with {counted(problems, 'problem')} no p below {least:.3g} is possible"]
    lines: list[str] = []
    for pair in comparison.pairs:
        blunt = [row for row in pair.rows if row.smallest_p > _LEVEL]
        if blunt:
            ks = ", ".join(str(row.k) for row in blunt)
            bound = min(row.smallest_p for row in blunt)
            lines.append(f"{_pair(pair)}: so few problems differ at k = {ks} that no p below {bound:.3g} is possible")
    return lines


def _pair(pair: PairComparison) -> str:
    return f"{pair.run} − {pair.baseline}"


def _solved_alone(run: str, other: str, problems: tuple[str, ...]) -> str:
    if not problems:
        return f"{run} solves no problem that {other} does not"
    more = f" and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
    return f"{run} solves {len(problems)} that {other} does not: {', '.join(problems[:SHOWN])}{more}"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _span(interval: Interval) -> str:
    return f"[{_percent(interval.low)}, {_percent(interval.high)}]"
