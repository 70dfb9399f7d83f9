"""Telling the format of a benchmark's rows from the first one."""

from __future__ import annotations

_HUMANEVAL = {"task_id", "prompt", "entry_point", "canonical_solution", "test"}
_RELEASE = {"task_id", "prompt", "entry_point", "canonical_solution", "base_input", "plus_input"}
_MBPP_PLUS = {"task_id", "prompt", "code", "test_list", "test"}
_MBPP = {"task_id", "code", "test_list"}
_LIVE = {"question_content", "question_id", "public_test_cases", "private_test_cases"}
# Every test program of EvalPlus defines it; HumanEval's own define no functions but `check`.
_PLUS_MARK = "def is_floats("


def format_of_row(row: object) -> str | None:
    """Return the name of the benchmark whose format a row has; None: of none."""
    if not isinstance(row, dict):
        return None
    keys = row.keys()
    if keys >= _RELEASE:
        return "mbpp+" if str(row["task_id"]).startswith("Mbpp/") else "humaneval+"
    if keys >= _HUMANEVAL:
        return "humaneval+" if _PLUS_MARK in str(row["test"]) else "humaneval"
    if keys >= _LIVE:
        return "livecodebench"
    return "mbpp+" if keys >= _MBPP_PLUS else "mbpp" if keys >= _MBPP else None
