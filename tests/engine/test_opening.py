"""Opening a run: the right directory is found, and nobody writes to a run that another process works on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cotbench.benchmarks.evalplus import count_tag
from cotbench.core.errors import ConfigurationError, StoreError
from cotbench.core.message import Sampling
from cotbench.core.problem import Benchmark, CallCase, Entry, Problem
from cotbench.core.spec import RunSpec
from cotbench.engine import Opened, find_run, open_run
from cotbench.store import RunDirectory

SPEC = RunSpec("repeated", "openai/m", "b.jsonl", 4, 1, None, 0, Sampling())
PROBLEMS = (Problem("p", "s", Entry("function", "f"), (CallCase((1,), 2),)),)
BENCHMARK = Benchmark("b.jsonl", "digest", PROBLEMS)


def make(results: Path, spec: RunSpec = SPEC, **more: object) -> str:
    with opening(results, spec, **more) as opened:
        assert isinstance(opened, Opened)
        return opened.directory.name


def opening(results: Path, spec: RunSpec = SPEC, **more: object):  # type: ignore[no-untyped-def]
    settings = {"grader": "1", "isolation": "basic", **more}
    benchmark = settings.pop("benchmark", BENCHMARK)
    prompts = settings.pop("prompts", {"x": "1"})
    return open_run(spec, benchmark, PROBLEMS, prompts, results, **settings)


def test_the_same_settings_find_the_same_run(tmp_path: Path) -> None:
    name = make(tmp_path)
    run, resumed = find_run(SPEC, tmp_path, name=None, fresh=False)
    assert (run.name, resumed) == (name, True)
    assert make(tmp_path) == name
    assert len(run.read_manifest().sessions) == 2


@pytest.mark.parametrize("changed", [{"model": "azure/m"}, {"benchmark": "x/b.jsonl"}, {"benchmark": "b-2.jsonl"}])
def test_runs_of_other_models_and_benchmarks_are_not_in_the_way(tmp_path: Path, changed: dict[str, str]) -> None:
    make(tmp_path, replace(SPEC, **changed))  # type: ignore[arg-type]
    _, resumed = find_run(SPEC, tmp_path, name=None, fresh=False)
    assert not resumed
    make(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_broken_neighbour_is_not_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk" / "spec.yaml").write_text("{")
    assert make(tmp_path) == "repeated-m-b"


def test_fresh_makes_another_and_the_newest_that_agrees_is_continued(tmp_path: Path) -> None:
    first, second = make(tmp_path), make(tmp_path, fresh=True)
    assert first != second
    other = make(tmp_path, replace(SPEC, seed=1), fresh=True)
    assert make(tmp_path) in (first, second)
    assert make(tmp_path, replace(SPEC, seed=1)) == other
    with pytest.raises(StoreError, match=r"seed: . → 2"):
        find_run(replace(SPEC, seed=2), tmp_path, name=None, fresh=False)


@pytest.mark.parametrize("name", ["", "../x", "/abs", "a/b", ".hidden", "with space"])
def test_names_that_cannot_be_used(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="not a name for a run"):
        find_run(SPEC, tmp_path, name=name, fresh=False)


def test_a_named_run_is_continued_and_never_replaced(tmp_path: Path) -> None:
    assert make(tmp_path, name="mine") == "mine"
    assert make(tmp_path, name="mine") == "mine"
    with pytest.raises(StoreError, match="exists already"):
        make(tmp_path, name="mine", fresh=True)
    with pytest.raises(StoreError, match="temperature"):
        make(tmp_path, replace(SPEC, sampling=Sampling(0.1)), name="mine")
    (tmp_path / "other").mkdir()
    with pytest.raises(StoreError, match="not a run directory"):
        make(tmp_path, name="other")


def test_a_process_that_is_refused_changes_nothing(tmp_path: Path) -> None:
    with opening(tmp_path) as opened:
        before = {file.name: file.read_bytes() for file in opened.directory.path.iterdir() if file.is_file()}
        with pytest.raises(StoreError, match="another cotbench process"):
            make(tmp_path, replace(SPEC, attempts=100, limit=None))
        after = {file.name: file.read_bytes() for file in opened.directory.path.iterdir() if file.is_file()}
    assert before == after


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"benchmark": Benchmark("b.jsonl", "other", PROBLEMS)}, "dataset digest digest → other"),
        ({"prompts": {"x": "2"}}, "other prompts: x changed"),
        ({"grader": "2"}, "grader version 1; this is version 2"),
    ],
)
def test_other_sources_are_refused(tmp_path: Path, more: dict[str, object], message: str) -> None:
    make(tmp_path)
    with pytest.raises(StoreError, match=message):
        make(tmp_path, **more)


def test_scripted_models_are_marked_as_simulated(tmp_path: Path) -> None:
    real, scripted = make(tmp_path), make(tmp_path, replace(SPEC, model="scripted:s.yaml"))
    assert not RunDirectory(tmp_path / real).read_manifest().simulated
    assert RunDirectory(tmp_path / scripted).read_manifest().simulated


def test_the_manifest_keeps_how_many_hidden_cases_are_the_original_benchmarks(tmp_path: Path) -> None:
    plus = replace(PROBLEMS[0], tags=(count_tag(1),))
    with open_run(SPEC, BENCHMARK, (plus,), {}, tmp_path, grader="1", isolation="basic") as opened:
        assert opened.directory.read_manifest().problems["p"].base == 1
    with opening(tmp_path / "plain") as opened:
        assert opened.directory.read_manifest().problems["p"].base is None
