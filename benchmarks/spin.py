"""A right program that does nothing but use the CPU for a set time, for the row on stability under load."""

from __future__ import annotations

import resource
import subprocess
import sys

SPIN_NAME = "spin"
_MODULUS = 1_000_003
_TRIAL = 2_000_000
_TRIES = 3


def spin_program(loops: int) -> str:
    """Return a program whose function runs `loops` steps."""
    return (
        f"def {SPIN_NAME}(start):\n    value = start\n    for step in range({loops}):\n"
        f"        value = (value * 3 + 1) % {_MODULUS}\n    return value\n"
    )


def spin_answer(loops: int, start: int) -> int:
    """Return what the program returns: value -> 3 value + 1, `loops` times, in closed form."""
    # x -> 3x + 1 shifts to y -> 3y with y = 2x + 1, all modulo an odd number.
    shifted = (2 * start + 1) * pow(3, loops, _MODULUS)
    return (shifted - 1) * pow(2, -1, _MODULUS) % _MODULUS


def spin_check_row(loops: int) -> dict[str, object]:
    """Return the problem as a row in HumanEval's form."""
    test = f"def check(candidate):\n    assert candidate(1) == {spin_answer(loops, 1)}\n"
    return {"task_id": "spin", "entry_point": SPIN_NAME, "test": test, "prompt": ""}


def loops_for(seconds: float) -> int:
    """Return how many steps take `seconds` of CPU time on this machine, from the fastest of a few trials."""
    best = min(_cpu_seconds(_TRIAL) - _cpu_seconds(1) for _ in range(_TRIES))
    return int(_TRIAL * seconds / best)


def _cpu_seconds(loops: int) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    source = spin_program(loops) + f"{SPIN_NAME}(1)\n"
    subprocess.run([sys.executable, "-I", "-S", "-c", source], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime
