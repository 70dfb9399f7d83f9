"""Comparison: paired by problem, refused where it would mean nothing, rendered for other programs."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from cotbench.analysis import RunTable, Wanted, as_csv, as_markdown, compare, run_table
from cotbench.analysis.labels import short_labels
from cotbench.analysis.notes import shared_notes
from cotbench.core.errors import ConfigurationError
from cotbench.core.message import Usage

from .builder import manifest, spec, write_run


def table(path: Path, marks: dict[str, str], **options: object) -> RunTable:
    return run_table(write_run(path, marks, **options))  # type: ignore[arg-type]


@pytest.fixture
def pair(tmp_path: Path) -> list[RunTable]:
    base = table(tmp_path / "base", {"a": "--", "b": "+-", "c": "++", "d": "+-"})
    plan = run_table(
        write_run(
            tmp_path / "plan",
            {"a": "+-", "b": "++", "c": "++", "d": "--"},
            run=spec(strategy="plansearch"),
            usage=Usage(200, 100),
        )
    )
    return [base, plan]


def test_differences_by_hand(pair: list[RunTable]) -> None:
    found = compare(pair)
    [against] = found.pairs
    assert (against.run, against.baseline, found.ks) == ("plan", "base", (1, 2))
    # k=1: a ½, b ½, c 0, d −½; k=2: a 1, b 0, c 0, d −1
    assert [row.estimate for row in against.rows] == [pytest.approx(1 / 8), pytest.approx(0)]
    # Signs of ½ ½ −½: all but the two patterns … |sum| >= ½ always holds; likewise |0| for k=2.
    assert [row.p for row in against.rows] == [1.0, 1.0]
    assert (against.won, against.lost) == (("a",), ("d",))
    assert (against.decided_at, against.better, against.worse) == (2, ("a",), ("d",))


def test_the_difference_is_that_of_the_values_shown(pair: list[RunTable]) -> None:
    found = compare(pair)
    base, plan = found.runs
    for before, now, gap in zip(base.rows, plan.rows, found.pairs[0].rows, strict=True):
        assert gap.estimate == pytest.approx(now.estimate - before.estimate)
        assert gap.interval.low <= gap.estimate <= gap.interval.high


def test_what_is_submitted_is_tested_as_a_family_of_its_own(tmp_path: Path) -> None:
    names = "abcdefgh"
    runs = [
        table(tmp_path / "base", {**dict.fromkeys(names, "--"), "x": "+-"}),
        table(tmp_path / "plan", {**dict.fromkeys(names, "++"), "x": "+-"}),
    ]
    # Public cases that accept what the hidden ones accept.
    runs = [
        replace(
            run, problems=tuple(replace(row, public_passed=row.passed, both_passed=row.passed) for row in run.problems)
        )
        for run in runs
    ]
    [against] = compare(runs, wanted=Wanted(submissions=(1, 2))).pairs
    # Eight problems are always won and one is a tie: all flips but two give less, 2/2⁸; times the three tests.
    assert [(row.n, row.difference.k) for row in against.selected] == [(1, 1), (1, 2), (2, 2)]
    assert [row.difference.estimate for row in against.selected] == [pytest.approx(8 / 9)] * 3
    assert [row.difference.p for row in against.selected] == [2 / 256] * 3
    assert [row.difference.p_holm for row in against.selected] == [pytest.approx(6 / 256)] * 3
    assert [row.p_holm for row in against.rows] == [pytest.approx(4 / 256)] * 2


def test_cost_stands_beside_equal_attempts(pair: list[RunTable]) -> None:
    base, plan = compare(pair).runs
    assert (base.cost.tokens_per_attempt, plan.cost.tokens_per_attempt) == (150, 300)
    assert base.cost.solved_per_million_tokens == pytest.approx(3e6 / 1200)
    assert plan.cost.solved_per_million_tokens == pytest.approx(3e6 / 2400)


def test_only_common_problems_count_and_the_others_are_named(tmp_path: Path) -> None:
    first = table(tmp_path / "one", {"a": "+", "b": "-", "z": "+"})
    second = table(tmp_path / "two", {"b": "+", "a": "+"}, made_with=manifest(["b", "a", "z"]))
    found = compare([first, second])
    assert found.problems == ("a", "b")
    assert [row.rows[0].estimate for row in found.runs] == [0.5, 1.0]
    assert found.runs[0].cost.attempts == 2
    assert any("left out: z" in note for note in found.notes)
    assert any(note.startswith("two: incomplete") for note in found.notes)


def test_holm_is_over_all_pairs_and_ks(tmp_path: Path) -> None:
    names = [f"p{place:02d}" for place in range(12)]
    base = table(tmp_path / "base", dict.fromkeys(names, "--"))
    good = table(tmp_path / "good", dict.fromkeys(names, "++"))
    same = table(tmp_path / "same", dict.fromkeys(names, "--"))
    found = compare([base, good, same])
    assert [(pair.run, pair.baseline) for pair in found.pairs] == [("good", "base"), ("same", "base")]
    # 12 wins: p = 2/4096, twice; the other two are 1. Holm: times 4, then times 3 and kept monotone.
    assert [row.p for row in found.pairs[0].rows] == [pytest.approx(2 / 4096)] * 2
    assert [row.p_holm for row in found.pairs[0].rows] == [pytest.approx(8 / 4096)] * 2
    assert [row.p_holm for row in found.pairs[1].rows] == [1.0, 1.0]
    every = compare([base, good, same], all_pairs=True)
    assert [(pair.run, pair.baseline) for pair in every.pairs] == [
        ("good", "base"),
        ("same", "base"),
        ("same", "good"),
    ]
    # Four tests of p = 2/4096 in a family of six.
    assert every.pairs[2].rows[0].p_holm == pytest.approx(12 / 4096)


def test_a_problem_without_programs_is_lost_not_dropped(tmp_path: Path) -> None:
    found = compare([table(tmp_path / "one", {"a": "++", "b": "++"}), table(tmp_path / "two", {"a": "", "b": "++"})])
    assert found.problems == ("a", "b")
    assert found.pairs[0].lost == ("a",)
    assert found.runs[1].rows[-1].estimate == 0.5


def test_differing_attempts_and_settings_are_noted(tmp_path: Path) -> None:
    first = table(tmp_path / "one", {"a": "+---"})
    second = table(tmp_path / "two", {"a": "+-"}, run=spec(seed=1), made_with=manifest(["a"], grader="2"))
    found = compare([first, second], ks=[1, 4])
    notes = "\n".join(found.notes)
    assert found.ks == (1,)
    assert found.left_out == (4,)
    assert "k = 4: a has 2 attempts" in notes
    assert "differ in seed (one: 0, two: 1)" in notes
    assert "differ in grader (one: 1, two: 2)" in notes
    assert "attempts per problem differ (one: 4, two: 2)" in notes


def test_refuses_what_cannot_be_compared(tmp_path: Path, pair: list[RunTable]) -> None:
    other = {
        "on starter": {"run": spec(benchmark="humaneval")},
        "different data": {"made_with": manifest(["a"], dataset="e" * 64)},
        "simulated": {"made_with": manifest(["a"], simulated=True)},
    }
    for place, (words, options) in enumerate(other.items()):
        with pytest.raises(ConfigurationError, match=words):
            compare([pair[0], table(tmp_path / str(place), {"a": "+"}, **options)])
    with pytest.raises(ConfigurationError, match="1 run given"):
        compare(pair[:1])
    with pytest.raises(ConfigurationError, match="given twice"):
        compare([pair[0], pair[0]])
    with pytest.raises(ConfigurationError, match="no problem in common") as caught:
        compare([pair[0], table(tmp_path / "x", {"other": "+"})])
    assert caught.value.hint
    with pytest.raises(ConfigurationError, match="no problem has an attempt"):
        compare([pair[0], table(tmp_path / "y", {}, made_with=manifest(["a"]))])
    with pytest.raises(ConfigurationError, match="fewest attempts on a common problem are 2"):
        compare(pair, ks=[5])


def test_json_csv_and_markdown_carry_the_same_numbers(pair: list[RunTable]) -> None:
    found = compare(pair)
    plain = json.loads(json.dumps(found.to_plain(), allow_nan=False))
    assert plain["pairs"][0]["differences"][0]["estimate"] == pytest.approx(0.125)
    lines = list(csv.DictReader(io.StringIO(as_csv(found))))
    [line] = [line for line in lines if line["quantity"] == "difference" and line["k"] == "1"]
    assert float(line["value"]) == pytest.approx(0.125)
    assert (line["run"], line["baseline"], line["problems"]) == ("plan", "base", "4")
    assert {line["run"]: line["value"] for line in lines if line["quantity"] == "solved_per_million_tokens"} == {
        "base": "2500",
        "plan": "1250",
    }
    text = as_markdown(found)
    assert "| plan − base | 1 | +12.5 [" in text
    assert "won 1 (a), lost 1 (d)" in text
    assert all(row.count("|") >= 2 for row in text.splitlines() if row.startswith("|"))
    assert "[simulated]" not in text
    assert {line["simulated"] for line in lines} == {"no"}


def test_simulated_runs_are_labelled_as_such(tmp_path: Path) -> None:
    found = compare(
        [table(tmp_path / name, {"a": "+"}, made_with=manifest(["a"], simulated=True)) for name in ("one", "two")]
    )
    assert "**starter** [simulated], 1 common problem" in as_markdown(found)
    assert {line["simulated"] for line in csv.DictReader(io.StringIO(as_csv(found)))} == {"yes"}
    assert found.to_plain()["simulated"] is True


def test_names_are_told_apart_and_escaped(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "y").mkdir()
    found = compare([table(tmp_path / "x" / "r|1", {"a": "+"}), table(tmp_path / "y" / "r|1", {"a": "-"})])
    assert [values.run for values in found.runs] == ["x/r|1", "y/r|1"]
    assert "x/r\\|1" in as_markdown(found)


def test_unknown_prices_stay_unknown(tmp_path: Path) -> None:
    found = compare([table(tmp_path / "one", {"a": "+"}, usd=None), table(tmp_path / "two", {"a": "-"})])
    assert found.runs[0].cost.usd is None
    assert found.runs[1].cost.tokens_per_solved is None
    assert "unknown" in as_markdown(found)
    assert "usd,one,,,,,,,,,,1" in as_csv(found)


def test_pooled_units_are_said(tmp_path: Path) -> None:
    found = compare([table(tmp_path / "one", {"a": "+"}, run=spec(units=2)), table(tmp_path / "two", {"a": "-"})])
    pooled = [note for note in found.notes if "units are pooled" in note]
    assert len(pooled) == 1
    assert pooled[0].startswith("one: attempts of 2 units are pooled: pass@k is over k attempts drawn from all units")


def test_notes_of_several_runs_are_said_once() -> None:
    notes = ["for all", "a: open", "b: open", "a: cut", "b: cut", "c: cut", "c: its own"]
    assert shared_notes(notes, ["a", "b", "c"]) == ["for all", "a, b: open", "all runs: cut", "c: its own"]


def test_labels_stay_short(tmp_path: Path) -> None:
    base = table(tmp_path / ("long" * 12), {"a": "+"})
    again = table(tmp_path / ("name" * 12), {"a": "+"})
    assert short_labels([base, again], 30) == ("#1 repeated", "#2 repeated")
    assert short_labels([base, again], 60) == ("long" * 12, "name" * 12)
    plan = table(tmp_path / "plan", {"a": "+"}, run=spec(strategy="plansearch"))
    assert short_labels([base, plan], 30) == ("repeated", "plansearch")
    found = compare([base, plan], names=short_labels([base, plan], 30))
    assert (found.runs[1].run, found.pairs[0].run, found.pairs[0].baseline) == ("plansearch", "plansearch", "repeated")


def test_results_repeat_with_their_seed(pair: list[RunTable]) -> None:
    assert compare(pair, seed=5) == compare(pair, seed=5)
