"""Runs looked at before and after a day, and windows under a comparison."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cotbench.analysis import RunTable, as_markdown, compare, run_table, summarise
from cotbench.analysis.dated import Period, read_period, scope, within
from cotbench.core.errors import ConfigurationError
from cotbench.core.window import Window
from cotbench.plots import draw
from cotbench.store import ProblemInfo
from tests.analysis.builder import manifest, spec, write_run

DATES = {"old": "2023-12-31", "day": "2024-01-01T09:00:00", "new": "2024-02-01", "none": ""}


def table(path: Path, marks: dict[str, str], **changes: object) -> RunTable:
    infos = {name: ProblemInfo("easy", DATES[name], 1, 3) for name in marks}
    made = replace(manifest(list(marks)), problems=infos)
    return run_table(write_run(path, marks, run=spec(**changes), made_with=made))


@pytest.mark.parametrize(
    ("before", "after", "kept", "words"),
    [
        ("2024-01-01", None, ["old"], "before 2024-01-01"),
        (None, "2024-01-01", ["day", "new"], "on or after 2024-01-01"),
        ("2024-02-01", "2024-01-01", ["day"], "on or after 2024-01-01 and before 2024-02-01"),
    ],
)
def test_two_halves_never_overlap(
    tmp_path: Path, before: str | None, after: str | None, kept: list[str], words: str
) -> None:
    whole = table(tmp_path / "a", {"old": "+-", "day": "--", "new": "++", "none": "++"})
    part = within(whole, read_period(before, after))
    assert [row.problem for row in part.problems] == kept
    summary = summarise(part)
    assert summary.problems == len(kept)
    assert f"only problems dated {words}: {len(kept)} of 4; 1 without a date left out" in summary.notes


def test_without_bounds_nothing_changes(tmp_path: Path) -> None:
    whole = table(tmp_path / "a", {"old": "+", "none": "+"})
    assert within(whole, read_period(None, None)) is whole


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("soon", None, "--before soon: a date like"),
        (None, "2024-01", "--after 2024-01: a date like"),
        ("2024-01-01", "2024-01-01", "no day is on or after 2024-01-01 and before 2024-01-01"),
    ],
)
def test_bounds_that_are_none(before: str | None, after: str | None, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read_period(before, after)


def test_a_part_without_problems_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"dated before 2020-01-01.*from 2023-12-31 to 2024-02-01"):
        within(table(tmp_path / "a", {"old": "+", "new": "+"}), Period("2020-01-01"))
    with pytest.raises(ConfigurationError, match="its problems have no dates"):
        within(table(tmp_path / "b", {"none": "+"}), Period("2020-01-01"))


def test_a_comparison_and_a_figure_say_the_dates_and_the_window(tmp_path: Path) -> None:
    window = Window("2023-01-01", difficulty=("easy",))
    tables = [
        within(
            table(tmp_path / name, {"old": marks, "day": "+-", "new": "--"}, window=window), Period(after="2024-01-01")
        )
        for name, marks in (("a", "++"), ("b", "--"))
    ]
    comparison = compare(tables)
    assert comparison.problems == ("day", "new")
    said = ", from 2023-01-01, difficulty easy, dated on or after 2024-01-01"
    assert comparison.scope == scope(tables) == said
    assert f"**starter**{said}, 2 common problems" in as_markdown(comparison)
    plain = comparison.to_plain()["windows"]
    assert plain == {name: window.to_plain() for name in ("a", "b")}
    draw("passk", tables, tmp_path / "late.svg")
    text = (tmp_path / "late.svg").read_text()
    assert "dated on or after 2024-01-01" in " ".join(text.split())


def test_another_window_is_a_caution_and_another_slice_too(tmp_path: Path) -> None:
    one = table(tmp_path / "a", {"old": "++", "new": "++"})
    other = table(tmp_path / "b", {"new": "--"}, window=Window("2024-01-01"), benchmark="starter[0:1]")
    comparison = compare([one, other])
    assert comparison.scope == ""
    notes = " ".join(comparison.notes)
    assert "the runs differ in window (a: all problems, b: from 2024-01-01)" in notes
    assert "the runs differ in benchmark (a: starter, b: starter[0:1])" in notes
