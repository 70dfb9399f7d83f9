"""The pass@k figure: files of every format, text inside the canvas, errors that say what to do."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import matplotlib as mpl
import pytest

from cotbench.analysis import RunTable, run_table
from cotbench.core.errors import ConfigurationError, StoreError
from cotbench.plots import draw_passk
from cotbench.plots.curves import passk_curves

from ..analysis.builder import manifest, spec, write_run

MARKS = {"a": "+---", "b": "++--", "c": "----", "d": "+++-", "e": "-+-+"}


@pytest.fixture
def runs(tmp_path: Path) -> list[RunTable]:
    first = write_run(tmp_path / "one", MARKS)
    second = write_run(tmp_path / "two", {**MARKS, "c": "-+--"}, run=spec(strategy="plansearch"))
    return [run_table(first), run_table(second)]


def test_curves_hold_the_values(runs: list[RunTable]) -> None:
    (first, second), problems = passk_curves(runs)
    assert problems == ("a", "b", "c", "d", "e")
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
    assert draw_passk(runs, out) == out
    data = out.read_bytes()
    assert data.startswith(magic)
    assert dict(mpl.rcParams) == before
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    draw_passk(runs, out)
    assert out.read_bytes() == data


def test_pdf_embeds_truetype_fonts(runs: list[RunTable], tmp_path: Path) -> None:
    data = draw_passk(runs, tmp_path / "f.pdf").read_bytes()
    assert b"/FontFile2" in data
    assert b"/Type3" not in data


def test_png_has_300_dots_per_inch(runs: list[RunTable], tmp_path: Path) -> None:
    data = draw_passk(runs, tmp_path / "f.png").read_bytes()
    at = data.index(b"pHYs") + 4
    assert round(int.from_bytes(data[at : at + 4], "big") * 0.0254) == 300


def test_labels_do_not_overlap_and_stay_on_the_canvas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.figure import Figure

    boxes: list[tuple[float, float, float, float, float, float]] = []
    drawn: list[str] = []

    def look(figure: Figure, *_: object, **__: object) -> None:
        for text in figure.texts:
            box = text.get_window_extent()
            boxes.append((box.x0, box.y0, box.x1, box.y1, figure.bbox.width, figure.bbox.height))
            drawn.append(text.get_text())

    monkeypatch.setattr("cotbench.plots.passk.save", look)
    tables = [
        run_table(write_run(tmp_path / f"r{place}", MARKS, run=spec(strategy=f"{name}-of-a-long-winded-search-family")))
        for place, name in enumerate(("tree", "beam", "idea", "plan", "critique", "repeated"))
    ]
    draw_passk(tables, tmp_path / "f.png")
    assert len(boxes) == 7
    for x0, y0, x1, y1, width, height in boxes:
        assert x0 >= 0
        assert y0 >= 0
        assert x1 <= width
        assert y1 <= height
    columns = sorted(
        (y0, y1) for (_, y0, _, y1, _, _), text in zip(boxes, drawn, strict=True) if "problems" not in text
    )
    assert all(above[0] >= below[1] - 0.01 for below, above in itertools.pairwise(columns))


def test_draws_one_run_one_k_and_nothing_solved(tmp_path: Path) -> None:
    single = [run_table(write_run(tmp_path / f"s{mark}", {"a": mark, "b": "-"})) for mark in "+-"]
    draw_passk(single, tmp_path / "points.png")
    none = run_table(write_run(tmp_path / "none", {"a": "----"}))
    draw_passk([none], tmp_path / "none.png")
    draw_passk([none], tmp_path / "band.png", band="simultaneous")
    draw_passk([single[0], none], tmp_path / "mixed.png")


def test_labels_tell_runs_of_one_strategy_apart(tmp_path: Path) -> None:
    runs = [run_table(write_run(tmp_path / f"r{m}", MARKS, run=spec(model=f"provider/{m}"))) for m in ("big", "small")]
    curves, _ = passk_curves(runs)
    assert [curve.label for curve in curves] == ["repeated, big", "repeated, small"]
    again = [run_table(write_run(tmp_path / name, MARKS)) for name in ("x", "y")]
    assert [curve.label for curve in passk_curves(again)[0]] == ["x", "y"]


def test_names_with_mathematics_are_text(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r", MARKS, run=spec(strategy="$\\frac{a$_b%", benchmark="x$y^{"))
    draw_passk([run_table(run)], tmp_path / "f.svg")


def test_refuses_with_a_way_out(runs: list[RunTable], tmp_path: Path) -> None:
    for name in ("f.jpeg", "f"):
        with pytest.raises(ConfigurationError, match=re.escape(f"cannot draw {name}")):
            draw_passk(runs, tmp_path / name)
    with pytest.raises(ConfigurationError, match="no run"):
        draw_passk([], tmp_path / "f.png")
    with pytest.raises(ConfigurationError, match="none of the wanted k"):
        draw_passk(runs, tmp_path / "f.png", ks=[9])
    with pytest.raises(ConfigurationError, match="no problem has an attempt"):
        draw_passk([run_table(write_run(tmp_path / "e", {}, made_with=manifest(["a"])))], tmp_path / "f.png")


def test_an_unwritable_place_is_a_store_error(runs: list[RunTable], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write"):
        draw_passk(runs, tmp_path / "file" / "f.png")
    (tmp_path / "taken.png").mkdir()
    with pytest.raises(StoreError, match="cannot write"):
        draw_passk(runs, tmp_path / "taken.png")
    assert not list(tmp_path.glob(".taken*"))


def test_a_run_that_a_budget_stopped_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.figure import Figure

    drawn: list[str] = []

    def look(figure: Figure, *_: object, **__: object) -> None:
        drawn.extend(" ".join(text.get_text().split()) for text in figure.texts)

    monkeypatch.setattr("cotbench.plots.passk.save", look)
    whole = run_table(write_run(tmp_path / "whole", MARKS))
    stopped = run_table(write_run(tmp_path / "stopped", MARKS, run=spec(strategy="other"), done=False))
    draw_passk([whole, stopped], tmp_path / "f.png")
    footnote = next(text for text in drawn if "intervals over problems" in text)
    assert footnote.endswith("Not run to the end: stopped.")
