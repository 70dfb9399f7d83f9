"""The program and its test as one ordinary script, installed packages and all: what Python itself says of a program."""

from __future__ import annotations

import sys

from benchmarks.executor import Executor, Options
from benchmarks.peers.processes import Processes


def make(options: Options) -> Executor:
    """Return the executor."""
    return Processes(options, (sys.executable, "-I"))
