"""The figures of diversity and gain: their numbers are those of the tables, their marks are at their numbers."""

from __future__ import annotations

import csv
import io

import pytest

from cotbench.analysis import RunTable, run_table
from cotbench.analysis.diverse import DiversitySettings, measure
from cotbench.analysis.gain import gain
from cotbench.core.errors import ConfigurationError
from cotbench.plots import Choices, figure, figure_data
from cotbench.plots.kind import data_csv

from ..analysis.builder import spec, write_run
from ..analysis.test_diversity import judged

MARKS = {"p1": "+--+", "p2": "++--", "p3": "----", "p4": "+---"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[RunTable]:
    """Return three runs whose programs are all different, with a judge's word on two pairs of the first problem."""
    found: list[RunTable] = []
    for place, strategy in enumerate(("repeated", "ideasearch", "plansearch")):
        marks = {name: line[place:] + line[:place] for name, line in MARKS.items()} | {
            "p3": "+" * place + "-" * (4 - place)
        }
        run = write_run(tmp_path_factory.mktemp("runs") / strategy, marks, run=spec(strategy=strategy))
        answers = {(2, 3): "same", (3, 2): "same", (0, 2): "different" if place else "same"}
        judged(run, answers)
        found.append(run_table(run))
    return found


def lines(kind: str, tables: list[RunTable], choices: Choices | None = None) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data_csv(figure_data(kind, tables, choices=choices)))))


def test_the_ladder_in_the_figure_is_the_one_of_the_table(runs: list[RunTable]) -> None:
    measured = measure(runs, DiversitySettings())
    rows = lines("diversity", runs)
    assert len(rows) == sum(len(run.rungs) for run in measured) == 3 * 5
    for row in rows:
        run = next(each for each in measured if each.table.name == row["run"])
        values = run.rung(row["rung"])
        assert values is not None and float(row["difference"]) == values.difference.value
        assert float(row["low"]) == values.difference.interval.low
    judge = {row["label"]: float(row["difference"]) for row in rows if row["rung"].startswith("m ")}
    assert judge == pytest.approx({"repeated": 0.0, "ideasearch": 1 / 3, "plansearch": 1 / 3})


def test_marks_of_the_ladder_are_at_their_numbers(runs: list[RunTable]) -> None:
    axes = figure("diversity", runs).axes[0]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["edits", "text", "tokens", "tree", "judge"]
    rows = lines("diversity", runs)
    for line in axes.get_lines():
        label = str(line.get_label())
        if label in ("repeated", "ideasearch", "plansearch"):
            expected = [float(row["difference"]) for row in rows if row["label"] == label and row["rung"] != "edits"]
            assert list(line.get_ydata()) == pytest.approx(expected)


def test_gain_over_runs_and_over_problems(runs: list[RunTable]) -> None:
    gained = gain(measure(runs, DiversitySettings()), ["repeated", "ideasearch", "plansearch"])
    rows = lines("gain", runs)
    assert [row["run"] for row in rows] == ["repeated", "ideasearch", "plansearch"]
    assert [float(row["relative_gain"]) for row in rows] == [point.gain("relative") for point in gained.runs]
    assert rows[0]["rung"] == "m (prompts 0)"
    two = lines("gain", runs[:2], Choices(by="edits", ks=(4,)))
    assert len(two) == 8 and {row["k"] for row in two} == {"4"}
    assert [row["relative_gain"] for row in two if row["pass_1"] == "0.0"] == [""]
    relative, absolute = figure("gain", runs[:2], choices=Choices(by="edits", ks=(4,))).axes
    assert sum(len(line.get_xdata()) for line in relative.get_lines()) == 7  # type: ignore[arg-type]
    assert sum(len(line.get_xdata()) for line in absolute.get_lines()) == 8  # type: ignore[arg-type]
    drawn = [float(y) for line in absolute.get_lines() for y in line.get_ydata()]  # type: ignore[union-attr]
    assert drawn == pytest.approx([float(row["absolute_gain"]) for row in two])
    assert absolute.get_xlabel() == "two programs differ (edits)"


def test_a_rung_or_k_that_is_not_there(runs: list[RunTable]) -> None:
    with pytest.raises(ConfigurationError, match="--by behaviour: the runs have exact, tokens, tree, edits, judge"):
        figure_data("gain", runs, choices=Choices(by="behaviour"))
    with pytest.raises(ConfigurationError, match="has one k"):
        figure_data("gain", runs, choices=Choices(ks=(2, 4)))
    with pytest.raises(ConfigurationError, match="--k has no meaning"):
        figure_data("diversity", runs, choices=Choices(ks=(2,)))


@pytest.mark.parametrize("kind", ["diversity", "gain"])
def test_all_text_is_inside(runs: list[RunTable], kind: str) -> None:
    drawn = figure(kind, runs)
    drawn.draw_without_rendering()
    for text in drawn.texts:
        box = text.get_window_extent()
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= drawn.bbox.width and box.y1 <= drawn.bbox.height
