"""The program that a sandbox process starts with: `python zygote.py CONTROL PARENT [ready]`.

It gives itself a large stack by executing itself once more (the space below a stack is laid out when a program is
executed), then loads its neighbours as a package of their own and serves forks.
"""

import importlib
import os
import pathlib
import resource
import sys
import types

_STACK = 1 << 30


def _enlarge_stack() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_STACK)
    soft = _STACK if hard == resource.RLIM_INFINITY else min(_STACK, hard)
    try:
        resource.setrlimit(resource.RLIMIT_STACK, (soft, hard))
    except (ValueError, OSError):
        return


def main() -> None:
    """Start, or start again with a larger stack."""
    if len(sys.argv) == 3:
        _enlarge_stack()
        control = int(sys.argv[1])
        os.set_inheritable(control, True)
        os.execv(sys.executable, [*sys.orig_argv, "ready"])
    package = types.ModuleType("inside")
    package.__path__ = [str(pathlib.Path(__file__).resolve().parent)]
    sys.modules["inside"] = package
    preloading = importlib.import_module("inside.preloading")
    preloading.preload(["inside.serving"])
    serving = sys.modules["inside.serving"]
    serving.main(control=int(sys.argv[1]), parent=int(sys.argv[2]))


if __name__ == "__main__":
    main()
