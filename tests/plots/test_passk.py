"""The pass@k figure: files of every format, text inside the canvas, errors that say what to do."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import matplotlib as mpl
import pytest

from cotbench.analysis import RunTable, run_table
from cotbench.core.errors import ConfigurationError, StoreError
from cotbench.plots import Choices, draw, figure
from cotbench.plots.passk_data import passk_data

from ..analysis.builder import manifest, spec, write_run

MARKS = {"a": "+---", "b": "++--", "c": "----", "d": "+++-", "e": "-+-+"}


@pytest.fixture
def runs(tmp_path: Path) -> list[RunTable]:
    first = write_run(tmp_path / "one", MARKS)
    second = write_run(tmp_path / "two", {**MARKS, "c": "-+--"}, run=spec(strategy="plansearch"))
    return [run_table(first), run_table(second)]


def test_curves_hold_the_values(runs: list[RunTable]) -> None:
    data = passk_data(runs, Choices())
    first, second = data.curves
    assert data.problems == ("a", "b", "c", "d", "e")
    assert (first.label, second.label) == ("repeated", "plansearch")
    assert first.ks == (1, 2, 3, 4)
    assert first.values[0] == pytest.approx(8 / 20)
    assert first.values[-1] == pytest.approx(4 / 5)
    assert second.values[-1] == 1.0


@pytest.mark.parametrize(("ending", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_writes_every_format_and_leaves_settings_alone(
    runs: list[RunTable], tmp_path: Path, ending: str, magic: bytes
) -> None:
    before = dict(mpl.rcParams)
    out = tmp_path / "new" / f"figure.{ending}"
    assert draw("passk", runs, out) == out
    data = out.read_bytes()
    assert data.startswith(magic)
    assert dict(mpl.rcParams) == before
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    draw("passk", runs, out)
    assert out.read_bytes() == data


def test_pdf_embeds_truetype_fonts(runs: list[RunTable], tmp_path: Path) -> None:
    data = draw("passk", runs, tmp_path / "f.pdf").read_bytes()
    assert b"/FontFile2" in data
    assert b"/Type3" not in data


def test_png_has_300_dots_per_inch(runs: list[RunTable], tmp_path: Path) -> None:
    data = draw("passk", runs, tmp_path / "f.png").read_bytes()
    at = data.index(b"pHYs") + 4
    assert round(int.from_bytes(data[at : at + 4], "big") * 0.0254) == 300


def test_labels_do_not_overlap_and_stay_on_the_canvas(tmp_path: Path) -> None:
    tables = [
        run_table(write_run(tmp_path / f"r{place}", MARKS, run=spec(strategy=f"{name}-of-a-long-winded-search-family")))
        for place, name in enumerate(("tree", "beam", "idea", "plan", "critique", "repeated"))
    ]
    drawn = figure("passk", tables)
    boxes = [text.get_window_extent() for text in drawn.texts]
    assert len(boxes) == 7
    for box in boxes:
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= drawn.bbox.width
        assert box.y1 <= drawn.bbox.height
    columns = sorted(
        (box.y0, box.y1) for box, text in zip(boxes, drawn.texts, strict=True) if "problems" not in text.get_text()
    )
    assert all(above[0] >= below[1] - 0.01 for below, above in itertools.pairwise(columns))


def test_draws_one_run_one_k_and_nothing_solved(tmp_path: Path) -> None:
    single = [run_table(write_run(tmp_path / f"s{mark}", {"a": mark, "b": "-"})) for mark in "+-"]
    draw("passk", single, tmp_path / "points.png")
    none = run_table(write_run(tmp_path / "none", {"a": "----"}))
    draw("passk", [none], tmp_path / "none.png")
    draw("passk", [none], tmp_path / "band.png", choices=Choices(band="simultaneous"))
    draw("passk", [single[0], none], tmp_path / "mixed.png")


def test_labels_tell_runs_of_one_strategy_apart(tmp_path: Path) -> None:
    runs = [run_table(write_run(tmp_path / f"r{m}", MARKS, run=spec(model=f"provider/{m}"))) for m in ("big", "small")]
    curves = passk_data(runs, Choices()).curves
    assert [curve.label for curve in curves] == ["repeated, big", "repeated, small"]
    again = [run_table(write_run(tmp_path / name, MARKS)) for name in ("x", "y")]
    assert [curve.label for curve in passk_data(again, Choices()).curves] == ["x", "y"]


def test_names_with_mathematics_are_text(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r", MARKS, run=spec(strategy="$\\frac{a$_b%", benchmark="x$y^{"))
    draw("passk", [run_table(run)], tmp_path / "f.svg")


def test_refuses_with_a_way_out(runs: list[RunTable], tmp_path: Path) -> None:
    for name in ("f.jpeg", "f"):
        with pytest.raises(ConfigurationError, match=re.escape(f"cannot draw {name}")):
            draw("passk", runs, tmp_path / name)
    with pytest.raises(ConfigurationError, match="no run"):
        draw("passk", [], tmp_path / "f.png")
    with pytest.raises(ConfigurationError, match="none of the wanted k"):
        draw("passk", runs, tmp_path / "f.png", choices=Choices(ks=(9,)))
    with pytest.raises(ConfigurationError, match="no problem has an attempt"):
        draw("passk", [run_table(write_run(tmp_path / "e", {}, made_with=manifest(["a"])))], tmp_path / "f.png")


def test_an_unwritable_place_is_a_store_error(runs: list[RunTable], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write"):
        draw("passk", runs, tmp_path / "file" / "f.png")
    (tmp_path / "taken.png").mkdir()
    with pytest.raises(StoreError, match="cannot write"):
        draw("passk", runs, tmp_path / "taken.png")
    assert not list(tmp_path.glob(".taken*"))


def test_a_run_that_a_budget_stopped_is_named(tmp_path: Path) -> None:
    whole = run_table(write_run(tmp_path / "whole", MARKS))
    stopped = run_table(write_run(tmp_path / "stopped", MARKS, run=spec(strategy="other"), done=False))
    texts = [" ".join(text.get_text().split()) for text in figure("passk", [whole, stopped]).texts]
    caption = next(text for text in texts if "intervals over problems" in text)
    assert caption.endswith("Not run to the end: stopped.")
