"""`cotbench run --dry-run`: what a run will take, before anything is asked; and the same in a line before it begins."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TypeVar

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cotbench.analysis.notes import counted
from cotbench.cli.preparing import Prepared, load, prepare
from cotbench.cli.requesting import Request
from cotbench.core.budget import RESOURCES, Caps, Price, Spent, amount, dollars, flag_of, setting_of
from cotbench.core.errors import ConfigurationError
from cotbench.core.spec import RunSpec
from cotbench.engine import Estimate, Range, estimate_run, unpriced
from cotbench.store.spending import spent_on

T = TypeVar("T", int, float)


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
    owed = counted(found.units, "unit")
    _say(f"{verb} {directory.path}: {spec.strategy} × {spec.model} × {spec.benchmark}, {owed} owed", console)
    grid = Table()
    grid.add_column("step")
    for heading in ("calls", "prompt tokens", "completion tokens", "cost"):
        grid.add_column(heading, justify="right")
    for name, step in found.steps.items():
        grid.add_row(Text(name), *cells(step))
    grid.add_section()
    grid.add_row("together", *cells(found.total))
    console.print(grid)
    spent = spent_before(prepared)
    lines = [
        *remarks(spec, found.total, spent),
        *filter(None, [price_line(spec, prepared.prices)]),
        *(["calls that --reuse finds are not taken off"] if request.reuse else []),
        *([_spent_line(spent)] if rows is not None else []),
    ]
    for line in lines:
        _say(line, console)


def spent_before(prepared: Prepared) -> Spent:
    """Return what a run has paid for so far; time is not counted."""
    return Spent() if prepared.rows is None else spent_on(prepared.rows.calls.values(), prepared.prices)


def estimate_line(spec: RunSpec, found: Estimate | None) -> str | None:
    """Return an estimate in one line; None where there is none."""
    if found is None:
        return None
    calls, prompt, completion, cost = cells(found.total)
    word = "call" if calls == "1" else "calls"
    return (
        f"expected for {spec.strategy}: {calls} {word}, {prompt} prompt + {completion} completion tokens, cost {cost}"
        " (--dry-run shows the steps)"
    )


def price_line(spec: RunSpec, prices: Mapping[str, Price]) -> str | None:
    """Return what must be said once where a price is not known."""
    models = unpriced(spec, prices)
    return f"the price of {' and '.join(models)} is not known: costs are shown as unknown" if models else None


def remarks(spec: RunSpec, total: Range, spent: Spent) -> list[str]:
    """Return how to read an estimate, and which caps on the run it may meet when so much is spent already."""
    high = total.high
    lines = [
        "low: replies of the usual length; high: every reply as long as it may be "
        f"({spec.sampling.max_tokens:,} tokens, thoughts less){held(spec.problem_caps)}"
    ]
    most = spent + Spent(high.usd, high.prompt + high.completion, high.calls)
    for resource in RESOURCES:
        cap, need = spec.caps.of(resource), most.of(resource)
        # Nothing is said of minutes: how fast replies come is not known.
        if cap is not None and resource != "minutes" and (need is None or need > cap):
            lines.append(f"{flag_of(setting_of(resource, 'run'))} {cap:g} may stop it before its end")
    return lines


def held(caps: Caps) -> str:
    """Return the caps per problem that bound both ends of an estimate, as the end of a sentence."""
    said = [
        f"{flag_of(setting_of(resource, 'problem'))} {cap:g}"
        for resource in RESOURCES
        if resource != "minutes" and (cap := caps.of(resource)) is not None
    ]
    return f"; both within {' and '.join(said)}" if said else ""


def _spent_line(spent: Spent) -> str:
    parts = [amount("calls", spent.calls), amount("tokens", spent.tokens), f"cost {dollars(spent.usd)}"]
    return f"spent so far: {', '.join(parts)}"


def cells(step: Range) -> tuple[str, str, str, str]:
    """Return calls, prompt tokens, completion tokens and cost of a step, the smaller end first.

    Within a cap on tokens, long replies leave room for fewer calls, so that the high end may have the smaller number.
    """
    low, high = step.low, step.high
    return (
        _span("{:,}".format, low.calls, high.calls),
        _span(_short, low.prompt, high.prompt),
        _span(_short, low.completion, high.completion),
        _span(_cost, low.usd, high.usd) if low.usd is not None and high.usd is not None else _cost(None),
    )


def _span(written: Callable[[T], str], low: T, high: T) -> str:
    ends = [written(end) for end in sorted((low, high))]
    return ends[0] if ends[0] == ends[1] else " – ".join(ends)


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
