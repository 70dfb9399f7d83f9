"""From a model's name to its backend, and what can be said about a name without starting anything.

    local                 the default of the catalogue        local/NAME      another one of it
    PATH.gguf             a model file (also local/PATH.gguf)  scripted:FILE   canned replies
    sim/latent?…          the simulated model, for the benchmark latent
    PREFIX/NAME           a backend of an installed package    (see `plugins`)
    replay:RUN            the replies of another run
    anything else         a litellm name, such as gpt-4o-mini or anthropic/NAME

Backends are loaded by name when they are opened, so that this module stays cheap to import.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from cotbench.backends.litellm_access import takes_one_sampler
from cotbench.backends.litellm_library import preload_litellm
from cotbench.backends.local.assemble import Progress
from cotbench.backends.local.catalogue import PREFIX, find_row, is_model_file, load_catalogue, model_file
from cotbench.backends.local.fetch import cached_file, ensure_model
from cotbench.backends.local.server import check_engine
from cotbench.backends.plugins import Plugin, open_plugin, plugin_of, plugins
from cotbench.backends.replay import REPLAY
from cotbench.backends.script_file import read_script
from cotbench.core.errors import ConfigurationError
from cotbench.core.protocols import Backend
from cotbench.latent.parameters import BENCHMARK as SIMULATED_BENCHMARK
from cotbench.latent.parameters import MODEL as SIMULATED_MODEL
from cotbench.latent.parameters import ModelParameters, model_name, model_parameters, parameter_help

_SCRIPTED = "scripted:"
_SIMULATED = "sim/"
_LOCAL_TIMEOUT = 600.0
_REMOTE_TIMEOUT = 300.0
_LOCAL_CONCURRENCY = 4
_REMOTE_CONCURRENCY = 16
_REMOTE_MAX_TOKENS = 4096

_HOMES = {
    "local": "cotbench.backends.local.backend:LocalBackend",
    "scripted": "cotbench.backends.scripted:ScriptedBackend",
    "litellm": "cotbench.backends.litellm_backend:LitellmBackend",
    "simulated": "cotbench.backends.simulated.backend:SimulatedBackend",
}

Kind = Literal["local", "scripted", "replay", "litellm", "simulated", "plugin"]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model of the catalogue, for listing. `size` is in bytes, `context` in tokens."""

    name: str
    size: int
    licence: str
    context: int
    cached: bool
    default: bool
    note: str


def open_backend(
    model: str,
    *,
    slots: int = _LOCAL_CONCURRENCY,
    api_base: str | None = None,
    api_key_env: str | None = None,
    timeout: float | None = None,
    prompt_cache: bool = True,
    extra: str = "",
    progress: Progress | None = None,
) -> Backend:
    """Return the backend for a model's name, not started yet.

    `slots` and `progress` are for local models, `api_base`, `api_key_env`, `prompt_cache` and `extra` (the run's extra
    parameters, to be checked) for the ones behind an API; each ignores the others'. `timeout` is in seconds per
    request. Raises ConfigurationError for a name that cannot work.
    """
    check_model_name(model)
    kind = kind_of(model)
    if kind == "replay":
        raise ConfigurationError(
            f"{model}: a replay answers for both models of a run", hint="cotbench run --model replay:RUN"
        )
    plugin = plugin_of(model)
    if kind == "plugin" and plugin is not None:
        return open_plugin(plugin, model)
    make = _load(kind)
    if kind == "local":
        return make(model, slots=slots, timeout=timeout or _LOCAL_TIMEOUT, progress=progress)
    if kind in ("scripted", "simulated"):
        return make(model)
    return make(
        model,
        api_base=api_base,
        api_key_env=api_key_env,
        timeout=timeout or _REMOTE_TIMEOUT,
        prompt_cache=prompt_cache,
        extra=extra,
    )


def preload(model: str) -> None:
    """Begin to import what a model will need, in a thread, so that it is there when the backend starts."""
    if kind_of(model) in ("litellm", "local"):
        preload_litellm()


def kind_of(model: str) -> Kind:
    """Return which backend a name belongs to."""
    if model.startswith(REPLAY):
        return "replay"
    if model.startswith(_SCRIPTED):
        return "scripted"
    if model.startswith(_SIMULATED):
        return "simulated"
    if model == "local" or model.startswith(PREFIX) or is_model_file(model):
        return "local"
    return "litellm" if plugin_of(model) is None else "plugin"


