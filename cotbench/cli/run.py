"""`cotbench run`: carry out a run, or continue it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cotbench.cli.dryrun import print_estimate
from cotbench.cli.members import plan_runs
from cotbench.cli.requesting import Request
from cotbench.cli.safety import AllowUnsafe, Isolation, NoVerdictCache
from cotbench.cli.selection import Difficulty, FromDate, Ids, Platform, ProblemsFile, ToDate
from cotbench.cli.session import carry_out
from cotbench.cli.specify import (
    ATTEMPTS,
    BENCHMARK,
    LIMIT,
    MODEL,
    RESULTS,
    STRATEGY,
    TEMPERATURE,
    TOP_P,
    selection_settings,
    whole_or_word,
)
from cotbench.cli.study import carry_out_study
from cotbench.cli.study_estimate import print_study_estimate
from cotbench.config import ConfigFile, load_file, parse_extra, parse_sets, read_settings
from cotbench.core.errors import ConfigurationError

BUDGETS = "Limits and budgets"

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def run(
    strategy: Annotated[
        str | None,
        typer.Option(
            "--strategy",
            "-s",
            help=f"Search strategy, several as A,B; `cotbench list strategies`. (default {STRATEGY})",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            help=f"local, local/NAME, local/PATH.gguf, or a litellm name (openai/gpt-4o-mini). (default {MODEL})",
        ),
    ] = None,
    benchmark: Annotated[
        str | None,
        typer.Option("--benchmark", "-b", help=f"Name or path; `cotbench list benchmarks`. (default {BENCHMARK})"),
    ] = None,
    attempts: Annotated[
        str | None,
        typer.Option("--attempts", "-n", help=f"Programs per problem and unit, or all. (default {ATTEMPTS})"),
    ] = None,
    limit: Annotated[str | None, typer.Option("--limit", help=f"How many problems, or all. (default {LIMIT})")] = None,
    units: Annotated[
        int | None,
        typer.Option("--units", min=1, help="Independent repetitions of the search on each problem. (default 1)"),
    ] = None,
    preset: Annotated[
        str | None, typer.Option("--preset", help="Named options of the strategy, for example paper.")
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set one strategy option; repeatable.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", help="YAML file of settings or of a whole study; flags go over it. See configs/."
        ),
    ] = None,
    temperature: Annotated[
        float | None, typer.Option("--temperature", min=0, max=5, help=f"Sampling temperature. (default {TEMPERATURE})")
    ] = None,
    top_p: Annotated[
        float | None, typer.Option("--top-p", min=0, max=1, help=f"Nucleus sampling. (default {TOP_P})")
    ] = None,
    reply_tokens: Annotated[
        int | None,
        typer.Option("--reply-tokens", min=1, help="Tokens per reply. (default 512 for embedded models, else 4096)"),
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of problem order and search. (default 0)")] = None,
    idea_model: Annotated[
        str | None, typer.Option("--idea-model", help="Another model for observations, ideas and critique.")
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(
            "--concurrency",
            min=1,
            help="Replies asked for at a time, fewer while the model is overloaded. (default 4 embedded, else 16)",
            rich_help_panel=BUDGETS,
        ),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            min=0.1,
            help="Seconds to wait for one reply before it is asked for again. (default 600 embedded, else 300)",
            rich_help_panel=BUDGETS,
        ),
    ] = None,
    api_base: Annotated[str | None, typer.Option("--api-base", help="URL of an OpenAI-compatible server.")] = None,
    api_key_env: Annotated[
        str | None, typer.Option("--api-key-env", help="Environment variable that holds the API key.")
    ] = None,
    rpm: Annotated[
        int | None,
        typer.Option(
            "--rpm",
            min=1,
            help="Requests per minute and model, evenly spread. (default no limit)",
            rich_help_panel=BUDGETS,
        ),
    ] = None,
    tpm: Annotated[
        int | None,
        typer.Option(
            "--tpm",
            min=1,
            help="Tokens per minute and model, prompt and reply: a request counts as its prompt and a full reply until "
            "its real use is known. (default no limit)",
            rich_help_panel=BUDGETS,
        ),
    ] = None,
    set_model: Annotated[
        list[str] | None,
        typer.Option(
            "--set-model",
            metavar="KEY=VALUE",
            help="Set one more parameter of the model's provider, as in reasoning_effort=low; repeatable.",
            rich_help_panel="Model",
        ),
    ] = None,
    prompt_cache: Annotated[
        bool | None,
        typer.Option(
            "--prompt-cache/--no-prompt-cache",
            help="Ask for the provider's prompt cache where it must be asked for. (default on)",
            rich_help_panel="Model",
        ),
    ] = None,
    results: Annotated[Path, typer.Option("--results", help="Directory that holds the runs.")] = RESULTS,
    name: Annotated[str | None, typer.Option("--name", help="Name of the run's directory.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start another run instead of continuing one.")] = False,
    isolation: Isolation = None,
    allow_unsafe: AllowUnsafe = False,
    no_verdict_cache: NoVerdictCache = False,
    from_date: FromDate = None,
    to_date: ToDate = None,
    difficulty: Difficulty = None,
    platform: Platform = None,
    ids: Ids = None,
    problems: ProblemsFile = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the table.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")] = False,
    max_usd: Annotated[
        float | None, typer.Option("--max-usd", help="Stop before the run costs more dollars.", rich_help_panel=BUDGETS)
    ] = None,
    max_tokens: Annotated[
        int | None,
        typer.Option(
            "--max-tokens",
            help="Stop before the run uses more tokens, of prompts and replies.",
            rich_help_panel=BUDGETS,
        ),
    ] = None,
    max_calls: Annotated[
        int | None, typer.Option("--max-calls", help="Stop after so many replies.", rich_help_panel=BUDGETS)
    ] = None,
    max_minutes: Annotated[
        float | None,
        typer.Option("--max-minutes", help="Ask nothing more after so many minutes.", rich_help_panel=BUDGETS),
    ] = None,
    max_usd_per_problem: Annotated[
        float | None,
        typer.Option("--max-usd-per-problem", help="Spend no more dollars on a problem.", rich_help_panel=BUDGETS),
    ] = None,
    max_tokens_per_problem: Annotated[
        int | None,
        typer.Option("--max-tokens-per-problem", help="Use no more tokens on a problem.", rich_help_panel=BUDGETS),
    ] = None,
    max_calls_per_problem: Annotated[
        int | None,
        typer.Option("--max-calls-per-problem", help="Ask for no more replies on a problem.", rich_help_panel=BUDGETS),
    ] = None,
    max_minutes_per_problem: Annotated[
        float | None,
        typer.Option("--max-minutes-per-problem", help="Spend no more minutes on a problem.", rich_help_panel=BUDGETS),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Print the calls, tokens and money that are owed, and do nothing.",
            rich_help_panel=BUDGETS,
        ),
    ] = False,
    reuse: Annotated[
        list[str] | None,
        typer.Option(
            "--reuse",
            metavar="RUN",
            help="Take over equal calls of another run, unpaid; repeatable.",
            rich_help_panel=BUDGETS,
        ),
    ] = None,
) -> None:
    """Run a search strategy on a benchmark, or continue a run.

    Without options: PlanSearch with the embedded model on 5 problems of the starter benchmark, 3 attempts each, a few
    minutes on 2 cores. The same command again continues the run or says that it is complete; a larger --attempts,
    --units or --limit extends it.

    Example: cotbench run --strategy plansearch --benchmark humaneval --limit 20 --attempts 8
    """
    said = {
        "strategy": strategy,
        "model": model,
        "benchmark": benchmark,
        "attempts": whole_or_word(attempts),
        "limit": whole_or_word(limit),
        "units": units,
        "preset": preset,
        "temperature": temperature,
        "top_p": top_p,
        "reply_tokens": reply_tokens,
        "seed": seed,
        "idea_model": idea_model,
        "concurrency": concurrency,
        "timeout": timeout,
        "api_base": api_base,
        "api_key_env": api_key_env,
        "rpm": rpm,
        "tpm": tpm,
        "prompt_cache": prompt_cache,
        **selection_settings(
            from_date=from_date,
            to_date=to_date,
            difficulty=difficulty,
            platform=platform,
            ids=ids,
            problems=problems,
        ),
        "max_usd": max_usd,
        "max_tokens": max_tokens,
        "max_calls": max_calls,
        "max_minutes": max_minutes,
        "max_usd_per_problem": max_usd_per_problem,
        "max_tokens_per_problem": max_tokens_per_problem,
        "max_calls_per_problem": max_calls_per_problem,
        "max_minutes_per_problem": max_minutes_per_problem,
    }
    given = {setting: value for setting, value in said.items() if value is not None}
    sets = {"options": parse_sets(set_ or []), "extra": parse_extra(set_model or [])}
    flags = read_settings({**given, **sets}, where="command line")
    plan = plan_runs(flags, load_file(config) if config else ConfigFile(), results)
    if name is not None and len(plan.members) > 1:
        raise ConfigurationError(
            f"--name {name} names one run, and this command makes {len(plan.members)}", hint="leave it out"
        )
    requests = [
        Request(
            spec=member.spec,
            results=results,
            name=name,
            fresh=fresh,
            quiet=quiet,
            json=json_,
            isolation=isolation,
            allow_unsafe=allow_unsafe,
            verdict_cache=not no_verdict_cache,
            reuse=tuple(reuse or ()),
            beside=not plan.single,
        )
        for member in plan.members
    ]
    if dry_run:
        print_estimate(requests[0]) if plan.single else print_study_estimate(plan, requests)
        raise typer.Exit
    raise typer.Exit(carry_out(requests[0]) if plan.single else carry_out_study(plan, requests))
