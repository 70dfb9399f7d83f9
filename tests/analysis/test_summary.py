"""The summary of one run: values worked out by hand, costs, and the notes that must stand under them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cotbench.analysis.coverage import coverage, curve_ks, default_ks, split_ks
from cotbench.analysis.frames import run_table
from cotbench.analysis.summary import summarise
from cotbench.core.errors import ConfigurationError
from cotbench.store import RunWriter, UnitRow

from .builder import manifest, spec, write_run


def test_default_ks_end_with_the_fewest_attempts() -> None:
    assert default_ks(1) == (1,)
    assert default_ks(4) == (1, 2, 4)
    assert default_ks(200) == (1, 2, 5, 10, 20, 50, 100, 200)
    assert default_ks(300) == (1, 2, 5, 10, 20, 50, 100, 200, 300)
    for most in (1, 7, 10, 11, 1000):
        ks = curve_ks(most)
        assert (ks[0], ks[-1]) == (1, most)
        assert set(default_ks(most)) <= set(ks)
        assert len(ks) < 70


def test_values_by_hand(tmp_path: Path) -> None:
    summary = summarise(run_table(write_run(tmp_path / "r", {"a": "++--", "b": "+---", "c": "----"})))
    # pass@2: a 1 − C(2,2)/C(4,2) = 5/6, b 1 − C(3,2)/C(4,2) = 1/2, c 0
    assert [(row.k, row.estimate) for row in summary.rows] == [
        (1, pytest.approx(1 / 4)),
        (2, pytest.approx((5 / 6 + 1 / 2) / 3)),
        (4, pytest.approx(2 / 3)),
    ]
    assert all(row.interval.low <= row.estimate <= row.interval.high for row in summary.rows)
    cost = summary.cost
    assert (cost.attempts, cost.solved, cost.tokens, cost.calls) == (12, 2, 1800, 12)
    assert cost.usd == pytest.approx(0.012)
    assert (cost.tokens_per_attempt, cost.tokens_per_problem, cost.tokens_per_solved) == (150, 600, 900)
    assert cost.solved_per_million_tokens == pytest.approx(2e6 / 1800)
    assert summary.wall_seconds == 60
    assert summary.complete


def test_no_program_is_unsolved_and_does_not_bound_k(tmp_path: Path) -> None:
    summary = summarise(run_table(write_run(tmp_path / "r", {"a": "+++", "barren": ""})))
    assert [(row.k, row.estimate) for row in summary.rows] == [(1, 0.5), (2, 0.5), (3, 0.5)]
    assert summary.problems == 2
    assert any("no program at all" in note and "barren" in note for note in summary.notes)


def test_a_problem_not_attempted_is_named_and_left_out(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r", {"a": "+"}, made_with=manifest(["a", "later"]))
    summary = summarise(run_table(run))
    assert (summary.problems, summary.problems_total, summary.units_owed) == (1, 2, 1)
    assert not summary.complete
    assert any("1 of 2 units is owed" in note for note in summary.notes)
    assert any("not attempted" in note and "later" in note for note in summary.notes)


def test_wanted_ks_that_are_undefined_are_left_out_by_name(tmp_path: Path) -> None:
    table = run_table(write_run(tmp_path / "r", {"a": "+-", "b": "---"}))
    summary = summarise(table, ks=[1, 3, 5])
    assert [row.k for row in summary.rows] == [1]
    assert summary.left_out == (3, 5)
    assert "k = 3, 5: a has 2 attempts" in summary.notes[0]
    with pytest.raises(ConfigurationError, match="at least 1"):
        summarise(table, ks=[0])


def test_a_run_without_attempts_has_no_numbers_and_says_so(tmp_path: Path) -> None:
    summary = summarise(run_table(write_run(tmp_path / "r", {}, made_with=manifest(["a"]))))
    assert summary.rows == ()
    assert "no problem has an attempt" in summary.notes[0]
    assert summary.cost.tokens_per_attempt is None
    json.dumps(summary.to_plain(), allow_nan=False)


def test_a_run_that_gave_no_program_anywhere_solved_nothing(tmp_path: Path) -> None:
    summary = summarise(run_table(write_run(tmp_path / "r", {"a": "", "b": ""})))
    assert [(row.k, row.estimate) for row in summary.rows] == [(1, 0.0)]


def test_notes_say_what_the_numbers_do_not(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r", {"a": "+0?"}, made_with=manifest(["a"], simulated=True), run=spec(units=2))
    with RunWriter(run.path, writer="x") as writer:
        writer.append(UnitRow("a", 1, "failed", None, 0, error="boom"))
    notes = "\n".join(summarise(run_table(run)).notes)
    for words in ("simulated model", "1 failed", "1 program without a verdict", "1 attempt without a program", "full"):
        assert words in notes


def test_plain_data_is_json_and_the_seed_repeats_it(tmp_path: Path) -> None:
    marks = {f"p{place}": "+" * (place % 5) + "-" * (4 - place % 5) for place in range(30)}
    table = run_table(write_run(tmp_path / "r", marks))
    plain = summarise(table, seed=3).to_plain()
    assert plain == summarise(table, seed=3).to_plain()
    loaded = json.loads(json.dumps(plain, allow_nan=False))
    assert loaded["rows"][0]["interval"]["method"] == "bca"
    assert loaded["cost"]["tokens_per_attempt"] == 150


def test_coverage_of_nothing_is_empty(tmp_path: Path) -> None:
    assert coverage((), (1,)).shape == (0, 1)
    assert split_ks([], None) == ((1,), ())
