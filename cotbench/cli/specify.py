"""From settings to a complete RunSpec: defaults that depend on the model, options that depend on the strategy."""

from __future__ import annotations

import re
from pathlib import Path

from cotbench.backends.extra import checked_extra
from cotbench.backends.registry import (
    canonical_name,
    check_benchmark,
    default_benchmark,
    default_concurrency,
    default_max_tokens,
    default_top_p,
)
from cotbench.benchmarks.registry import canonical_benchmark
from cotbench.cli.selection import Selection, read_ids
from cotbench.config import Settings
from cotbench.core.budget import Caps, Price
from cotbench.core.errors import ConfigurationError
from cotbench.core.message import Sampling
from cotbench.core.naming import stem_of
from cotbench.core.spec import ALL, GRADED, RunSpec
from cotbench.core.window import Window, words
from cotbench.strategies import check_attempts, resolve_options, run_defaults

STRATEGY = "plansearch"
MODEL = "local"
BENCHMARK = "starter"
LIMIT = 5
ATTEMPTS = 3
TEMPERATURE = 0.8
TOP_P = 0.95
RESULTS = Path("results")


def complete(settings: Settings) -> RunSpec:
    """Fill in what was not said. Raises ConfigurationError for names and options that do not exist."""
    strategy = settings.strategy or STRATEGY
    if strategy == GRADED:
        raise ConfigurationError(
            f"{GRADED} is not a search strategy: the programs of such a run came from a file",
            hint="judge a file with `cotbench grade FILE --benchmark B`, a run with `cotbench regrade RUN`",
        )
    options = resolve_options(strategy, settings.preset, settings.options)
    usual = run_defaults(strategy, settings.preset)
    attempts = _amount(settings.attempts if settings.attempts is not None else usual.attempts, ATTEMPTS)
    check_attempts(strategy, attempts)
    model = canonical_name(settings.model or MODEL)
    idea_model = canonical_name(settings.idea_model) if settings.idea_model else None
    benchmark = canonical_benchmark(settings.benchmark or default_benchmark(model, BENCHMARK))
    for each in filter(None, (model, idea_model)):
        check_benchmark(each, stem_of(benchmark))
    selection = read_selection(settings, LIMIT)
    return RunSpec(
        strategy=strategy,
        options=options,
        model=model,
        idea_model=None if idea_model == model else idea_model,
        benchmark=benchmark,
        limit=selection.limit,
        attempts=attempts,
        units=settings.units or 1,
        seed=settings.seed if settings.seed is not None else 0,
        sampling=Sampling(
            temperature=_first(settings.temperature, usual.temperature, TEMPERATURE),
            top_p=_first(settings.top_p, usual.top_p, default_top_p(model, TOP_P)),
            max_tokens=settings.reply_tokens or default_max_tokens(model),
            extra=checked_extra(settings.extra),
        ),
        concurrency=settings.concurrency or default_concurrency(model),
        timeout=settings.timeout,
        api_base=settings.api_base,
        api_key_env=settings.api_key_env,
        rpm=settings.rpm,
        tpm=settings.tpm,
        prompt_cache=settings.prompt_cache is not False,
        window=selection.window,
        ids=selection.ids,
        caps=Caps(settings.max_usd, settings.max_tokens, settings.max_calls, settings.max_minutes),
        problem_caps=Caps(
            settings.max_usd_per_problem,
            settings.max_tokens_per_problem,
            settings.max_calls_per_problem,
            settings.max_minutes_per_problem,
        ),
        prices={model: Price(price.input, price.output, price.cached) for model, price in settings.prices.items()},
    )


def read_selection(settings: Settings, limit: int | None) -> Selection:
    """Return which problems are wanted; `limit` of them where no number, ids or slice say how many.

    Raises ConfigurationError if the list of problems cannot be read, or for a window that ends before it begins.
    """
    if settings.ids and settings.problems:
        raise ConfigurationError("--ids and --problems are both given", hint="choose problems by one of them")
    ids = read_ids(Path(settings.problems).expanduser()) if settings.problems else tuple(settings.ids or ())
    window = Window(
        from_date=settings.from_date or "",
        to_date=settings.to_date or "",
        difficulty=words(settings.difficulty),
        platform=words(settings.platform),
    )
    if window.from_date and window.to_date and window.to_date < window.from_date:
        raise ConfigurationError(f"--to {window.to_date} is before --from {window.from_date}")
    name = settings.benchmark or ""
    counted = bool(ids) or stem_of(name) != name
    return Selection(window, tuple(dict.fromkeys(ids)), _amount(settings.limit, None if counted else limit))


def selection_settings(
    *,
    from_date: str | None,
    to_date: str | None,
    difficulty: str | None,
    platform: str | None,
    ids: str | None,
    problems: Path | None,
) -> dict[str, object]:
    """Return the flags that choose problems as settings; None for those that were not given."""
    return {
        "from_date": from_date,
        "to_date": to_date,
        "difficulty": difficulty,
        "platform": platform,
        "ids": ids,
        "problems": None if problems is None else str(problems),
    }


def whole_or_word(text: str | None) -> int | str | None:
    """Return a number where the text is one; anything else is left for the settings to judge."""
    # 18 digits are far more than settings allow and fit every integer type on the way there.
    return int(text) if text is not None and re.fullmatch(r"-?[0-9]{1,18}", text) else text


def _first(said: float | None, usual: float | None, default: float) -> float:
    return said if said is not None else usual if usual is not None else default


def _amount(said: int | str | None, default: int | None) -> int | None:
    if said is None:
        return default
    return None if said == ALL else int(said)
