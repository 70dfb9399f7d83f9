"""HumanEval: turn its rows into problems.

A row holds a prompt (imports, helpers, header and docstring), a reference body and a test program. The docstring's
examples become the public cases; the test program is the hidden case.
"""

from __future__ import annotations

import ast
from pathlib import Path

from cotbench.benchmarks.examples import docstring_cases, signature_of
from cotbench.benchmarks.humaneval_rows import Row, find_rows, read_rows
from cotbench.benchmarks.schema import EXACT
from cotbench.core.errors import BenchmarkError
from cotbench.core.ids import digest
from cotbench.core.problem import Benchmark, CallCase, Case, CheckCase, Entry, Problem

NAME = "humaneval"
_RELEASED = "2021-07-07"

# Examples whose stated value contradicts the reference and the hidden tests; a right program would fail them.
_WRONG_EXAMPLES: dict[str, tuple[CallCase, ...]] = {
    "HumanEval/47": (CallCase(([-10, 4, 6, 1000, 10, 20],), 15.0),),
    "HumanEval/116": (
        CallCase(([1, 5, 2, 3, 4],), [1, 2, 3, 4, 5]),
        CallCase(([-2, -3, -4, -5, -6],), [-6, -5, -4, -3, -2]),
        CallCase(([1, 0, 2, 3, 4],), [0, 1, 2, 3, 4]),
    ),
}

# Examples in a form that is no call with a value: words without quotes, steps of a calculation, a rounded result.
_HAND_READ: dict[tuple[str, str], tuple[Case, ...]] = {
    ("HumanEval/32", "find_zero"): (
        CheckCase("def check(find_zero):\n    assert round(find_zero([1, 2]), 2) == -0.5\n"),
        CheckCase("def check(find_zero):\n    assert round(find_zero([-6, 11, -6, 1]), 2) == 1.0\n"),
    ),
    ("HumanEval/80", "is_happy"): (
        CallCase(("a",), False),
        CallCase(("aa",), False),
        CallCase(("abcd",), True),
        CallCase(("aabb",), False),
        CallCase(("adb",), True),
        CallCase(("xyy",), False),
    ),
    ("HumanEval/105", "by_length"): (
        CallCase(([2, 1, 1, 4, 5, 8, 2, 3],), ["Eight", "Five", "Four", "Three", "Two", "Two", "One", "One"]),
        CallCase(([],), []),
        CallCase(([1, -1, 55],), ["One"]),
    ),
    ("HumanEval/160", "do_algebra"): (CallCase((["+", "*", "-"], [2, 3, 4, 5]), 9),),
}


def load(path: Path | None = None) -> Benchmark:
    """Return HumanEval, from a file in its format if `path` is given, else from wherever it can be had.

    Raises BenchmarkError if no source works, or naming the row that cannot be understood.
    """
    rows = read_rows(path) if path is not None else find_rows()
    problems = tuple(humaneval_problem(row) for row in rows)
    return Benchmark(name=NAME, digest=digest([row.model_dump() for row in rows]), problems=problems)


def humaneval_problem(row: Row) -> Problem:
    """Return the problem of a row. Raises BenchmarkError if its prompt and reference are not a Python program."""
    source = row.prompt + row.canonical_solution
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise BenchmarkError(f"{row.task_id}: prompt and canonical_solution are not a program: {error}") from error
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == row.entry_point]
    if not found:
        raise BenchmarkError(f"{row.task_id}: the prompt does not define its entry point {row.entry_point}")
    entry = found[-1]
    # The candidate may replace the helpers of the prompt, so the test brings its own.
    hidden = CheckCase(program=row.test, setup=source)
    return Problem(
        id=row.task_id,
        statement=row.prompt,
        entry=Entry(kind="function", name=row.entry_point),
        starter=row.prompt,
        prelude=_before(source, entry),
        public=_public(row, source, entry),
        hidden=(hidden,),
        comparer=EXACT,
        date=_RELEASED,
        source="HumanEval",
        reference=source,
    )


def _before(source: str, entry: ast.FunctionDef) -> str:
    """Return the imports and helpers that stand before the entry function."""
    first = min([entry.lineno, *(decorator.lineno for decorator in entry.decorator_list)])
    lines = source.split("\n")[: first - 1]
    return "\n".join(lines).strip() + "\n" if any(line.strip() for line in lines) else ""


def _public(row: Row, source: str, entry: ast.FunctionDef) -> tuple[Case, ...]:
    cases = docstring_cases(_docstring(source, entry), signature_of(entry))
    wrong = {repr(case) for case in _WRONG_EXAMPLES.get(row.task_id, ())}
    kept = tuple(case for case in cases if repr(case) not in wrong)
    return kept or _HAND_READ.get((row.task_id, row.entry_point), ())


def _docstring(source: str, entry: ast.FunctionDef) -> str:
    """Return the docstring as it is written.

    One prompt imports before its docstring, so that it is not one for Python; another has `\\n` in an example,
    which must reach the parser of literals as two characters.
    """
    for node in entry.body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            written = ast.get_source_segment(source, node.value) or ""
            return written.strip("\"'")
    return ""
