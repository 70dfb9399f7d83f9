"""Diversity and gain as data for other programs and documents: JSON, long CSV, GitHub markdown."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from cotbench.analysis.diverse import DiversitySettings, diversity_notes
from cotbench.analysis.diversity import ORDERS, Mean, ProblemDiversity, RunDiversity, plain_hill
from cotbench.analysis.gain import Gain, GainRow
from cotbench.analysis.markdown import markdown_cell, markdown_table
from cotbench.analysis.notes import shared_notes
from cotbench.stats.association import Association

COLUMNS = ("level", "run", "problem", "rung", "quantity", "value", "low", "high", "method", "n", "draws", "simulated")

TITLES = {
    "exact": "equal texts",
    "tokens": "equal tokens",
    "tree": "equal trees",
    "edits": "tree edit distance",
    "behaviour": "equal behaviour",
}

_PROMPTS = re.compile(r"prompts \w+, | \(prompts \w+\)$")


def title(rung: str) -> str:
    """Return what a rung is called in tables and figures; notes and data have the whole name of a judge."""
    return TITLES.get(rung) or f"judge {_PROMPTS.sub('', rung)}"


def diversity_plain(
    found: Sequence[RunDiversity], labels: Sequence[str], settings: DiversitySettings, gained: Gain | None
) -> dict[str, object]:
    """Return everything that was measured as plain data for JSON."""
    return {
        "confidence": settings.confidence,
        "seed": settings.seed,
        "among": settings.among,
        "draws": found[0].draws,
        "edit_pairs": settings.edit_pairs,
        "runs": [_run_plain(run, label) for run, label in zip(found, labels, strict=True)],
        "gain": None if gained is None else _gain_plain(gained),
    }


def diversity_csv(found: Sequence[RunDiversity], labels: Sequence[str], gained: Gain | None) -> str:
    """Return one line per number (columns COLUMNS): means over problems, then problems, then associations."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    table.writeheader()
    for run, label in zip(found, labels, strict=True):
        shared = {"run": label, "draws": run.draws, "simulated": "yes" if run.table.manifest.simulated else "no"}
        for line in (*_mean_lines(run), *_problem_lines(run)):
            table.writerow({**shared, **line})
    for row in gained.rows if gained is not None else ():
        for quantity, value in (("spearman", row.plain), ("spearman given pass@1", row.partial)):
            if value is not None:
                said = {"level": f"gain over {row.level}", "rung": row.rung, "n": value.points}
                limits = {"value": _exact(value.estimate), "low": _exact(value.low), "high": _exact(value.high)}
                table.writerow({**said, "quantity": f"{quantity}, {row.gain} gain", **limits, "method": "percentile"})
    return text.getvalue()


def diversity_markdown(
    found: Sequence[RunDiversity], labels: Sequence[str], settings: DiversitySettings, gained: Gain | None
) -> str:
    """Return the ladder of each run and the associations as GitHub markdown, with the notes."""
    level = f"{100 * settings.confidence:g} %"
    parts: list[str] = []
    for run, label in zip(found, labels, strict=True):
        simulated = " [simulated]" if run.table.manifest.simulated else ""
        parts.append(
            f"**{markdown_cell(label)}**{simulated}: D is the chance in % that two programs of one problem differ; "
            f"effective numbers in {run.draws} programs; {level} intervals over problems."
        )
        parts.append(markdown_table(ladder_heads(), ladder_rows(run)))
    if gained is not None:
        parts.append(f"D against gain, pass@{gained.k} over pass@1: Spearman's correlation, {level} intervals.")
        parts.append(markdown_table(gain_heads(), [gain_cells(row) for row in gained.rows]))
    parts.append("\n".join(f"- {markdown_cell(note)}" for note in all_notes(found, labels, gained)))
    return "\n\n".join(parts) + "\n"


def all_notes(found: Sequence[RunDiversity], labels: Sequence[str], gained: Gain | None) -> list[str]:
    """Return the notes of all runs, what is true of several said once, and those on gain."""
    notes = [f"{label}: {note}" for run, label in zip(found, labels, strict=True) for note in diversity_notes(run)]
    if len(found) == 1:
        return [*diversity_notes(found[0]), *(gained.notes if gained is not None else ())]
    return [*shared_notes(notes, labels), *(gained.notes if gained is not None else ())]


def ladder_heads() -> list[str]:
    """Return the heads of `ladder_rows`."""
    return ["programs told apart by", "D %", "interval", *(f"order {order}" for order in ORDERS)]


