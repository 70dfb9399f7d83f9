"""Run tables: what counts as an attempt, what is owed, and that no problem is dropped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cotbench.analysis.cost import cost_of
from cotbench.analysis.flips import flips_of
from cotbench.analysis.frames import run_table
from cotbench.analysis.loaded import load
from cotbench.analysis.notes import run_notes
from cotbench.core.errors import StoreError
from cotbench.core.message import Usage
from cotbench.store import ProgramsInfo, RunDirectory, RunWriter, Session, UnitRow

from .builder import call, manifest, spec, verdict, write_run


def test_counts_attempts_with_a_hidden_verdict_in_order(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r", {"a": "+-0e_", "b": "-+?!"})
    with RunWriter(run.path, writer="x") as writer:
        writer.append(verdict("a", 0, "passed", suite="public"))
        writer.append(verdict("a", 1, "wrong", suite="public"))
    a, b = run_table(run).problems
    assert a.outcomes == ("passed", "wrong", "no_code", "error", "no_code")
    assert (a.n, a.passed, a.public_passed, a.ungraded) == (5, 1, 1, 0)
    assert (b.n, b.passed, b.public_passed, b.ungraded) == (2, 1, 0, 2)
    assert (a.calls, a.usage, a.usd) == (5, Usage(500, 250), pytest.approx(0.005))
    assert run_table(run).no_code == 2
    assert not run_table(run).complete


def test_one_unknown_price_makes_the_sum_unknown(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r", {"a": "+", "b": "+"})
    with RunWriter(run.path, writer="x") as writer:
        writer.append(call("a", 7, usage=Usage(1, 1), usd=None))
    a, b = run_table(run).problems
    assert a.usd is None
    assert b.usd == pytest.approx(0.001)


def test_no_attempts_is_unsolved_only_when_the_units_are_done(tmp_path: Path) -> None:
    made = manifest(["never", "barren", "half", "judging"])
    run = write_run(tmp_path / "r", {"barren": ""}, made_with=made)
    two = spec(units=2)
    run.write_spec(two)
    with RunWriter(run.path, writer="x") as writer:
        writer.append(UnitRow("barren", 1, "done", None, 0))
        writer.append(UnitRow("half", 0, "done", None, 0))
    rows = {row.problem: row for row in run_table(run).problems}
    assert [row.evaluated for row in rows.values()] == [False, True, False, False]
    assert [row.n for row in rows.values()] == [0, 0, 0, 0]
    assert run_table(run).units.owed == 5


def test_a_program_without_verdict_is_not_a_missing_program(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r", {"a": "?"})
    [row] = run_table(run).problems
    assert row.finished
    assert not row.evaluated


def test_units_by_their_latest_row(tmp_path: Path) -> None:
    made = manifest(["a", "b", "c", "d", "e"])
    run = write_run(tmp_path / "r", {}, made_with=made, run=spec(attempts=8))
    rows = [
        UnitRow("a", 0, "failed", 8, 2, {"parse": 9}, at=1.0),
        UnitRow("a", 0, "done", 8, 8, {"parse": 1}, at=2.0),
        UnitRow("b", 0, "done", 4, 4, {"parse": 2}, at=1.0),
        UnitRow("c", 0, "failed", 8, 0, {"empty": 3}, at=1.0),
        UnitRow("d", 0, "partial", 8, 5, at=1.0),
    ]
    with RunWriter(run.path, writer="x") as writer:
        for row in rows:
            writer.append(row)
    table = run_table(run)
    assert (table.units.wanted, table.units.done, table.units.failed, table.units.partial) == (5, 1, 1, 1)
    assert table.units.owed == 4
    assert table.counters == {"parse": 3, "empty": 3}


def test_a_limit_bounds_what_is_owed_and_hides_nothing(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r", {"a": "+"}, made_with=manifest(["a", "b"]), run=spec(limit=1))
    table = run_table(run)
    assert table.units.owed == 0
    assert [row.problem for row in table.problems] == ["a", "b"]


def test_replies_torn_lines_and_foreign_rows_are_counted(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r", {"a": "+"})
    with RunWriter(run.path, writer="x") as writer:
        for place, finish in enumerate(("length", "length", "refusal", "empty"), start=10):
            writer.append(call("a", place, usage=Usage(), finish=finish))
        writer.append(verdict("elsewhere", 0, "passed"))
    with (run.path / "attempts" / "x.jsonl").open("a") as shard:
        shard.write('{"torn":')
    table = run_table(run)
    assert (table.cut, table.refusals, table.empties, table.torn, table.foreign) == (2, 1, 1, 1, 1)


def test_wall_time_of_a_killed_session_ends_with_its_last_row(tmp_path: Path) -> None:
    first = manifest(["a"]).sessions[0]
    killed = replace(first, started=100.0, ended=None)
    second = Session(5000.0, 5007.0, "0.1", "3.11", "linux", "rlimits")
    run = write_run(tmp_path / "r", {}, made_with=manifest(["a"], sessions=(killed, second)))
    with RunWriter(run.path, writer="x") as writer:
        for place, at in enumerate((110.0, 130.0, 5003.0)):
            writer.append(call("a", place, usage=Usage(), at=at))
    assert run_table(run).wall_seconds == pytest.approx(37.0)
    assert run_table(run).isolation == ("full", "rlimits")


def test_what_is_no_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not a run directory"):
        run_table(RunDirectory(tmp_path / "none"))


def test_attempts_frame_has_a_line_per_attempt(tmp_path: Path) -> None:
    frame = load(write_run(tmp_path / "r", {"a": "+-_", "b": "?"}).path).attempts
    assert frame["outcome"].tolist()[:3] == ["passed", "wrong", "no_code"]
    assert frame["outcome"].isna().tolist() == [False, False, False, True]
    assert frame.groupby("problem").size().to_dict() == {"a": 3, "b": 1}
    assert list(load(write_run(tmp_path / "e", {}).path).attempts.columns) == list(frame.columns)


def test_what_programs_of_a_file_cost_is_unknown(tmp_path: Path) -> None:
    made = manifest(["a"], programs=ProgramsInfo("made.jsonl", "d", "cotbench", 5, 2), benchmark_size=9)
    run = write_run(tmp_path / "r", {"a": "+-"}, made_with=made)
    assert run.read_manifest() == made
    table = run_table(run)
    (row,) = table.problems
    assert (row.calls, row.usage, row.usd) == (None, None, None)
    cost = cost_of(table.problems)
    assert (cost.calls, cost.tokens, cost.usd) == (None, None, None)
    assert (cost.tokens_per_attempt, cost.tokens_per_solved, cost.solved_per_million_tokens) == (None, None, None)
    notes = run_notes(table)
    assert "programs of 1 of the 9 problems of starter were judged" in notes
    assert "2 of 5 lines of made.jsonl could not be used" in notes


def test_verdicts_that_can_be_forged_and_flips_are_counted(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r", {"a": "+"})
    with RunWriter(run.path, writer="x") as writer:
        writer.append(replace(verdict("a", 1, "passed"), integrity="in-process"))
        writer.append(replace(verdict("a", 2, "passed"), outcomes=("passed", "wrong", "passed")))
        writer.append(replace(verdict("a", 3, "passed"), outcomes=("passed", "passed")))
        writer.append(replace(verdict("a", 4, "wrong"), outcomes=("wrong", "error")))
    table = run_table(run)
    assert (table.in_process, table.flips) == (1, 2)
    text = " ".join(run_notes(table))
    assert "1 verdict reached inside the program's own process" in text
    assert "(integrity: in-process)" in text
    assert "2 verdicts did not come out the same" in text
    assert [(flip.index, flip.crosses) for flip in flips_of(run)] == [(2, True), (4, False)]
