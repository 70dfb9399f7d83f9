"""Runs in Python: frames with their documented columns and types, and the numbers of the command line."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import cotbench
from cotbench.analysis import run_table, summarise
from cotbench.cli.compare import app
from cotbench.core.errors import ConfigurationError, StoreError
from cotbench.core.message import Usage
from cotbench.store import RunDirectory, RunWriter, UnitRow
from cotbench.store.cache import compact

from .builder import attempt, call, manifest, verdict, write_run

DOCUMENT = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
FRAMES = ("attempts", "verdicts", "calls", "units", "problems")


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    directory = write_run(tmp_path / "mine", {"b": "+-0", "a": "?_!"}, made_with=manifest(["b", "a", "c"]))
    with RunWriter(directory.path, writer="x") as writer:
        writer.append(verdict("b", 0, "passed", suite="public"))
        writer.append(verdict("b", 1, "passed", grader="0"), verdict("b", 0, "passed"))
        writer.append(replace(verdict("b", 1, "error", suite="public"), detail="case 1: ZeroDivisionError"))
        writer.append(attempt("b", 0, code="a later row of the same key"))
        writer.append(call("a", 9, usage=Usage(7, 5, 3, 2, True), usd=None, finish="length"))
        writer.append(UnitRow("c", 0, "partial", 4, 1, {"drawn": 1}, "stopped", 1070.0, "max_calls_per_problem", 3.0))
    return directory


def documented(frame: str) -> dict[str, str]:
    """Return the columns of a frame and their types as docs/python.md lists them."""
    section = DOCUMENT.split(f"### {frame}\n")[1].split("###")[0]
    found: dict[str, str] = {}
    for names, types in re.findall(r"^\| (`[^|]*) \| ([^|]*) \|", section, flags=re.MULTILINE):
        columns = re.findall(r"`(\w+)`", names)
        kinds = types.split(", ")
        found.update(zip(columns, kinds * len(columns) if len(kinds) == 1 else kinds, strict=False))
    return found


@pytest.mark.parametrize("frame", FRAMES)
def test_columns_and_types_are_the_documented_ones(run: RunDirectory, frame: str) -> None:
    made: pd.DataFrame = getattr(cotbench.load(run.path), frame)
    text = str(pd.Series(["x"]).dtype)
    assert sorted(made.columns) == sorted(documented(frame))
    assert {name: str(made[name].dtype) for name in made} == {
        name: text if kind == "text" else kind for name, kind in documented(frame).items()
    }
    width = re.search(rf"`run.{frame}` \| [\w ]+ × (\d+)", DOCUMENT)
    assert width is not None
    assert int(width[1]) == made.shape[1]


def test_the_lines_by_hand(run: RunDirectory) -> None:
    loaded = cotbench.load(run.path)
    frame = loaded.attempts
    assert frame[["problem", "index"]].to_numpy().tolist() == [
        ["a", 0],
        ["a", 1],
        ["a", 2],
        ["b", 0],
        ["b", 1],
        ["b", 2],
    ]
    assert frame.outcome.fillna("–").tolist() == [
        "–",
        "no_code",
        "–",
        "passed",
        "wrong",
        "no_code",
    ]
    assert frame.public_outcome.fillna("–").tolist() == ["–"] * 3 + [
        "passed",
        "error",
        "–",
    ]
    assert frame.code.fillna("–").tolist() == [
        "print(0)\n",
        "–",
        "print(2)\n",
        "print(0)\n",
        "print(1)\n",
        "–",
    ]
    assert frame.total_cases.tolist() == [0, 0, 0, 3, 3, 3]
    assert len(loaded.verdicts) == 6, "all graders, every key once, no infra"
    assert loaded.verdicts.query("suite == 'public' and index == 1").detail.tolist() == ["case 1: ZeroDivisionError"]
    assert len(loaded.calls) == 7
    last = loaded.calls.iloc[-1]
    assert last[["prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens"]].tolist() == [7, 5, 3, 2]
    assert (last.finish, bool(last.estimated), bool(pd.isna(last.usd))) == ("length", True, True)
    assert loaded.units.status.tolist() == ["done", "done", "partial"]
    assert loaded.units.counters.tolist()[2] == {"drawn": 1}
    assert loaded.problems.problem.tolist() == ["b", "a", "c"]
    assert loaded.problems.pass_rate.tolist()[:2] == [pytest.approx(1 / 3), 0.0]
    assert loaded.problems.pass_rate.isna().tolist() == [False, False, True]


def test_frames_from_the_cache_are_those_of_the_lines(run: RunDirectory) -> None:
    before = cotbench.load(run.path)
    found = {frame: getattr(before, frame) for frame in FRAMES}
    assert compact(run).built
    after = cotbench.load(run.path)
    for frame in FRAMES:
        pd.testing.assert_frame_equal(getattr(after, frame), found[frame])


def test_rows_are_read_once_and_then_kept(run: RunDirectory) -> None:
    loaded = cotbench.load(run.path)
    assert len(loaded.verdicts) == 6
    with RunWriter(run.path, writer="later") as writer:
        writer.append(verdict("a", 0, "passed"))
    assert len(loaded.verdicts) == 6
    assert loaded.problems.passed.tolist() == [1, 0, 0]
    assert cotbench.load(run.path).problems.passed.tolist() == [1, 1, 0]


def test_numbers_are_those_of_the_command_line(tmp_path: Path) -> None:
    write_run(tmp_path / "base", {"a": "--", "b": "+-", "c": "++", "d": "+-"})
    write_run(tmp_path / "plan", {"a": "+-", "b": "++", "c": "++", "d": "--"})
    plan = cotbench.load("plan", results=tmp_path)
    assert plan.summary([1], seed=3) == summarise(run_table(RunDirectory(tmp_path / "plan")), [1], 3)
    curve = plan.pass_at_k()
    assert curve.index.tolist() == [1, 2]
    assert curve.estimate.tolist() == [pytest.approx(5 / 8), pytest.approx(3 / 4)]
    assert plan.pass_at_k([1, 5]).index.tolist() == [1], "k = 5 is undefined"
    both = cotbench.compare(tmp_path / "base", plan, ks=[1, 2], seed=4)
    printed = CliRunner().invoke(
        app, ["base", "plan", "--results", str(tmp_path), "--k", "1,2", "--seed", "4", "--csv"]
    )
    pd.testing.assert_frame_equal(both.frame, pd.read_csv(io.StringIO(printed.stdout)))
    assert both.numbers.pairs[0].won == ("a",)
    assert "| plan − base | 1 |" in repr(both)
    assert both._repr_markdown_() == repr(both)


def test_a_run_shows_itself_in_a_notebook(run: RunDirectory) -> None:
    loaded = cotbench.load(run.path)
    assert repr(loaded) == "<run mine: repeated × provider/tiny × starter>"
    shown = loaded._repr_html_()
    assert shown.startswith("<p>run mine: repeated × provider/tiny × starter</p><table")
    assert "<th>estimate</th>" in shown


def test_what_is_no_run_is_said(tmp_path: Path, run: RunDirectory) -> None:
    with pytest.raises(StoreError, match=r"no run 'mime'.*mine"):
        cotbench.load("mime", results=tmp_path)
    with pytest.raises(ConfigurationError, match="two runs are needed"):
        cotbench.compare(run.path)
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        cotbench.lode  # type: ignore[attr-defined]  # noqa: B018


def test_names_are_found_without_loading_anything() -> None:
    code = "import sys, cotbench; print(dir(cotbench)); print('numpy' in sys.modules, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    names, loaded = done.stdout.splitlines()
    assert "'load'" in names
    assert "'compare'" in names
    assert loaded == "False False"