def check_model_name(model: str) -> None:
    """Raise ConfigurationError if a name cannot work on this machine. Starts and fetches nothing.

    A name of a model behind an API is only looked at for its form: the rest is checked by `Backend.start`.
    """
    if not model.strip() or model != model.strip() or "\n" in model:
        raise ConfigurationError(f"{model!r} is not the name of a model", hint="cotbench list models")
    kind = kind_of(model)
    if kind == "scripted":
        read_script(Path(model.removeprefix(_SCRIPTED)).expanduser())
    elif kind == "simulated":
        model_parameters(model)
    elif kind == "local":
        if is_model_file(model):
            model_file(model)
        else:
            find_row(model)
        check_engine()
    elif model in load_catalogue().rows:
        raise ConfigurationError(f"no provider is known for the model {model}", hint=f"did you mean {PREFIX}{model}?")


def default_model() -> str:
    """Return the full name of the model that `local` stands for, whether or not it can run here."""
    return PREFIX + load_catalogue().default


def canonical_name(model: str) -> str:
    """Return the full name under which a model is stored: `local` becomes the catalogue's default, and a simulated
    model's parameters that are at their default are left out.

    Raises ConfigurationError for a name that cannot work on this machine.
    """
    check_model_name(model)
    if kind_of(model) == "simulated":
        return model_name(model_parameters(model))
    if kind_of(model) == "local" and not is_model_file(model):
        return PREFIX + find_row(model).name
    return model


def default_benchmark(model: str, usual: str) -> str:
    """Return the benchmark to run a model on where the user says nothing: `usual`, unless the model knows one only."""
    return SIMULATED_BENCHMARK if kind_of(model) == "simulated" else usual


def check_benchmark(model: str, benchmark: str) -> None:
    """Raise ConfigurationError for a simulated model on a benchmark that it knows nothing about."""
    if kind_of(model) == "simulated" and benchmark.partition("?")[0] != SIMULATED_BENCHMARK:
        raise ConfigurationError(
            f"{model} knows only the problems of the benchmark {SIMULATED_BENCHMARK}, not {benchmark}",
            hint=f"give --benchmark {SIMULATED_BENCHMARK}, or another model",
        )


def fetch_model(model: str, progress: Progress | None = None) -> Path:
    """Return the file of a local model, fetching it if need be. Raises as `ensure_model` does."""
    if kind_of(model) != "local":
        raise ConfigurationError(f"{model} is not an embedded model", hint="cotbench list models")
    return ensure_model(model, progress)


def describe_models() -> list[ModelInfo]:
    """Return the models that the tool can fetch by itself, in the order of the catalogue."""
    catalogue = load_catalogue()
    return [
        ModelInfo(
            name=PREFIX + row.name,
            size=row.size,
            licence=row.licence,
            context=row.context,
            cached=cached_file(row) is not None,
            default=row.name == catalogue.default,
            note=row.note,
        )
        for row in catalogue.rows.values()
    ]


def describe_simulated() -> tuple[str, dict[str, str]]:
    """Return the name of the simulated model and its parameters, each with what it means and its default."""
    return SIMULATED_MODEL, parameter_help(ModelParameters)


def describe_plugins() -> list[Plugin]:
    """Return the backends that other installed packages bring, by prefix. None of them is imported."""
    return [plugin for _, plugin in sorted(plugins().items())]


def default_max_tokens(model: str) -> int:
    """Return how many tokens a reply may have where the user says nothing."""
    if kind_of(model) == "local" and not is_model_file(model):
        return find_row(model).max_tokens
    return _REMOTE_MAX_TOKENS


def default_top_p(model: str, usual: float) -> float:
    """Return the nucleus where the user says nothing: all of it for a model that takes a temperature or a nucleus."""
    return 1.0 if kind_of(model) == "litellm" and takes_one_sampler(model) else usual


def default_concurrency(model: str) -> int:
    """Return how many requests to have in flight where the user says nothing."""
    return _LOCAL_CONCURRENCY if kind_of(model) == "local" else _REMOTE_CONCURRENCY


def _load(kind: Kind) -> Callable[..., Backend]:
    module, _, attribute = _HOMES[kind].partition(":")
    return cast(Callable[..., Backend], getattr(importlib.import_module(module), attribute))
