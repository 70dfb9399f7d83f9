"""What `cotbench select` prints: a table of selectors by k, or one JSON document."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import orjson
from rich.console import Console
from rich.table import Table

from cotbench.analysis import RunTable
from cotbench.analysis.notes import counted, left_out_note, run_notes
from cotbench.analysis.selected import CEILING, FLOOR, SelectorLine, selector_lines
from cotbench.cli.choosing import Chosen, Wanted
from cotbench.cli.tables import heading, paragraph, percent
from cotbench.core.budget import amount, dollars
from cotbench.engine.selecting import Selected

_BY_BEHAVIOUR = ("cluster", "mbr", "pairwise")
"""The selectors that know nothing of programs that were watched on no input."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was asked for and what came of it; `left_out` are ks that are undefined."""

    table: RunTable
    wanted: Wanted
    chosen: Chosen
    left_out: tuple[int, ...] = ()


def report(result: Report, *, as_json: bool) -> None:
    """Print the result."""
    rows = {one.selector: one.rows for one in result.chosen.selected}
    lines = selector_lines(rows, seed=result.wanted.wish.seed)
    if as_json:
        sys.stdout.write(orjson.dumps(_plain(result, lines), option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    _print(result, lines, Console(emoji=False))


def _plain(result: Report, lines: Sequence[SelectorLine]) -> dict[str, object]:
    table, wish, asking = result.table, result.wanted.wish, result.wanted.asking
    spec, selected = table.spec, result.chosen.selected
    return {
        "run": table.name,
        "strategy": spec.strategy,
        "model": spec.model,
        "benchmark": spec.benchmark,
        "simulated": table.manifest.simulated,
        "n": wish.n,
        "k": list(wish.ks),
        "left_out": list(result.left_out),
        "inputs": wish.generated,
        "seed": wish.seed,
        "rows": [line.to_plain() for line in lines],
        "asked": asking.spec.model if asking else None,
        "spent": asdict(result.chosen.spent) if result.chosen.spent else None,
        "submitted": {one.selector: _submitted(one) for one in selected if one.selector != CEILING},
        "owed": {one.selector: {row.problem: row.error for row in one.failed} for one in selected if one.failed},
        "notes": _notes(result),
    }


def _submitted(one: Selected) -> dict[str, list[str]]:
    """Return the keys of the attempts that a selector submits of all there are, by problem."""
    return {row.problem: list(row.submitted) for rows in one.rows.values() for row in rows}


def _print(result: Report, lines: Sequence[SelectorLine], console: Console) -> None:
    spec = result.table.spec
    simulated = " [simulated]" if result.table.manifest.simulated else ""
    problems = counted(lines[0].problems, "problem") if lines else "no problem"
    heading(f"{spec.strategy} × {spec.model} × {spec.benchmark}{simulated}, {problems}", console)
    grid = Table()
    for column in ("selector", "n@k", "solved", "95% interval", "of the oracle's gain"):
        grid.add_column(column, justify="left" if column == "selector" else "right", no_wrap=True)
    for k in result.wanted.wish.ks:
        for line in (line for line in lines if line.k == k):
            grid.add_row(
                line.selector,
                f"{line.n}@{line.k}",
                percent(line.rate),
                f"{percent(line.interval.low)} – {percent(line.interval.high)}",
                "–" if line.gain is None or line.selector in (FLOOR, CEILING) else percent(line.gain),
            )
        grid.add_section()
    console.print(grid)
    for note in _notes(result):
        paragraph(f"note: {note}", console, indent="  ")


def _notes(result: Report) -> list[str]:
    wish, table, chosen = result.wanted.wish, result.table, result.chosen
    notes = [
        f"{wish.n}@k: k attempts drawn at random, {wish.n} submitted by the selector, solved if one is right; "
        f"first is pass@{wish.n}, oracle is pass@k"
    ]
    drawn = [one.selector for one in chosen.selected if any(row.draws for rows in one.rows.values() for row in rows)]
    if drawn:
        notes.append(f"{', '.join(drawn)}: mean over {wish.draws:,} draws per problem; the others are exact")
    asking, spent = result.wanted.asking, chosen.spent
    if asking is not None and spent is not None:
        notes.append(
            f"asked {asking.spec.model}: {counted(spent.calls, 'call')}, {amount('tokens', spent.tokens)}, "
            f"{dollars(spent.usd)}, not part of the run's own cost"
        )
    for one in chosen.selected:
        notes += _events(one)
    blind = [one.selector for one in chosen.selected if one.selector in _BY_BEHAVIOUR]
    if chosen.blind and blind:
        notes.append(
            f"{counted(chosen.blind, 'problem')} without public inputs: nothing to watch programs on there, so order "
            f"decides for {', '.join(blind)}"
        )
    return [*notes, *left_out_note(result.left_out, table.evaluated), *run_notes(table)]


def _events(one: Selected) -> list[str]:
    """Return what went wrong on the way, and where a cap stopped a selector."""
    latest = {row.problem: row for rows in one.rows.values() for row in rows}
    events: Counter[str] = Counter()
    for row in latest.values():
        events.update(row.notes or {})
    capped = sum(bool(row.setting) for row in latest.values())
    notes = [f"{one.selector}: " + ", ".join(f"{event} × {count:,}" for event, count in sorted(events.items()))]
    if capped:
        notes.append(f"{one.selector}: stopped by a cap on {counted(capped, 'problem')}, where it goes by what it knew")
    return notes if events else notes[1:]
