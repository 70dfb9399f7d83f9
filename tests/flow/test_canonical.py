"""References of HumanEval+ and MBPP+ pass, broken variants fail, from the command line (all: benchmarks/canonical.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.canonical import FILES, judge, programs_of
from cotbench.grading import SandboxGrader

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.skipif(not (DATA / "MbppPlus.jsonl.gz").is_file(), reason="EvalPlus's files are not in ../shared/data")
@pytest.mark.parametrize(("name", "file"), [("humaneval+", FILES["humaneval+"][1]), ("mbpp+", FILES["mbpp+"][0])])
def test_references_pass_and_variants_fail(name: str, file: str, tmp_path: Path) -> None:
    with SandboxGrader() as grader:
        programs = programs_of(name, str(DATA), grader, most=8, variants=3)
    result = judge(name, DATA / file, programs, tmp_path)
    assert result.astray == ()
    assert (result.passed, result.failed) == (8, 3)
