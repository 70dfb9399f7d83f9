"""Coverage at an equal budget, by hand; and labels that tell runs of one strategy apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cotbench.analysis import run_table
from cotbench.analysis.equal_tokens import solved_within
from cotbench.analysis.labels import line_labels

from .builder import spec, write_run


def test_a_problem_is_solved_by_any_attempt_and_differences_are_paired(tmp_path: Path) -> None:
    """Six problems that only the other run solves, of eight: all 2^6 signs, two of them as extreme: p = 2/64."""
    names = [f"p{number}" for number in range(8)]
    base = write_run(tmp_path / "a", {name: "--+" if name in ("p0", "p1") else "---" for name in names})
    other = write_run(tmp_path / "b", dict.fromkeys(names, "-+"), run=spec(strategy="plansearch"))
    first, second = solved_within([run_table(base), run_table(other)], ["a", "b"])
    assert (first.solved, first.problems, first.attempts, first.tokens, first.against) == (2, 8, 3.0, 450.0, None)
    assert (second.solved, second.share, second.attempts, second.tokens) == (8, 1.0, 2.0, 300.0)
    assert second.against is not None
    assert second.against.estimate == 0.75
    assert second.against.p == second.against.p_holm == pytest.approx(2 / 64)


def test_runs_of_one_strategy_are_called_by_what_differs(tmp_path: Path) -> None:
    plan = replace(spec(strategy="plansearch"), options={"depth": 1, "critique": True})
    specs = [plan, replace(plan, options={"depth": 2, "critique": False}), replace(plan, seed=3), spec()]
    tables = [run_table(write_run(tmp_path / str(n), {"p": "+"}, run=each)) for n, each in enumerate(specs)]
    assert line_labels(tables) == ("plansearch", "plansearch depth=2 critique=false", "plansearch seed=3", "repeated")
    again = run_table(write_run(tmp_path / "again", {"p": "+"}, run=plan))
    assert line_labels([tables[0], again]) == ("0", "again")
