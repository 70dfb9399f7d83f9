"""The cost figure: its numbers, its lines, marks where searches ended, and who is ahead."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from cotbench.analysis import RunTable, run_table
from cotbench.core.errors import ConfigurationError
from cotbench.core.ids import call_key
from cotbench.core.message import Usage
from cotbench.core.verdict import Outcome
from cotbench.plots import Choices, draw, figure, figure_data
from cotbench.plots.cost import FRONT
from cotbench.plots.cost_data import CostData
from cotbench.store import RunDirectory, RunWriter, UnitRow

from ..analysis.builder import attempt, call, manifest, spec, verdict, write_run


def run(path: Path, marks: dict[str, str], tokens: int, strategy: str) -> RunTable:
    """Write a run in which each attempt needs one call of its own."""
    directory = RunDirectory(path)
    directory.claim()
    directory.write_manifest(manifest(list(marks)))
    directory.write_spec(spec(strategy=strategy))
    with RunWriter(path, writer="w") as writer:
        for problem, line in marks.items():
            for index, mark in enumerate(line):
                outcome: Outcome = "passed" if mark == "+" else "wrong"
                writer.append(call(problem, index, usage=Usage(tokens - 10, 10)))
                writer.append(replace(attempt(problem, index), calls=(call_key(problem, 0, "", index),)))
                writer.append(verdict(problem, index, outcome))
            writer.append(UnitRow(problem, 0, "done", None, len(line), at=1050.0))
    return run_table(directory)


@pytest.fixture
def runs(tmp_path: Path) -> list[RunTable]:
    cheap = run(tmp_path / "cheap", {"a": "+---", "b": "---+", "c": "----", "d": "----"}, 100, "repeated")
    dear = run(tmp_path / "dear", {"a": "+---", "b": "+---", "c": "-+--", "d": "----"}, 300, "plansearch")
    return [cheap, dear]


def test_the_numbers(runs: list[RunTable], tmp_path: Path) -> None:
    out = draw("cost", runs, tmp_path / "cost.svg", data=tmp_path / "cost.csv")
    assert out.read_bytes().startswith(b"<?xml")
    lines = list(csv.DictReader((tmp_path / "cost.csv").read_text().splitlines()))
    assert {line["axis"] for line in lines} == {"tokens"}

    def at(label: str, cost: float) -> dict[str, str]:
        return [line for line in lines if line["label"] == label and float(line["cost_per_problem"]) <= cost][-1]

    solved = {
        cost: tuple(float(at(label, cost)["solved"]) for label in ("repeated", "plansearch"))
        for cost in (100, 350, 400)
    }
    assert solved == {100: (0.25, 0.0), 350: (0.25, 0.5), 400: (0.5, 0.5)}
    assert float(at("plansearch", 1200)["solved"]) == 0.75
    assert (at("repeated", 200)["ahead"], at("repeated", 350)["ahead"], at("plansearch", 1200)["ahead"]) == (
        "1",
        "0",
        "1",
    )
    assert all(float(line["low"]) <= float(line["solved"]) <= float(line["high"]) for line in lines)
    assert {line["over_from"] for line in lines} == {"400.0", "1200.0"}


def test_the_lines_are_the_numbers(runs: list[RunTable]) -> None:
    data = figure_data("cost", runs)
    assert isinstance(data, CostData)
    drawn = figure("cost", runs)
    [axes] = drawn.axes
    assert (axes.get_xlabel(), axes.get_xscale()) == ("tokens per problem", "log")
    lines = {str(line.get_label()): line for line in axes.lines}
    assert tuple(lines["repeated"].get_xdata()) == data.runs[0].curve.costs
    assert tuple(lines["repeated"].get_ydata()) == data.runs[0].curve.values
    assert lines["front"].get_color() == FRONT
    assert [value for _, value in data.front] == sorted(value for _, value in data.front)
    assert data.front[-1] == (1200, 0.75)
    words = " ".join(" ".join(text.get_text().split()) for text in drawn.texts)
    assert "repeated" in words and "plansearch" in words
    assert "4 problems" in words and "n = 4 attempts" in words and "Pareto front" in words
    for text in drawn.texts:
        box = text.get_window_extent()
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= drawn.bbox.width and box.y1 <= drawn.bbox.height


def test_the_line_is_thin_where_searches_were_over(tmp_path: Path) -> None:
    # One search ends after one attempt, the others go on.
    table = run(tmp_path / "r", {"a": "-", "b": "--+", "c": "-+"}, 100, "repeated")
    drawn = figure("cost", [table], choices=Choices(by="calls", band="simultaneous"))
    [axes] = drawn.axes
    widths = {str(line.get_label()): line.get_linewidth() for line in axes.lines}
    assert widths["_over"] < widths["repeated"]
    [bar] = [line for line in axes.lines if line.get_marker() == "|"]
    assert list(bar.get_xdata()) == [2]


def test_refuses_what_is_no_axis_or_not_known(runs: list[RunTable], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--by miles") as caught:
        figure_data("cost", runs, choices=Choices(by="miles"))
    assert "tokens" in caught.value.hint
    free = run_table(write_run(tmp_path / "free", {"a": "+"}, usd=0.0))
    with pytest.raises(ConfigurationError, match="cost 0 usd"):
        figure_data("cost", [free], choices=Choices(by="usd"))


def test_nothing_solved_and_one_cost(tmp_path: Path) -> None:
    draw("cost", [run(tmp_path / "none", {"a": "--"}, 100, "repeated")], tmp_path / "none.png")
    draw("cost", [run(tmp_path / "one", {"a": "+"}, 100, "repeated")], tmp_path / "one.png")
