"""The 200 right stdin programs: each of the 25 problems in eight ways of reading and writing that people use."""

from __future__ import annotations

import inspect
import random
from functools import cache

from benchmarks.executor import Program
from benchmarks.stdin_problems import PROBLEMS, LineProblem

CASES = 10
_LINES = 5
_SEED = 20260101

_STYLES: dict[str, str] = {
    "input": """
count = int(input())
for _ in range(count):
    print(answer(input()))
""",
    "readline": """
import sys
count = int(sys.stdin.readline())
for _ in range(count):
    print(answer(sys.stdin.readline().rstrip("\\n")))
""",
    "read": """
import sys
lines = sys.stdin.read().split("\\n")
print("\\n".join(answer(line) for line in lines[1 : int(lines[0]) + 1]))
""",
    "iterate": """
import sys
def main():
    rows = [row.strip() for row in sys.stdin]
    for row in rows[1 : int(rows[0]) + 1]:
        sys.stdout.write(answer(row) + "\\n")
if __name__ == "__main__":
    main()
""",
    "buffer": """
import sys
rows = sys.stdin.buffer.read().decode().splitlines()
for row in rows[1 : int(rows[0]) + 1]:
    print(answer(row))
""",
    "buffer-readline": """
import sys
read = sys.stdin.buffer.readline
for _ in range(int(read())):
    print(answer(read().decode().strip()))
""",
    "open": """
count, *rows = open(0).read().splitlines()
print(*(answer(row) for row in rows[: int(count)]), sep="\\n")
""",
    "global": """
printed = 0
def show(text):
    global printed
    printed += 1
    print(text)
count = int(input())
while printed < count:
    show(answer(input()))
""",
}


def stdin_names() -> tuple[str, ...]:
    """Return the names of the problems."""
    return tuple(problem.answer.__name__ for problem in PROBLEMS)


@cache
def stdin_cases() -> dict[str, list[tuple[str, str]]]:
    """Return each problem's cases, input and expected output, the same on every machine."""
    return {problem.answer.__name__: _cases(problem) for problem in PROBLEMS}


def stdin_programs() -> list[Program]:
    """Return the 200 programs, problem by problem. All are right."""
    return [Program(problem.answer.__name__, _source(problem, style)) for problem in PROBLEMS for style in _STYLES]


def _cases(problem: LineProblem) -> list[tuple[str, str]]:
    rng = random.Random(f"{_SEED}:{problem.answer.__name__}")
    cases = []
    for _ in range(CASES):
        lines = [problem.line(rng) for _ in range(_LINES)]
        text = "\n".join([str(_LINES), *lines]) + "\n"
        cases.append((text, "\n".join(problem.answer(line) for line in lines) + "\n"))
    return cases


def _source(problem: LineProblem, style: str) -> str:
    # The header and its annotations are this package's, the body is the program's.
    _, body = inspect.getsource(problem.answer).split("\n", 1)
    return f"def answer(line):\n{body}{_STYLES[style]}"
