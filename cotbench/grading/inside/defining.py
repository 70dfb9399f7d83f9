"""Defining a judged program: its module, its function, and the names of what it raised."""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Callable

from . import confine


def fresh_module(name: str) -> types.ModuleType:
    """Return a new module that `import` finds under `name`."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    module.__dict__["__builtins__"] = builtins
    return module


def compiled(prelude: str, code: str) -> list[types.CodeType]:
    """Compile a program. Raises whatever the compiler raises."""
    # Two texts, not one: a program may begin with an import from __future__.
    texts = ((prelude, "prelude.py"), (code, "solution.py"))
    return [compile(text, name, "exec", dont_inherit=True) for text, name in texts if text]


def define(module: types.ModuleType, prelude: str, code: str) -> None:
    """Run a program's own text in `module`."""
    for part in compiled(prelude, code):
        exec(part, module.__dict__)  # noqa: S102  # this process exists to run it


def function(module: types.ModuleType, name: str) -> Callable[..., object]:
    """Return the function `name`, or the method of a new `Solution`. Raises NameError."""
    found = module.__dict__.get(name)
    if found is None and isinstance(module.__dict__.get("Solution"), type):
        found = getattr(module.__dict__["Solution"](), name)
    if found is None:
        raise NameError(name)
    wanted: Callable[..., object] = found
    return wanted


def lineage(error: BaseException) -> list[str]:
    """Return the names of an exception's classes, nearest first."""
    if isinstance(error, MemoryError):
        error.__traceback__ = None
        confine.make_room()
    return [str(kind.__name__) for kind in type.mro(type(error)) if issubclass(kind, BaseException)]
