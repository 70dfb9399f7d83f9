"""Every kind of figure: its numbers, the artists that show them, text that stays apart and on the page, and its CSV."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from typer.testing import CliRunner

from cotbench.analysis import RunTable, run_table
from cotbench.cli.app import app
from cotbench.core.errors import ConfigurationError, StoreError
from cotbench.plots import KINDS, Choices, draw, figure, figure_data

from ..analysis.builder import spec, write_run
from ..analysis.lineages import Made, step, write_lineages

NAMES = [f"problem-{number:02}" for number in range(24)]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunTable]:
    """Runs that together have something for every kind: ideas, sketches, stated chances, and plain attempts."""
    folder = tmp_path_factory.mktemp("runs")
    rng = np.random.default_rng(2)
    ideas, sketches, chances, plain = ({name: list[Made]() for name in NAMES} for _ in range(4))
    for name in NAMES:
        for idea, rate in enumerate(rng.choice([0.05, 0.5, 0.95], 4)):
            seen = step("observation", "it is odd", f"o{idea}"), step("idea", "count", f"i{idea}")
            for right in rng.uniform(size=6) < rate:
                ideas[name].append(Made(seen, bool(right), bool(right or rng.uniform() < 0.3)))
        for words in (10, 100):
            sketch = step("sketch", "word " * words, f"words{words}", f"{name}{words}")
            sketches[name] += [Made((sketch,), bool(right)) for right in rng.uniform(size=4) < (0.4 + words / 250)]
        for chance in rng.uniform(size=10):
            said = step("probability", f"{chance:.3f}")
            chances[name].append(Made((said,), bool(rng.uniform() < chance)))
        plain[name] = [Made((), bool(right)) for right in rng.uniform(size=8) < rng.choice([0.0, 0.1, 0.6])]
    made = {"conditioned": ideas, "backtranslate": sketches, "diverse": chances, "repeated": plain}
    return {
        name: run_table(write_lineages(folder / name, attempts, run=spec(strategy=name)))
        for name, attempts in made.items()
    }


CHOSEN = {
    "passk": ("repeated", "conditioned"),
    "rates": ("repeated", "conditioned", "diverse"),
    "polarisation": ("conditioned",),
    "sketch-length": ("backtranslate", "repeated"),
    "survival": ("conditioned", "repeated"),
    "calibration": ("diverse",),
}


def chosen(runs: dict[str, RunTable], kind: str) -> list[RunTable]:
    return [runs[name] for name in CHOSEN[kind]]


def texts_of(drawn: Figure) -> list[Text]:
    """Return the texts that are drawn; an axis keeps labels of ticks beyond its ends, which are not."""
    found = list(drawn.texts)
    for axes in [*drawn.axes, *(child for parent in drawn.axes for child in parent.child_axes)]:
        found += [*axes.texts, axes.xaxis.label, axes.yaxis.label]
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            found += [tick.label1 for tick in axis.get_major_ticks() if low - 1e-9 <= tick.get_loc() <= high + 1e-9]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


@pytest.mark.parametrize(("kind", "width"), [*((kind, 3.3) for kind in CHOSEN), ("passk", 6.4)])
def test_text_stays_on_the_page_and_apart(runs: dict[str, RunTable], kind: str, width: float) -> None:
    drawn = figure(kind, chosen(runs, kind), width=width)
    drawn.draw_without_rendering()
    assert drawn.get_size_inches()[0] == pytest.approx(width)
    shown = [(text, text.get_window_extent()) for text in texts_of(drawn)]
    for text, box in shown:
        assert box.x0 >= -0.5 and box.y0 >= -0.5, text
        assert box.x1 <= drawn.bbox.width + 0.5 and box.y1 <= drawn.bbox.height + 0.5, text
    # Boxes of slanted texts overlap where the texts do not.
    level = [(text, box) for text, box in shown if text.get_rotation() % 90 == 0]
    for (one, first), (other, second) in itertools.combinations(level, 2):
        apart = first.x1 <= second.x0 + 1 or second.x1 <= first.x0 + 1
        apart = apart or first.y1 <= second.y0 + 1 or second.y1 <= first.y0 + 1
        assert apart, f"{one} lies over {other}"
    for axes in drawn.axes:
        assert axes.get_window_extent().width > 0.3 * drawn.bbox.width


@pytest.mark.parametrize("kind", CHOSEN)
def test_data_are_written_as_they_are_drawn(runs: dict[str, RunTable], kind: str, tmp_path: Path) -> None:
    out, data = tmp_path / "f.svg", tmp_path / "numbers" / "f.csv"
    draw(kind, chosen(runs, kind), out, data=data)
    numbers = figure_data(kind, chosen(runs, kind))
    with data.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    assert tuple(header) == numbers.columns
    assert rows == [["" if cell is None else str(cell) for cell in line] for line in numbers.lines()]
    assert rows
    assert "problems" in numbers.caption
    assert "n = " in numbers.caption
    draw(kind, chosen(runs, kind), tmp_path / "g.svg")
    assert out.read_bytes() == (tmp_path / "g.svg").read_bytes()


def column(runs: dict[str, RunTable], kind: str, name: str, run: str) -> list[float]:
    numbers = figure_data(kind, chosen(runs, kind))
    at, of = numbers.columns.index(name), numbers.columns.index("run")
    return [float(str(line[at])) for line in numbers.lines() if line[of] == run]


def line(drawn: Figure, label: str) -> tuple[Sequence[float], Sequence[float]]:
    (found,) = [item for item in drawn.axes[0].lines if item.get_label() == label]
    return list(found.get_xdata()), list(found.get_ydata())  # type: ignore[arg-type]


def test_lines_show_the_data(runs: dict[str, RunTable]) -> None:
    for kind, run, name, start in (
        ("passk", "repeated", "pass_at_k", []),
        ("survival", "conditioned", "alive", [1.0]),
        ("sketch-length", "backtranslate", "pass_at_k", []),
        ("calibration", "diverse", "passed", []),
    ):
        _, heights = line(figure(kind, chosen(runs, kind)), run)
        assert heights == pytest.approx([*start, *column(runs, kind, name, run)]), kind
    drawn = figure("sketch-length", chosen(runs, "sketch-length"))
    assert line(drawn, "backtranslate")[0] == pytest.approx([10, 100])
    rate = np.mean([row.passed / row.n for row in runs["repeated"].problems])
    assert line(drawn, "repeated")[1] == pytest.approx([rate, rate])


def test_bars_of_polarisation_are_shares_of_ideas(runs: dict[str, RunTable]) -> None:
    axes = figure("polarisation", chosen(runs, "polarisation")).axes[0]
    ideas, chance = axes.containers
    heights = [bar.get_height() for bar in ideas]
    assert heights == pytest.approx(column(runs, "polarisation", "ideas", "conditioned"))
    assert sum(heights) == pytest.approx(1.0)
    low = column(runs, "polarisation", "by_chance_low", "conditioned")
    assert [bar.get_y() for bar in chance] == pytest.approx(low)


def test_the_heatmap_has_a_cell_for_each_problem_easiest_first(runs: dict[str, RunTable]) -> None:
    drawn = figure("rates", chosen(runs, "rates"))
    cells = np.asarray(drawn.axes[0].images[0].get_array())
    assert cells.shape == (3, len(NAMES))
    means = cells.mean(axis=0)
    assert all(before >= after - 1e-12 for before, after in itertools.pairwise(means))
    rates = {row.problem: row.passed / row.n for row in runs["diverse"].problems}
    numbers = figure_data("rates", chosen(runs, "rates"))
    order = [str(cells[2]) for cells in numbers.lines()][: len(NAMES)]
    assert list(cells[2]) == pytest.approx([rates[name] for name in order])
    assert [text.get_text() for text in drawn.axes[0].get_yticklabels()] == ["repeated", "conditioned", "diverse"]


def test_several_runs_have_a_panel_each(runs: dict[str, RunTable], tmp_path: Path) -> None:
    again = {name: [Made((step("idea", "x", str(n % 2)),), n > 1) for n in range(4)] for name in NAMES}
    other = run_table(write_lineages(tmp_path / "ideasearch", again, run=spec(strategy="ideasearch")))
    drawn = figure("polarisation", [runs["conditioned"], other])
    assert len(drawn.axes) == 2
    first, second = (axes.get_window_extent() for axes in drawn.axes)
    assert first.y0 > second.y1
    with pytest.raises(ConfigurationError, match="5 runs do not fit"):
        figure("polarisation", [other] * 5)


def test_a_style_file_lies_over_the_house_style(runs: dict[str, RunTable], tmp_path: Path) -> None:
    style = tmp_path / "mine.mplstyle"
    style.write_text("lines.linewidth: 3\naxes.prop_cycle: cycler(color=['ff0000', '00ff00'])\n")
    before = dict(mpl.rcParams)
    drawn = figure("passk", chosen(runs, "passk"), style=style)
    assert dict(mpl.rcParams) == before
    lines = {str(item.get_label()): item for item in drawn.axes[0].lines}
    assert lines["repeated"].get_color() == "#ff0000"
    assert lines["conditioned"].get_color() == "#00ff00"
    assert lines["repeated"].get_linewidth() == 3
    assert lines["repeated"].get_marker() == "o"
    for text, message in (
        ("lines.width: 3\n", "line 1: 'lines.width' is no setting"),
        ("font.size: big\n", "font.size"),
    ):
        style.write_text(text)
        with pytest.raises(ConfigurationError, match=message):
            figure("passk", chosen(runs, "passk"), style=style)
    with pytest.raises(ConfigurationError, match="cannot read the style file"):
        figure("passk", chosen(runs, "passk"), style=tmp_path / "none")


def test_refuses_with_a_way_out(runs: dict[str, RunTable], tmp_path: Path) -> None:
    plain, out = [runs["repeated"]], tmp_path / "f.png"
    for kind, message in (
        ("polarisation", "comes from a step of kind idea"),
        ("sketch-length", "no run with sketches"),
        ("calibration", "states how likely"),
        ("rate", "did you mean rates"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            draw(kind, plain, out)
    with pytest.raises(ConfigurationError, match="--k has no meaning for --kind rates"):
        draw("rates", plain, out, choices=Choices(ks=(1,)))
    with pytest.raises(ConfigurationError, match="give a width"):
        draw("rates", plain, out, width=0.5)
    with pytest.raises(StoreError, match="cannot write"):
        draw("rates", plain, out, data=tmp_path)
    assert not out.exists()
    for kind in set(KINDS) - {"sketch-length"}:
        with pytest.raises(ConfigurationError, match="no run to draw"):
            draw(kind, [], out)


def test_the_command_line_draws_and_shows(runs: dict[str, RunTable], tmp_path: Path) -> None:
    results = runs["conditioned"].path.parent
    place = ["--results", str(results)]
    out, data = tmp_path / "f.pdf", tmp_path / "f.csv"
    arguments = ["plot", "conditioned", "--kind", "polarisation", "--out", str(out), "--data", str(data), *place]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert done.stdout.split() == [str(out), str(data)]
    assert out.read_bytes().startswith(b"%PDF")
    assert data.read_text().startswith("run,from,to,problems,ideas")
    unknown = CliRunner().invoke(app, ["plot", "conditioned", "--kind", "violin", *place])
    assert "there is no kind of figure 'violin'" in str(unknown.exception)


def test_one_problem_and_one_attempt_can_be_drawn(tmp_path: Path) -> None:
    single = [run_table(write_run(tmp_path / "single", {"a": "+"}))]
    for kind in ("passk", "rates", "survival"):
        draw(kind, single, tmp_path / f"{kind}.png")
