"""Telling the format of a benchmark file from its first line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

_HUMANEVAL = {"task_id", "prompt", "entry_point", "canonical_solution", "test"}
_RELEASE = {"task_id", "prompt", "entry_point", "canonical_solution", "base_input", "plus_input"}
_MBPP_PLUS = {"task_id", "prompt", "code", "test_list", "test"}
_MBPP = {"task_id", "code", "test_list"}
_LIVE = {"question_content", "question_id", "public_test_cases", "private_test_cases"}
# Every test program of EvalPlus defines it; HumanEval's own define no functions but `check`.
_PLUS_MARK = "def is_floats("


def format_of(path: Path) -> str | None:
    """Return the name of the benchmark whose format a .jsonl or .jsonl.gz file has; None: of none, or unreadable."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            row = json.loads(next((line for line in file if line.strip()), ""))
    except (OSError, EOFError, ValueError, RecursionError):
        return None
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
