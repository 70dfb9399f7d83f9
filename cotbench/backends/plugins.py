"""Backends that other packages bring: entry points of the group `cotbench.backends`, found without importing them.

An entry point's name is a prefix: `echo` serves every model named `echo/…`. It leads to a function that takes the
model's full name and returns a Backend.
"""

from __future__ import annotations

import functools
import importlib.metadata
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cotbench.core.errors import ConfigurationError
from cotbench.core.protocols import Backend

GROUP = "cotbench.backends"
_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_TAKEN = frozenset({"local", "scripted", "sim", "replay", "file"})
_MEMBERS = ("name", "max_draws", "thinks", "start", "complete", "aclose")


@dataclass(frozen=True, slots=True)
class Plugin:
    """A backend of an installed package: the prefix of its models, where its factory is, who brings it."""

    prefix: str
    factory: str
    package: str
    version: str
    summary: str


@functools.cache
def plugins() -> Mapping[str, Plugin]:
    """Return the installed plugins by prefix; of several with one prefix the first by package name."""
    found = [_described(point) for point in importlib.metadata.entry_points(group=GROUP)]
    usable = [plugin for plugin in found if _PREFIX.fullmatch(plugin.prefix) and plugin.prefix not in _TAKEN]
    return {plugin.prefix: plugin for plugin in sorted(usable, key=lambda one: one.package, reverse=True)}


def plugin_of(model: str) -> Plugin | None:
    """Return the plugin that serves a model's name, or None."""
    prefix, slash, _ = model.partition("/")
    return plugins().get(prefix) if slash else None


def open_plugin(plugin: Plugin, model: str) -> Backend:
    """Return the plugin's backend for a model. Raises ConfigurationError if it cannot be loaded or is none."""
    where = f"the plugin {plugin.prefix} of the package {plugin.package}"
    try:
        factory: Callable[[str], Backend] = importlib.metadata.EntryPoint(plugin.prefix, plugin.factory, GROUP).load()
        backend = factory(model)
    except ConfigurationError:
        raise
    except Exception as error:
        # Foreign code may fail in any way; whatever it is, it is not the tool's own fault.
        raise ConfigurationError(f"{where} cannot be used: {type(error).__name__}: {error}") from error
    missing = [name for name in _MEMBERS if not hasattr(backend, name)]
    if missing:
        raise ConfigurationError(
            f"{where} gave no backend: {', '.join(missing)} missing",
            hint="cotbench.core.protocols.Backend says what one is",
        )
    return backend


def _described(point: importlib.metadata.EntryPoint) -> Plugin:
    about = point.dist.metadata if point.dist is not None else None
    return Plugin(
        prefix=point.name,
        factory=point.value,
        package=str(about["Name"]) if about is not None else "",
        version=str(about["Version"]) if about is not None else "",
        summary=str(about["Summary"] or "") if about is not None else "",
    )