def ladder_rows(run: RunDiversity) -> list[list[str]]:
    """Return a line per rung: D with its interval, and effective numbers; then the useful behaviours."""
    rows = [
        [
            title(values.rung),
            f"{100 * values.difference.value:.1f}",
            f"[{100 * values.difference.interval.low:.1f}, {100 * values.difference.interval.high:.1f}]",
            *([f"{item.value:.2f}" for item in values.hill] or ["–"] * len(ORDERS)),
        ]
        for values in run.rungs
    ]
    if run.useful is not None:
        rows.append(["useful behaviours", "–", "–", f"{run.useful.value:.2f}", "–", "–"])
    return rows


def gain_heads() -> list[str]:
    """Return the heads of `gain_cells`."""
    return ["over", "told apart by", "gain", "points", "Spearman", "given pass@1"]


def gain_cells(row: GainRow) -> list[str]:
    """Return one association as text."""
    return [row.level, title(row.rung), row.gain, f"{row.points:,}", _association(row.plain), _association(row.partial)]


def _association(value: Association | None) -> str:
    if value is None:
        return "–"
    interval = "" if value.low is None or value.high is None else f" [{value.low:+.2f}, {value.high:+.2f}]"
    return f"{value.estimate:+.2f}{interval}"


def _run_plain(run: RunDiversity, label: str) -> dict[str, object]:
    return {
        "run": label,
        "strategy": run.table.spec.strategy,
        "model": run.table.spec.model,
        "benchmark": run.table.spec.benchmark,
        "simulated": run.table.manifest.simulated,
        "inputs": run.inputs,
        "rungs": [
            {
                "rung": values.rung,
                "difference": asdict(values.difference),
                "effective": {str(order): asdict(item) for order, item in zip(ORDERS, values.hill, strict=False)},
            }
            for values in run.rungs
        ],
        "useful_behaviours": None if run.useful is None else asdict(run.useful),
        "judges": [asdict(judge) for judge in run.judges],
        "problems": [_problem_plain(problem, run) for problem in run.problems],
        "notes": diversity_notes(run),
    }


def _problem_plain(problem: ProblemDiversity, run: RunDiversity) -> dict[str, object]:
    rungs = [values.rung for values in run.rungs]
    return {
        "problem": problem.problem,
        "programs": problem.programs,
        "difference": {rung: problem.difference(rung) for rung in rungs},
        "classes": {rung: list(sizes) for rung, sizes in problem.sizes.items()},
        "effective": {rung: list(plain_hill(sizes)) for rung, sizes in problem.sizes.items()},
        "useful_behaviours": None if problem.useful is None else len(problem.useful),
    }


def _gain_plain(gained: Gain) -> dict[str, object]:
    return {
        "k": gained.k,
        "rows": [asdict(row) for row in gained.rows],
        "points": [
            {**asdict(point), "relative": point.gain("relative"), "absolute": point.gain("absolute")}
            for point in (*gained.runs, *gained.problems)
        ],
        "notes": list(gained.notes),
    }


def _mean_lines(run: RunDiversity) -> Iterable[dict[str, object]]:
    for values in run.rungs:
        yield {"rung": values.rung, "quantity": "D", **_mean(values.difference)}
        for order, item in zip(ORDERS, values.hill, strict=False):
            yield {"rung": values.rung, "quantity": f"effective number, order {order}", **_mean(item)}
    if run.useful is not None:
        yield {"rung": "behaviour", "quantity": "useful behaviours", **_mean(run.useful)}


def _problem_lines(run: RunDiversity) -> Iterable[dict[str, object]]:
    for problem in run.problems:
        shared = {"level": "problem", "problem": problem.problem, "n": problem.programs}
        for values in run.rungs:
            difference = problem.difference(values.rung)
            if difference is not None:
                yield {**shared, "rung": values.rung, "quantity": "D", "value": _exact(difference)}
        for rung, sizes in problem.sizes.items():
            yield {**shared, "rung": rung, "quantity": "classes", "value": len(sizes)}
        if problem.useful is not None:
            yield {**shared, "rung": "behaviour", "quantity": "useful behaviours", "value": len(problem.useful)}


def _mean(item: Mean) -> dict[str, object]:
    return {
        "level": "run",
        "value": _exact(item.value),
        "low": _exact(item.interval.low),
        "high": _exact(item.interval.high),
        "method": item.interval.method,
        "n": item.problems,
    }


def _exact(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
