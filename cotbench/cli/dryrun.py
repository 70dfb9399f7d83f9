"""`cotbench run --dry-run`: what a run will take, before anything is asked; and the same in a line before it begins."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cotbench.cli.preparing import load, prepare
from cotbench.cli.requesting import Request
from cotbench.core.budget import RESOURCES, Price, Spent, amount, dollars, flag_of, setting_of
from cotbench.core.errors import ConfigurationError
from cotbench.core.spec import RunSpec
from cotbench.engine import Estimate, Range, estimate_run, unpriced
from cotbench.store import RunRows
from cotbench.store.spending import spent_on


def print_estimate(request: Request) -> None:
    """Print what is owed, step by step. Asks nothing and writes nothing.

    Raises ConfigurationError, BenchmarkError and StoreError where the run itself would.
    """
    prepared = prepare(request, load(request.spec.benchmark, Console(stderr=True, quiet=request.quiet)))
    spec, problems, directory, rows = prepared.spec, prepared.problems, prepared.directory, prepared.rows
    found = estimate_run(spec, problems, rows, prepared.prices, prepared.ground)
    if found is None:
        raise ConfigurationError(
            f"{spec.strategy} does not say what it will ask, so there is no estimate",
            hint="bound the run instead: --max-calls, --max-usd",
        )
    if request.json:
        plain = {**found.to_plain(), "run": directory.name, "model": spec.model, "problems": len(problems)}
        sys.stdout.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    console = Console(highlight=False)
    verb = "would continue" if prepared.resumed else "would start"
    say = f"{verb} {directory.path}: {spec.strategy} × {spec.model} × {spec.benchmark}, {found.units:,} units owed"
    _say(say, console)
    grid = Table()
    grid.add_column("step")
    for heading in ("calls", "prompt tokens", "completion tokens", "cost"):
        grid.add_column(heading, justify="right")
    for name, step in found.steps.items():
        grid.add_row(Text(name), *_cells(step))
    grid.add_section()
    grid.add_row("together", *_cells(found.total))
    console.print(grid)
    for line in (*_remarks(request, found, prepared.prices), *_spent(rows, prepared.prices)):
        _say(line, console)


def estimate_line(spec: RunSpec, found: Estimate | None) -> str | None:
    """Return an estimate in one line; None where there is none."""
    if found is None:
        return None
    calls, prompt, completion, cost = _cells(found.total)
    return (
        f"expected for {spec.strategy}: {calls} calls, {prompt} prompt + {completion} completion tokens, cost {cost}"
        " (--dry-run shows the steps)"
    )


def price_line(spec: RunSpec, prices: Mapping[str, Price]) -> str | None:
    """Return what must be said once where a price is not known."""
    models = unpriced(spec, prices)
    return f"the price of {' and '.join(models)} is not known: costs are shown as unknown" if models else None


def _remarks(request: Request, found: Estimate, prices: Mapping[str, Price]) -> list[str]:
    spec, high = request.spec, found.total.high
    unknown = price_line(spec, prices)
    lines = [
        "low: replies of the usual length; high: every reply as long as it may be "
        f"({spec.sampling.max_tokens:,} tokens, thoughts less)",
        *([unknown] if unknown else []),
    ]
    most = Spent(high.usd, high.prompt + high.completion, high.calls)
    for resource in RESOURCES:
        cap, need = spec.caps.of(resource), most.of(resource)
        if cap is not None and (need is None or need > cap):
            lines.append(f"{flag_of(setting_of(resource, 'run'))} {cap:g} may stop it before its end")
    if request.reuse:
        lines.append("calls that --reuse finds are not taken off")
    return lines


def _spent(rows: RunRows | None, prices: Mapping[str, Price]) -> list[str]:
    if rows is None:
        return []
    spent = spent_on(rows.calls.values(), prices)
    parts = [amount("calls", spent.calls), amount("tokens", spent.tokens), f"cost {dollars(spent.usd)}"]
    return [f"spent so far: {', '.join(parts)}"]


def _cells(step: Range) -> tuple[str, str, str, str]:
    low, high = step.low, step.high
    return (
        _span(f"{low.calls:,}", f"{high.calls:,}"),
        _span(_short(low.prompt), _short(high.prompt)),
        _span(_short(low.completion), _short(high.completion)),
        _span(_cost(low.usd), _cost(high.usd)),
    )


def _span(low: str, high: str) -> str:
    return low if low == high else f"{low} – {high}"


def _cost(usd: float | None) -> str:
    """Return dollars without digits that an estimate does not have."""
    if usd is None:
        return dollars(None)
    rounded = float(f"{usd:.2g}")
    return f"${rounded:,.0f}" if rounded >= 100 else dollars(rounded)


def _short(tokens: int) -> str:
    """Return tokens with two digits, in thousands or millions."""
    rounded = float(f"{tokens:.2g}")
    for size, unit in ((1_000_000, "M"), (1000, "k")):
        if rounded >= size:
            return f"{rounded / size:,.10g}{unit}"
    return f"{rounded:.0f}"


def _say(line: str, console: Console) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
