"""pass_rates.csv: one line per problem, derived from the rows and rewritten at the end of each session."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

from cotbench.core.errors import StoreError
from cotbench.core.message import Usage
from cotbench.store.manifest import Manifest
from cotbench.store.reader import RunRows

FILE = "pass_rates.csv"
COLUMNS = (
    "problem",
    "difficulty",
    "n",
    "passed",
    "pass_rate",
    "public_passed",
    "calls",
    "prompt_tokens",
    "completion_tokens",
    "usd",
    "in_process",
    "simulated",
)


def write_pass_rates(directory: Path, manifest: Manifest, rows: RunRows) -> None:
    """Write pass_rates.csv; `n` counts attempts with a hidden verdict, `usd` is empty where a price is unknown.

    Calls, tokens and price are empty where the programs came from a file. `in_process` counts verdicts that a program
    could have forged; `simulated` is on every line, so that no line of it passes for a
    language model's.
    """
    hidden = rows.verdicts_on("hidden", manifest.grader)
    public = rows.verdicts_on("public", manifest.grader)
    usage: dict[str, Usage] = {}
    calls: dict[str, int] = {}
    usd: dict[str, float | None] = {}
    for call in rows.calls.values():
        usage[call.problem] = usage.get(call.problem, Usage()) + call.usage
        calls[call.problem] = calls.get(call.problem, 0) + 1
        spent = usd.get(call.problem, 0.0)
        usd[call.problem] = None if spent is None or call.usd is None else spent + call.usd
    outcomes: dict[str, list[bool]] = {}
    forgeable: dict[str, int] = {}
    for verdict in hidden.values():
        outcomes.setdefault(verdict.problem, []).append(verdict.outcome == "passed")
        forgeable[verdict.problem] = forgeable.get(verdict.problem, 0) + (verdict.integrity == "in-process")
    accepted: dict[str, int] = {}
    for verdict in public.values():
        accepted[verdict.problem] = accepted.get(verdict.problem, 0) + (verdict.outcome == "passed")
        forgeable[verdict.problem] = forgeable.get(verdict.problem, 0) + (verdict.integrity == "in-process")
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for problem, info in manifest.problems.items():
        results = outcomes.get(problem, [])
        spent_here = usd.get(problem, 0.0)
        tokens = usage.get(problem, Usage())
        price = "" if spent_here is None else f"{spent_here:.6f}"
        cost = [calls.get(problem, 0), tokens.prompt, tokens.completion, price]
        table.writerow(
            [
                problem,
                info.difficulty,
                len(results),
                sum(results),
                f"{sum(results) / len(results):.6f}" if results else "",
                accepted.get(problem, 0) if info.public else "",
                *(cost if manifest.programs is None else [""] * len(cost)),
                forgeable.get(problem, 0),
                "yes" if manifest.simulated else "no",
            ]
        )
    part = directory / f".{FILE}.{os.getpid()}"
    try:
        part.write_text(text.getvalue(), encoding="utf-8")
        part.replace(directory / FILE)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StoreError(f"cannot write {directory / FILE}: {error.strerror or error}") from error
