"""The program that tries out what isolation is built from: `python -I -S -B probing.py`, with a plan on stdin.

It prints one JSON object: by primitive, whether it works and what was found. It has its own process because some of
what it tries cannot be undone.
"""

import importlib
import json
import pathlib
import sys
import types


def main() -> None:
    """Probe, and print what was found."""
    package = types.ModuleType("inside")
    package.__path__ = [str(pathlib.Path(__file__).resolve().parent)]
    sys.modules["inside"] = package
    probes = importlib.import_module("inside.probes")
    json.dump(probes.probe_all(json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    main()
