"""From settings to a complete RunSpec: defaults that depend on the model, options that depend on the strategy."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from cotbench.backends.extra import checked_extra
from cotbench.backends.registry import (
    canonical_name,
    default_concurrency,
    default_max_tokens,
    default_model,
    default_top_p,
)
from cotbench.config import Settings, read_settings
from cotbench.core.errors import ConfigurationError
from cotbench.core.ids import canonical, extra_parameters
from cotbench.core.message import Sampling
from cotbench.core.spec import ALL, GRADED, RunSpec
from cotbench.strategies import check_attempts, resolve_options, strategy_entry

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
    attempts = _amount(settings.attempts, ATTEMPTS)
    check_attempts(strategy, attempts)
    model = canonical_name(settings.model or MODEL)
    idea_model = canonical_name(settings.idea_model) if settings.idea_model else None
    return RunSpec(
        strategy=strategy,
        options=options,
        model=model,
        idea_model=None if idea_model == model else idea_model,
        benchmark=settings.benchmark or BENCHMARK,
        limit=_amount(settings.limit, LIMIT),
        attempts=attempts,
        units=settings.units or 1,
        seed=settings.seed if settings.seed is not None else 0,
        sampling=Sampling(
            temperature=settings.temperature if settings.temperature is not None else TEMPERATURE,
            top_p=settings.top_p if settings.top_p is not None else default_top_p(model, TOP_P),
            max_tokens=settings.max_tokens or default_max_tokens(model),
            extra=checked_extra(settings.extra),
        ),
        concurrency=settings.concurrency or default_concurrency(model),
        timeout=settings.timeout,
        api_base=settings.api_base,
        api_key_env=settings.api_key_env,
        prompt_cache=settings.prompt_cache is not False,
    )


def command_for(strategy: str, spec: RunSpec, results: Path = RESULTS) -> str:
    """Return the command that runs another strategy on the same models and problems: flags that are not defaults.

    Where all attempts were wanted and the other strategy never ends, it gets the default number.
    """
    usual = complete(Settings(strategy=strategy, model=spec.model, attempts=1))
    every = ALL if strategy_entry(strategy).finite else ATTEMPTS
    flags: list[tuple[str, object, object]] = [
        ("--model", spec.model, default_model()),
        ("--idea-model", spec.idea_model, None),
        ("--benchmark", spec.benchmark, BENCHMARK),
        ("--limit", ALL if spec.limit is None else spec.limit, LIMIT),
        ("--attempts", every if spec.attempts is None else spec.attempts, ATTEMPTS),
        ("--units", spec.units, usual.units),
        ("--seed", spec.seed, usual.seed),
        ("--temperature", spec.sampling.temperature, usual.sampling.temperature),
        ("--top-p", spec.sampling.top_p, usual.sampling.top_p),
        ("--max-tokens", spec.sampling.max_tokens, usual.sampling.max_tokens),
        ("--api-base", spec.api_base, None),
        ("--api-key-env", spec.api_key_env, None),
        *(
            ("--set-model", f"{name}={canonical(value)}", None)
            for name, value in extra_parameters(spec.sampling).items()
        ),
        ("--results", results, RESULTS),
    ]
    said = [word for flag, value, default in flags if value != default for word in (flag, str(value))]
    return shlex.join(["cotbench", "run", "--strategy", strategy, *said])


def whole_or_word(text: str | None) -> int | str | None:
    """Return a number where the text is one; anything else is left for the settings to judge."""
    # 18 digits are far more than settings allow and fit every integer type on the way there.
    return int(text) if text is not None and re.fullmatch(r"-?[0-9]{1,18}", text) else text


def read_limit(text: str | None) -> int | None:
    """Return how many problems are wanted, None for all of them. Raises ConfigurationError."""
    given = {} if text is None else {"limit": whole_or_word(text)}
    said = read_settings(given, where="command line").limit
    return None if said in (None, ALL) else int(said)


def _amount(said: int | str | None, default: int) -> int | None:
    if said is None:
        return default
    return None if said == ALL else int(said)
