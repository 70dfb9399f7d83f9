"""The floor: an interpreter with the standard library loaded forks, compiles, runs, checks and is waited for.

No isolation, no limits, no messages: what any grader that forks must at least pay. One such interpreter per worker.
"""

from __future__ import annotations

import gc
import importlib
import os
from collections.abc import Sequence

from benchmarks.data import humaneval_rows
from benchmarks.executor import PASSED, Executor, Judged, Options, Program

_LOADED = [
    "abc",
    "array",
    "ast",
    "bisect",
    "cmath",
    "collections",
    "contextlib",
    "copy",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "heapq",
    "io",
    "itertools",
    "json",
    "math",
    "numbers",
    "operator",
    "os",
    "queue",
    "random",
    "re",
    "statistics",
    "string",
    "struct",
    "sys",
    "textwrap",
    "threading",
    "time",
    "traceback",
    "types",
    "typing",
    "unicodedata",
]


class Floor:
    """Judges HumanEval programs by a plain fork each."""

    def __init__(self, options: Options) -> None:
        self._workers = options.workers
        self._rows = humaneval_rows()
        for name in _LOADED:
            importlib.import_module(name)

    def judge(self, programs: Sequence[Program]) -> list[Judged]:
        """Return how each program did, in order."""
        shares = [self._start(programs[index :: self._workers]) for index in range(self._workers)]
        outcomes = [Judged("")] * len(programs)
        for index, reader in enumerate(shares):
            with os.fdopen(reader, "rb") as codes:
                outcomes[index :: self._workers] = [Judged(PASSED if code == 0 else "failed") for code in codes.read()]
            os.wait()
        return outcomes

    def close(self) -> None:
        """Nothing outlives a round."""

    def _start(self, programs: Sequence[Program]) -> int:
        """Fork a worker that writes one byte per program; return the end to read."""
        reader, writer = os.pipe()
        if os.fork() == 0:
            try:
                os.close(reader)
                gc.collect()
                gc.freeze()
                for program in programs:
                    os.write(writer, bytes([self._one(program)]))
            finally:
                os._exit(0)
        os.close(writer)
        return reader

    def _one(self, program: Program) -> int:
        row = self._rows[program.problem]
        source = f"{program.code}\n{row['test']}\ncheck({row['entry_point']})\n"
        child = os.fork()
        if child == 0:
            code = 1
            try:
                exec(compile(source, "<program>", "exec"), {"__name__": "program"})  # noqa: S102 - what is measured
                code = 0
            finally:
                os._exit(code)
        return min(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF, 255)


def make(options: Options) -> Executor:
    """Return the executor."""
    return Floor(options)
