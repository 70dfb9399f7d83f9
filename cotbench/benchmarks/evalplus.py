"""HumanEval+ and MBPP+ (Liu et al. 2023): the problems of HumanEval and MBPP with many more inputs.

The data has inputs only; what is expected is what the reference returns, found out by running it in the sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cotbench.benchmarks.evalplus_rows import Origin, PlusRow, find_rows, read_rows
from cotbench.benchmarks.humaneval import humaneval_problem
from cotbench.benchmarks.humaneval_rows import Row
from cotbench.core.asserts import assert_cases
from cotbench.core.errors import BenchmarkError
from cotbench.core.problem import UNKNOWN, Benchmark, CallCase, Entry, Problem

COMPARER = "evalplus"
TIME_LIMIT = 4.0
"""EvalPlus's least time limit in seconds (`DEFAULT_MIN_TIME_LIMIT`, evalplus/config.py, after version 0.3.1)."""

_MBPP_RELEASED = "2021-08-16"
_COUNT_TAG = "base-cases:"

# The functions that evalplus/eval/_special_oracle.py has a rule of its own for.
_COMPARED_AS_SETS = frozenset(
    {
        "similar_elements",
        "find_char_long",
        "common_in_nested_lists",
        "extract_singly",
        "larg_nnum",
        "intersection_array",
        "find_dissimilar",
        "Diff",
    }
)
_COMPARED_TO_NONE = frozenset({"check_str", "text_match_three", "text_starta_endb"})
_MORE_ANSWERS = frozenset({"are_equivalent", "sum_div", "surface_Area", "digit_distance_nums"})
ORACLES: dict[Origin, frozenset[str]] = {
    "humaneval": frozenset({"find_zero"}),
    "mbpp": _COMPARED_AS_SETS | _COMPARED_TO_NONE | _MORE_ANSWERS,
}
"""For each benchmark the functions whose outputs EvalPlus judges by an oracle, named after the function."""


def load_humaneval_plus(path: Path | None = None) -> Benchmark:
    """Return HumanEval+ from a file of EvalPlus if `path` is given, else from the cache or the hub.

    Raises BenchmarkError if no source works, or naming the row that cannot be understood.
    """
    return _load("humaneval", _humaneval_problem, path)


def load_mbpp_plus(path: Path | None = None) -> Benchmark:
    """Return MBPP+; as `load_humaneval_plus` does."""
    return _load("mbpp", _mbpp_problem, path)


def count_tag(count: int) -> str:
    """Return the tag of a problem whose first `count` hidden cases are the original benchmark's."""
    return f"{_COUNT_TAG}{count}"


def base_cases(problem: Problem) -> int | None:
    """Return how many hidden cases, from the first, are the original benchmark's. None where the source has not said.

    A program whose verdict says that at least so many cases passed has passed the original benchmark's.
    """
    for tag in problem.tags:
        if found := re.fullmatch(rf"{_COUNT_TAG}(\d+)", tag):
            return int(found[1])
    return None


def _load(origin: Origin, problem: Callable[[PlusRow], Problem], path: Path | None) -> Benchmark:
    rows, digest = read_rows(path) if path is not None else find_rows(origin)
    problems = tuple(_with_inputs(problem(row), row, origin) for row in rows)
    return Benchmark(name=f"{origin}+", digest=digest, problems=problems)


def _with_inputs(problem: Problem, row: PlusRow, origin: Origin) -> Problem:
    if not row.inputs:
        raise BenchmarkError(f"{row.id}: it has no inputs")
    return replace(
        problem,
        hidden=tuple(CallCase(arguments, UNKNOWN) for arguments in row.inputs if _can_be_judged(row, arguments)),
        comparer=COMPARER,
        tolerance=row.atol,
        oracle=row.function if row.function in ORACLES[origin] else "",
        time_limit=TIME_LIMIT,
        tags=() if row.base is None else (count_tag(row.base),),
    )


def _can_be_judged(row: PlusRow, arguments: Sequence[Any]) -> bool:
    # For five inputs of Mbpp/255 the right answer is 79,000 to 1.7 million tuples of about 77 texts each: more than
    # any program can return within the limits that all programs have.
    return row.id != "Mbpp/255" or len(arguments[0]) < 4 or arguments[1] < 76


def _humaneval_problem(row: PlusRow) -> Problem:
    whole = Row(
        task_id=row.id,
        prompt=row.prompt,
        entry_point=row.function,
        canonical_solution=row.solution,
        test="",
    )
    return replace(humaneval_problem(whole), source="HumanEval+", reference=row.prompt + row.solution)


def _mbpp_problem(row: PlusRow) -> Problem:
    return Problem(
        id=row.id,
        statement=row.prompt,
        entry=Entry(kind="function", name=row.function),
        hidden=(),
        public=assert_cases(row.prompt, row.function, as_sets=row.function in _COMPARED_AS_SETS),
        date=_MBPP_RELEASED,
        source="MBPP+",
        reference=row.solution,
    )
