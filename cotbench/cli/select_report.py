"""What `cotbench select` prints: a table of selectors by k, or one JSON document."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from rich.console import Console
from rich.table import Table

from cotbench.analysis import RunTable
from cotbench.analysis.notes import counted, left_out_note, run_notes
from cotbench.analysis.selected import CEILING, FLOOR, SelectorLine, selector_lines
from cotbench.cli.tables import heading, paragraph, percent
from cotbench.engine.drawing import Wish
from cotbench.engine.selecting import Selected


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, and from what. `blind` counts problems on which nothing could be watched."""

    table: RunTable
    wish: Wish
    selected: tuple[Selected, ...]
    left_out: tuple[int, ...] = ()
    blind: int = 0


def report(choice: Choice, *, as_json: bool) -> None:
    """Print the result."""
    lines = selector_lines({one.selector: one.rows for one in choice.selected}, seed=choice.wish.seed)
    if as_json:
        sys.stdout.write(orjson.dumps(_plain(choice, lines), option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    _print(choice, lines, Console(emoji=False))


def _plain(choice: Choice, lines: Sequence[SelectorLine]) -> dict[str, object]:
    spec, wish = choice.table.spec, choice.wish
    return {
        "run": choice.table.name,
        "strategy": spec.strategy,
        "model": spec.model,
        "benchmark": spec.benchmark,
        "simulated": choice.table.manifest.simulated,
        "n": wish.n,
        "k": list(wish.ks),
        "left_out": list(choice.left_out),
        "inputs": wish.generated,
        "seed": wish.seed,
        "rows": [line.to_plain() for line in lines],
        "submitted": {one.selector: _submitted(one) for one in choice.selected if one.selector != CEILING},
        "owed": {one.selector: {row.problem: row.error for row in one.failed} for one in choice.selected if one.failed},
        "notes": _notes(choice),
    }


def _submitted(one: Selected) -> dict[str, list[str]]:
    """Return the keys of the attempts that a selector submits of all there are, by problem."""
    return {row.problem: list(row.submitted) for rows in one.rows.values() for row in rows}


def _print(choice: Choice, lines: Sequence[SelectorLine], console: Console) -> None:
    spec, wish = choice.table.spec, choice.wish
    simulated = " [simulated]" if choice.table.manifest.simulated else ""
    problems = counted(lines[0].problems, "problem") if lines else "no problem"
    heading(f"{spec.strategy} × {spec.model} × {spec.benchmark}{simulated}, {problems}", console)
    grid = Table()
    for column in ("selector", "n@k", "solved", "95% interval", "of the oracle's gain"):
        grid.add_column(column, justify="left" if column == "selector" else "right", no_wrap=True)
    for k in wish.ks:
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
    for note in _notes(choice):
        paragraph(f"note: {note}", console, indent="  ")


def _notes(choice: Choice) -> list[str]:
    wish, table = choice.wish, choice.table
    notes = [
        f"{wish.n}@k: k attempts drawn at random, {wish.n} submitted by the selector, solved if one is right; "
        f"first is pass@{wish.n}, oracle is pass@k"
    ]
    drawn = sorted({line.selector for line in choice.selected if any(r.draws for rs in line.rows.values() for r in rs)})
    if drawn:
        notes.append(f"{', '.join(drawn)}: mean over {wish.draws:,} draws per problem; the others are exact")
    if choice.blind:
        notes.append(
            f"{counted(choice.blind, 'problem')} without public inputs: nothing to watch programs on, so order decides"
        )
    return [*notes, *left_out_note(choice.left_out, table.evaluated), *run_notes(table)]
