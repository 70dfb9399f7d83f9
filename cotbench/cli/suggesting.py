"""The command that is suggested after a run: another strategy with the same settings, to compare with."""

from __future__ import annotations

import shlex
from pathlib import Path

from cotbench.backends.registry import default_model
from cotbench.cli.specify import ATTEMPTS, BENCHMARK, LIMIT, RESULTS, TEMPERATURE, complete
from cotbench.config import Settings
from cotbench.core.budget import RESOURCES, flag_of, setting_of
from cotbench.core.ids import canonical, extra_parameters
from cotbench.core.spec import ALL, RunSpec
from cotbench.strategies import strategy_entry

_LISTED = 5
"""More problems than this are not named one by one on a command line."""

Flags = list[tuple[str, object, object]]
"""Flags with their values and what those are where nothing is said."""


def command_for(strategy: str, spec: RunSpec, results: Path = RESULTS, run: Path | None = None) -> str:
    """Return the command that runs another strategy on the same models and problems: flags that are not defaults.

    Where all attempts were wanted and the other strategy never ends, it gets the default number; temperature 0 and the
    one attempt that goes with it stay with the run they were for. What no flag can say, and long lists of problems,
    come from the spec of the `run`.
    """
    place: Flags = [("--results", results, RESULTS)]
    if run is not None and (spec.prices or len(spec.ids) > _LISTED):
        flags: Flags = [("--config", run / "spec.yaml", None), *_changed(strategy, spec), *place]
    else:
        flags = [*_own(strategy, spec), *place]
    said = [word for flag, value, default in flags if value != default for word in (flag, str(value))]
    cache = [] if spec.prompt_cache else ["--no-prompt-cache"]
    return shlex.join(["cotbench", "run", "--strategy", strategy, *said, *cache])


def _own(strategy: str, spec: RunSpec) -> Flags:
    usual = complete(Settings(strategy=strategy, model=spec.model, attempts=1))
    cold = spec.sampling.temperature == 0
    every = ALL if strategy_entry(strategy).finite else ATTEMPTS
    attempts = every if spec.attempts is None else ATTEMPTS if cold and spec.attempts == 1 else spec.attempts
    window, warmth = spec.window, usual.sampling.temperature
    return [
        ("--model", spec.model, default_model()),
        ("--idea-model", spec.idea_model, None),
        ("--benchmark", spec.benchmark, BENCHMARK),
        ("--limit", ALL if spec.limit is None else spec.limit, LIMIT),
        ("--attempts", attempts, ATTEMPTS),
        ("--units", spec.units, usual.units),
        ("--seed", spec.seed, usual.seed),
        ("--temperature", warmth if cold else spec.sampling.temperature, warmth),
        ("--top-p", spec.sampling.top_p, usual.sampling.top_p),
        ("--reply-tokens", spec.sampling.max_tokens, usual.sampling.max_tokens),
        ("--concurrency", spec.concurrency, usual.concurrency),
        ("--timeout", spec.timeout, None),
        ("--rpm", spec.rpm, None),
        ("--tpm", spec.tpm, None),
        ("--api-base", spec.api_base, None),
        ("--api-key-env", spec.api_key_env, None),
        *(
            ("--set-model", f"{name}={canonical(value)}", None)
            for name, value in extra_parameters(spec.sampling).items()
        ),
        ("--from", window.from_date, ""),
        ("--to", window.to_date, ""),
        ("--difficulty", ",".join(window.difficulty), ""),
        ("--platform", ",".join(window.platform), ""),
        ("--ids", ",".join(spec.ids), ""),
        *((flag_of(setting_of(name, "run")), spec.caps.of(name), None) for name in RESOURCES),
        *((flag_of(setting_of(name, "problem")), spec.problem_caps.of(name), None) for name in RESOURCES),
    ]


def _changed(strategy: str, spec: RunSpec) -> Flags:
    """Return what must be said over the spec of a run."""
    cold = spec.sampling.temperature == 0
    endless = spec.attempts is None and not strategy_entry(strategy).finite
    return [
        ("--attempts", ATTEMPTS if endless or (cold and spec.attempts == 1) else None, None),
        ("--temperature", TEMPERATURE if cold else None, None),
    ]
