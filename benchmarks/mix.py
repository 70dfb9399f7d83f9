"""Programs as models write them: three quarters right, a fifth never ends, one in twenty eats memory."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from benchmarks.data import humaneval_rows, reference
from benchmarks.executor import Program

_HOG_BYTES = 6 << 30
_STEP = 64 << 20
_LOOP = "    step = 0\n    while True:\n        step += 1\n"
# Bytes that are written, so that the pages are really taken; ends by itself where nothing stops it.
_HOG = (
    f"    kept = []\n    while len(kept) < {_HOG_BYTES // _STEP}:\n        kept.append(b'x' * {_STEP})\n"
    "    raise MemoryError('ate all that it wanted')\n"
)


@dataclass(frozen=True, slots=True)
class Mix:
    """The programs of a mix, by kind."""

    right: tuple[Program, ...]
    loops: tuple[Program, ...]
    hogs: tuple[Program, ...]

    @property
    def rest(self) -> list[Program]:
        """All but the loops, in the order of the mix."""
        return [program for program in self.all if program not in set(self.loops)]

    @property
    def all(self) -> list[Program]:
        """All programs, the kinds spread evenly."""
        ordered: list[tuple[float, Program]] = []
        for kind in (self.right, self.loops, self.hogs):
            ordered.extend(((index + 0.5) / len(kind), program) for index, program in enumerate(kind))
        return [program for _, program in sorted(ordered, key=lambda pair: pair[0])]


def humaneval_mix(count: int) -> Mix:
    """Return `count` HumanEval programs (a multiple of 20), each of another problem as far as they go."""
    tasks = list(humaneval_rows().items())
    picked = [tasks[index % len(tasks)] for index in range(count)]
    right, loops, hogs = [], [], []
    for index, (task, row) in enumerate(picked):
        if index % 20 == 7:
            hogs.append(Program(task, _with_body(row, _HOG)))
        elif index % 5 == 3:
            loops.append(Program(task, _with_body(row, _LOOP)))
        else:
            right.append(Program(task, reference(row)))
    return Mix(tuple(right), tuple(loops), tuple(hogs))


def memory_for_hogs(at_once: int) -> bool:
    """Return whether `at_once` hogs without a limit fit into the memory that is free now, with half to spare."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return False
    available = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    return available > 1.5 * at_once * _HOG_BYTES


def _with_body(row: dict[str, object], body: str) -> str:
    """Return the row's header with another body than the reference."""
    tree = ast.parse(reference(row))
    entry = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == row["entry_point"])
    entry.body = ast.parse("def body():\n" + body).body[0].body  # type: ignore[attr-defined]
    return ast.unparse(tree) + "\n"
