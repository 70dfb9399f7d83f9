"""Strategies that users write: an async generator function in a file, or in an installed package.

    --strategy path/to/file.py:name     the function `name` of that file
    --strategy name                     an entry point `name` of the group `cotbench.strategies`

The function takes a ProblemView, a Context and, if it has options, a dataclass of them as its third parameter.
The file is the user's own code, so it is imported; whatever goes wrong in it is one line that names the place.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.machinery
import importlib.metadata
import importlib.util
import inspect
import re
import sys
import traceback
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import cast, get_type_hints

from cotbench.core.attempt import Attempt
from cotbench.core.errors import ConfigurationError, CotbenchError, near_matches
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context
from cotbench.strategies.options import Options

GROUP = "cotbench.strategies"
"""The group of entry points in which packages offer strategies."""

Search = Callable[..., AsyncGenerator[Attempt, None]]

_IN_FILE = re.compile(r"(?P<path>.+\.py)(?::(?P<name>.*))?", re.S)


@dataclass(frozen=True, slots=True)
class NoOptions:
    """A strategy without options."""


@dataclass(frozen=True, slots=True)
class Custom:
    """A strategy that a user wrote. `digests` are those of its file and of the templates in the folder beside it."""

    name: str
    search: Search
    options: type[Options]
    summary: str
    digests: dict[str, str]
    path: Path

    def build(self, options: Options) -> CustomStrategy:
        """Return the strategy, ready to run."""
        return CustomStrategy(self, options)


@dataclass(frozen=True, slots=True)
class CustomStrategy:
    """A user's function as a Strategy; what it yields is checked, what it raises becomes one line."""

    custom: Custom
    options: Options

    @property
    def name(self) -> str:
        """The name that `--strategy` takes."""
        return self.custom.name

    async def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        """Yield what the function yields, at most `budget.attempts`. Raises ConfigurationError for its faults."""
        given = () if self.custom.options is NoOptions else (self.options,)
        seen: set[int] = set()
        try:
            async with aclosing(self.custom.search(view, ctx, *given)) as stream:
                async for attempt in stream:
                    self._check(attempt, seen)
                    yield attempt
                    if len(seen) == ctx.budget.attempts:
                        return
        except CotbenchError:
            raise
        except Exception as error:
            raise ConfigurationError(_fault(error, self.custom.path)) from error

    def _check(self, attempt: object, seen: set[int]) -> None:
        if not isinstance(attempt, Attempt):
            kind = type(attempt).__name__
            raise ConfigurationError(
                f"strategy {self.name} yielded a {kind}, not an Attempt", hint="`written` makes one from a reply"
            )
        if attempt.index in seen:
            raise ConfigurationError(f"strategy {self.name} gave index {attempt.index} to two attempts")
        seen.add(attempt.index)


def in_file(name: str) -> bool:
    """Whether the name of a strategy is that of a function in a file."""
    return _IN_FILE.fullmatch(name) is not None


def installed() -> dict[str, importlib.metadata.EntryPoint]:
    """Return the entry points that installed packages offer, by name."""
    return {point.name: point for point in importlib.metadata.entry_points(group=GROUP)}


def load_file(name: str) -> Custom:
    """Return the strategy `path/to/file.py:name`. Raises ConfigurationError, also for whatever the file raises."""
    match = _IN_FILE.fullmatch(name)
    if match is None:
        raise ConfigurationError(f"{name} is not of the form path/to/file.py:name")
    path, wanted = Path(match["path"]).expanduser(), match["name"]
    module = _import(path)
    offered = [key for key, value in vars(module).items() if inspect.isasyncgenfunction(value)]
    if not wanted:
        raise ConfigurationError(f"--strategy {name}: which of its functions?", hint=f"{path}:NAME; {_known(offered)}")
    if wanted not in offered:
        hint = near_matches(wanted, offered) or "a strategy is an `async def` with `yield`"
        raise ConfigurationError(f"{path} has no strategy {wanted!r}", hint=hint)
    return _custom(name, getattr(module, wanted), path)


def load_installed(point: importlib.metadata.EntryPoint) -> Custom:
    """Return the strategy behind an entry point. Raises ConfigurationError, also for whatever its package raises."""
    where = f"strategy {point.name} ({point.value})"
    try:
        search = point.load()
    except Exception as error:
        raise ConfigurationError(f"{where} cannot be loaded: {type(error).__name__}: {_line(error)}") from error
    if not inspect.isasyncgenfunction(search):
        raise ConfigurationError(f"{where} is not a strategy", hint="it must be an `async def` with `yield`")
    return _custom(point.name, search, Path(search.__code__.co_filename))


def _custom(name: str, search: Search, path: Path) -> Custom:
    text = inspect.getdoc(search) or inspect.getdoc(inspect.getmodule(search)) or ""
    return Custom(
        name=name,
        search=search,
        options=_options(search, path),
        summary=text.strip().partition("\n")[0] or "a strategy of your own",
        digests=_digests(path),
        path=path,
    )


def _options(search: Search, path: Path) -> type[Options]:
    """Return the options class: the type of the third parameter. Raises ConfigurationError if it cannot be one."""
    where = f"{path}: {search.__name__}"
    parameters = list(inspect.signature(search).parameters.values())
    if len(parameters) == 2:
        return NoOptions
    if len(parameters) != 3:
        raise ConfigurationError(f"{where} must take (view, ctx) or (view, ctx, options)")
    try:
        kind = get_type_hints(search).get(parameters[2].name)
    except Exception as error:
        raise ConfigurationError(f"{where}: its annotations cannot be read: {_line(error)}") from error
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        raise ConfigurationError(f"{where}: annotate {parameters[2].name!r} with the dataclass of its options")
    bare = [field.name for field in dataclasses.fields(kind) if field.default is dataclasses.MISSING]
    if bare:
        raise ConfigurationError(f"{path}: option {bare[0]} of {kind.__name__} needs a default")
    return cast("type[Options]", kind)


def _import(path: Path) -> ModuleType:
    """Import a file once per content. Raises ConfigurationError."""
    name = f"cotbench_strategy_{hashlib.sha256(str(path.absolute()).encode() + _read(path)).hexdigest()[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path, loader=_Uncached(name, str(path)))
    if spec is None or spec.loader is None:
        raise ConfigurationError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    # Before it runs: dataclasses look their module up to resolve annotations.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise ConfigurationError(_fault(error, path)) from error
    return module


class _Uncached(importlib.machinery.SourceFileLoader):
    """Compiles from source each time: no file is left beside the user's, and no old one is taken for a new one."""

    def path_stats(self, path: object) -> dict[str, float]:
        raise OSError("not cached")


def _digests(path: Path) -> dict[str, str]:
    """Return the digests of a file and of the `.md` files in the folder of its name beside it."""
    folder = path.with_suffix("")
    files = [path, *(sorted(folder.glob("*.md")) if folder.is_dir() else [])]
    return {str(file.relative_to(path.parent)): hashlib.sha256(_read(file)).hexdigest() for file in files}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot read the strategy {path}: {error.strerror or error}") from error


def _fault(error: BaseException, path: Path) -> str:
    """Return one line: the place in the user's file, and what went wrong there."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return f"{path}, line {error.lineno}: {error.msg}"
    own = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    place = f"{path}, line {own[-1]}" if own else str(path)
    return f"{place}: {type(error).__name__}: {_line(error)}"


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or "no message"


def _known(offered: list[str]) -> str:
    return f"it has {', '.join(offered)}" if offered else "it has no `async def` with `yield`"
