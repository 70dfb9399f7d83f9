"""`cotbench select`: let selectors choose among a run's attempts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.console import Console

from cotbench.analysis import run_table
from cotbench.analysis.coverage import split_ks
from cotbench.cli.app import INCOMPLETE, INTERRUPTED, OK
from cotbench.cli.choosing import Wanted, choose
from cotbench.cli.runs import find, same_command
from cotbench.cli.safety import AllowUnsafe, Isolation, Slots
from cotbench.cli.select_report import Report, report
from cotbench.cli.specify import RESULTS, complete
from cotbench.config import read_settings
from cotbench.core.errors import ConfigurationError
from cotbench.core.spec import GRADED, RunSpec
from cotbench.engine import GENERATED
from cotbench.engine.drawing import DRAWS, Wish
from cotbench.engine.selector_calls import Asking
from cotbench.selectors import SELECTORS, Decider, SelectorEntry, selector_entry
from cotbench.selectors.codet import REPLIES
from cotbench.selectors.pairwise import CLUSTERS

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

DEFAULT = "first,public,cluster,mbr,oracle"
ALWAYS = ("first", "public", "oracle")
ASKING = "codet and pairwise"
BUDGETS = "Limits and budgets"


@app.command()
def select(
    run: Annotated[str, typer.Argument(help="Name or path of the run; `cotbench list runs`.")],
    selector: Annotated[
        str, typer.Option("--selector", "-s", help=f"Which, separated by commas: {', '.join(SELECTORS)}.")
    ] = DEFAULT,
    n: Annotated[int, typer.Option("--n", min=1, help="How many attempts are submitted.")] = 1,
    k: Annotated[
        str | None,
        typer.Option("--k", help="Out of how many attempts, for example 1,5,10. (default: all that every problem has)"),
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", min=1, help="Draws of k attempts per problem, where there is no closed form.")
    ] = DRAWS,
    inputs: Annotated[
        int, typer.Option("--inputs", min=0, help="Generated inputs that programs are watched on, beside public ones.")
    ] = GENERATED,
    seed: Annotated[int, typer.Option("--seed", help="Seed of inputs, draws and intervals.")] = 0,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="The model. (default: the run's own)", rich_help_panel=ASKING)
    ] = None,
    replies: Annotated[
        int, typer.Option("--replies", min=1, help="codet: replies of 5 tests each.", rich_help_panel=ASKING)
    ] = REPLIES,
    clusters: Annotated[
        int, typer.Option("--clusters", min=2, help="pairwise: how many clusters meet.", rich_help_panel=ASKING)
    ] = CLUSTERS,
    decide: Annotated[
        str, typer.Option("--decide", help="pairwise: who decides, model or majority.", rich_help_panel=ASKING)
    ] = "model",
    temperature: Annotated[
        float | None,
        typer.Option("--temperature", min=0, max=5, help="For tests and inputs. (default 0.8)", rich_help_panel=ASKING),
    ] = None,
    reply_tokens: Annotated[
        int | None,
        typer.Option("--reply-tokens", min=1, help="Tokens per reply. (default as in run)", rich_help_panel=ASKING),
    ] = None,
    api_base: Annotated[
        str | None, typer.Option("--api-base", help="URL of an OpenAI-compatible server.", rich_help_panel=ASKING)
    ] = None,
    api_key_env: Annotated[
        str | None,
        typer.Option("--api-key-env", help="Environment variable that holds the API key.", rich_help_panel=ASKING),
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option("--concurrency", min=1, help="Replies asked for at a time.", rich_help_panel=BUDGETS),
    ] = None,
    rpm: Annotated[
        int | None, typer.Option("--rpm", min=1, help="Requests per minute.", rich_help_panel=BUDGETS)
    ] = None,
    tpm: Annotated[int | None, typer.Option("--tpm", min=1, help="Tokens per minute.", rich_help_panel=BUDGETS)] = None,
    max_usd: Annotated[
        float | None, typer.Option("--max-usd", help="Stop before it costs more dollars.", rich_help_panel=BUDGETS)
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option("--max-tokens", help="Stop before it uses more tokens.", rich_help_panel=BUDGETS)
    ] = None,
    max_calls: Annotated[
        int | None, typer.Option("--max-calls", help="Stop after so many replies.", rich_help_panel=BUDGETS)
    ] = None,
    max_calls_per_problem: Annotated[
        int | None,
        typer.Option("--max-calls-per-problem", help="Ask for no more replies on a problem.", rich_help_panel=BUDGETS),
    ] = None,
    slots: Slots = None,
    isolation: Isolation = None,
    allow_unsafe: AllowUnsafe = False,
    results: Annotated[Path, typer.Option("--results", help="Directory that holds the runs.")] = RESULTS,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")] = False,
) -> None:
    """Let selectors choose among a run's attempts.

    Prints n@k: how often one of n submitted attempts is right, out of k drawn at random. What was worked out, seen and
    asked is kept in the run, so that the same command again only reads, and an interrupted one goes on. Only codet and
    pairwise ask a model.

    Example: cotbench select repeated-qwen2.5-coder-0.5b-starter --selector cluster,mbr --k 1,3
    """
    directory = find(run, results)
    screen = Console(stderr=True, quiet=quiet)
    entries = _entries(selector)
    table = run_table(directory)
    if not table.evaluated:
        raise ConfigurationError(f"{directory.path}: no attempt is judged yet", hint="finish the run first")
    ks, left_out = split_ks([table.evaluated], _numbers(k))
    if not ks:
        raise ConfigurationError(
            f"{directory.path} has no attempts to draw {min(left_out)} from: some problem has fewer",
            hint="`cotbench show RUN` says how many there are",
        )
    spec = table.spec
    flags = {
        "model": model or (None if spec.strategy == GRADED else spec.model),
        "temperature": temperature,
        "reply_tokens": reply_tokens,
        "api_base": api_base or (spec.api_base if model is None else None),
        "api_key_env": api_key_env or (spec.api_key_env if model is None else None),
        "concurrency": concurrency,
        "rpm": rpm,
        "tpm": tpm,
        "max_usd": max_usd,
        "max_tokens": max_tokens,
        "max_calls": max_calls,
        "max_calls_per_problem": max_calls_per_problem,
    }
    asking = None
    if any(entry.needs == "model" for entry in entries):
        asking = Asking(_asked(flags, spec), replies, clusters, _decider(decide))
    wanted = Wanted(
        directory=directory,
        problems=tuple(row.problem for row in table.evaluated),
        entries=tuple(entries),
        wish=Wish(n=n, ks=ks if k is not None else ks[-1:], draws=draws, seed=seed, generated=inputs),
        asking=asking,
        slots=slots,
        isolation=isolation,
        allow_unsafe=allow_unsafe,
    )
    try:
        chosen = choose(wanted, screen)
    except (KeyboardInterrupt, asyncio.CancelledError):
        typer.echo(f"interrupted; what was worked out is kept. Continue with: {same_command()}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    report(Report(table, wanted, chosen, left_out), as_json=json_)
    owed = {row.problem: row.error for one in chosen.selected for row in one.failed}
    if owed:
        typer.echo(f"incomplete: {len(owed)} problems are owed ({next(iter(owed.values()))}).", err=True)
        typer.echo(f"Continue with: {same_command()}", err=True)
    raise typer.Exit(INCOMPLETE if owed else OK)


def _entries(text: str) -> list[SelectorEntry]:
    """Return the selectors that were named, and those that the others are measured by."""
    named = [part.strip() for part in text.split(",") if part.strip()]
    entries = {name: selector_entry(name) for name in (*ALWAYS, *named)}
    return [entries[name] for name in SELECTORS if name in entries]


def _asked(flags: Mapping[str, object], spec: RunSpec) -> RunSpec:
    """Return how the selectors ask, with every default filled in. Raises ConfigurationError."""
    if flags["model"] is None:
        raise ConfigurationError(
            "the programs of this run came from a file, so there is no model to ask", hint="name one with --model"
        )
    given = {name: value for name, value in flags.items() if value is not None}
    return complete(read_settings({**given, "strategy": "repeated", "benchmark": spec.benchmark}, where="command line"))


def _decider(text: str) -> Decider:
    for decider in get_args(Decider):
        if text == decider:
            return decider  # type: ignore[no-any-return]
    raise ConfigurationError(f"--decide {text} is unknown", hint=f"one of: {', '.join(get_args(Decider))}")


def _numbers(text: str | None) -> list[int] | None:
    if text is None:
        return None
    try:
        return sorted({int(part) for part in text.split(",")})
    except ValueError:
        raise ConfigurationError(f"--k {text}: whole numbers separated by commas were expected") from None
