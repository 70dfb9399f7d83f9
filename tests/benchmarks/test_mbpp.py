"""MBPP in both of its forms, on problems of our own and on the real sanitized rows that MBPP+ keeps."""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cotbench.benchmarks import hub
from cotbench.benchmarks.evalplus import base_cases
from cotbench.benchmarks.mbpp import load
from cotbench.benchmarks.registry import load_benchmark
from cotbench.core.errors import BenchmarkError
from cotbench.core.problem import CallCase, CheckCase, Entry, Problem
from cotbench.engine.verdict_cache import job_of
from cotbench.grading import SandboxGrader
from tests.benchmarks.test_evalplus import DATA

FULL: dict[str, Any] = {
    "task_id": 11,
    "text": "Write a function to shift numbers.",
    "code": "import math\r\ndef helper(x):\r\n  return x\r\ndef shift(xs, by):\r\n  return tuple(helper(x) + by for x in xs)",
    "test_list": ["assert shift([1, 2], 3) == (4, 5)", "assert shift([], 1) == ()"],
    "test_setup_code": "",
    "challenge_test_list": ["assert shift([-1], 1) == (0,)"],
}
SANITIZED: dict[str, Any] = {
    "source_file": "a.json",
    "task_id": 12,
    "prompt": "Write a function to find the root.",
    "code": "def root(x):\n    return x ** 0.5",
    "test_imports": ["import math", "from fractions import Fraction as F"],
    "test_list": ["assert math.isclose(root(2), 1.41421356, rel_tol=0.001)", "assert root(F(4).numerator) == 2.0"],
}
TREE: dict[str, Any] = {
    "task_id": 510,
    "text": "Write a function to find the depth.",
    "code": "class Node:\n    def __init__(self, below=None):\n        self.below = below\n"
    "def depth(node):\n    return 0 if node is None else 1 + depth(node.below)\n",
    "test_list": ["assert depth(root) == 2"],
    "test_setup_code": "root = Node(Node())",
    "challenge_test_list": [],
}


def written(path: Path, *rows: object) -> Path:
    text = json.dumps(rows) if path.suffix == ".json" else "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def one(tmp_path: Path, row: dict[str, Any], **changes: object) -> Problem:
    (problem,) = load(written(tmp_path / "mbpp.jsonl", row | changes)).problems
    return problem


def test_a_row_becomes_a_problem(tmp_path: Path) -> None:
    problem = one(tmp_path, FULL)
    shown = (CallCase(([1, 2], 3), (4, 5)), CallCase(([], 1), ()))
    assert problem.id == "Mbpp/11"
    assert problem.entry == Entry("function", "shift")
    assert problem.statement == (
        "Write a function to shift numbers.\n\nThese tests must pass:\n\n"
        "assert shift([1, 2], 3) == (4, 5)\nassert shift([], 1) == ()\n"
    )
    assert problem.public == shown
    assert problem.hidden == (*shown, CallCase(([-1], 1), (0,)))
    assert base_cases(problem) == 2
    assert (problem.comparer, problem.starter, problem.date) == ("equal", "", "2021-08-16")
    assert "\r" not in problem.reference


def test_a_sanitized_row_brings_its_imports(tmp_path: Path) -> None:
    problem = one(tmp_path, SANITIZED)
    setup = "import math\nimport sys\nfrom fractions import Fraction as F"
    assert problem.public == problem.hidden == tuple(CheckCase(test, setup) for test in SANITIZED["test_list"])
    assert problem.statement.startswith("Write a function to find the root.\n\nThese")


def test_objects_of_the_programs_own_classes_are_tested_beside_it(tmp_path: Path) -> None:
    problem = one(tmp_path, TREE)
    (case,) = problem.hidden
    assert isinstance(case, CheckCase)
    assert case.in_process
    assert "root = Node(Node())\nassert depth(root) == 2" in problem.statement
    named = one(tmp_path, TREE, test_setup_code="", test_list=["assert depth(Node()) == 1"])
    assert [case.in_process for case in named.hidden if isinstance(case, CheckCase)] == [True]
    bound = one(tmp_path, FULL, test_list=["assert all(shift([x], 0) == (x,) for x in [math.inf, sys.maxsize])"])
    assert [case.in_process for case in bound.public if isinstance(case, CheckCase)] == [False]


def test_verdicts_are_those_of_the_asserts(tmp_path: Path) -> None:
    alone = FULL | {"challenge_test_list": []}
    programs = [
        (FULL, FULL["code"], "passed"),
        # As the assert says: a list is no tuple.
        (FULL, "def shift(xs, by):\n    return [x + by for x in xs]\n", "wrong"),
        # Only the challenge test finds this one.
        (FULL, "def shift(xs, by):\n    return tuple(abs(x) + by for x in xs)\n", "wrong"),
        (SANITIZED, SANITIZED["code"], "passed"),
        (SANITIZED, "def root(x):\n    return x / 2\n", "wrong"),
        (TREE, TREE["code"], "passed"),
        (TREE, TREE["code"].replace("0 if", "1 if"), "wrong"),
        # A bare assert wants something true, not True.
        (alone | {"test_list": ["assert shift([1], 0)"]}, "def shift(xs, by):\n    return xs\n", "passed"),
        (alone | {"test_list": ["assert not shift([], 0)"]}, "def shift(xs, by):\n    return xs\n", "passed"),
        (alone | {"test_list": ["assert not shift([], 0)"]}, "def shift(xs, by):\n    return (1,)\n", "wrong"),
    ]
    with SandboxGrader(slots=1) as grader:
        found = [grader.judge(job_of(one(tmp_path, row), "hidden", code)).outcome for row, code, _ in programs]
    assert found == [outcome for _, _, outcome in programs]


def test_the_test_split_is_taken_where_a_file_has_more(tmp_path: Path) -> None:
    rows = [FULL | {"task_id": number} for number in (1, 10, 11, 510, 511, 974)]
    ids = [problem.id for problem in load(written(tmp_path / "mbpp.jsonl", *rows)).problems]
    assert ids == ["Mbpp/11", "Mbpp/510"]
    ids = [problem.id for problem in load(written(tmp_path / "train.jsonl", rows[0], rows[5])).problems]
    assert ids == ["Mbpp/1", "Mbpp/974"]


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.json", "a.parquet"])
def test_other_files_hold_the_same_problems(tmp_path: Path, name: str) -> None:
    import datasets

    rows = [FULL, TREE]
    path = tmp_path / name
    if path.suffix == ".parquet":
        datasets.Dataset.from_list(rows).to_parquet(str(path))
    else:
        written(path, *rows)
    assert load(path) == load(written(tmp_path / "mbpp.jsonl", *rows))


def test_a_file_is_known_by_its_content(tmp_path: Path) -> None:
    assert load_benchmark(str(written(tmp_path / "a.jsonl", FULL))).name == "mbpp"
    assert load_benchmark(str(written(tmp_path / "a.jsonl", SANITIZED))).name == "mbpp"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "holds no problems"),
        ([FULL, FULL], "row 2: task_id: 11 is there twice"),
        ([FULL | {"test_list": []}], "row 1: test_list"),
        ([FULL | {"task_id": "x"}], "row 1: task_id"),
        ([FULL | {"test_list": ["assert other(1) == 2"]}], "Mbpp/11: test_list calls no function"),
        ([FULL | {"test_list": ["assert shift(1 =="]}], "Mbpp/11: its code or a test"),
        ([FULL | {"challenge_test_list": ["assert ("]}], "Mbpp/11: its code or a test"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, rows: list[object], said: str) -> None:
    with pytest.raises(BenchmarkError, match=said) as raised:
        load(written(tmp_path / "mbpp.jsonl", *rows))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", ["{}", "not json"])
def test_a_file_of_something_else_is_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(BenchmarkError, match=r"a\.json is not in MBPP's format"):
        load(tmp_path / "a.json")


def test_the_hub_is_asked_for_one_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[tuple[str, ...]] = []

    def load_dataset(*name: str, split: str) -> list[object]:
        asked.append((*name, split))
        return [FULL]

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(hub, "_hub_answers", lambda: True)
    monkeypatch.setattr("datasets.load_dataset", load_dataset)
    assert load_benchmark("mbpp").name == "mbpp"
    assert load_benchmark("mbpp@sanitized").name == "mbpp@sanitized"
    name = "google-research-datasets/mbpp"
    assert asked == [(name, "full", "test"), (name, "sanitized", "test")]
    monkeypatch.setattr(hub, "_hub_answers", lambda: False)
    with pytest.raises(BenchmarkError, match=r"mbpp, full: .*the hub does not answer .*--benchmark mbpp:PATH"):
        load_benchmark("mbpp")
    with pytest.raises(BenchmarkError, match=r"no version 'sanitised' .did you mean sanitized"):
        load_benchmark("mbpp@sanitised")


@pytest.mark.skipif(not (DATA / "MbppPlus-OriginFmt.jsonl.gz").is_file(), reason="the files of MBPP+ are not here")
def test_the_references_of_the_real_rows_pass(tmp_path: Path) -> None:
    with gzip.open(DATA / "MbppPlus-OriginFmt.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    for row in rows:
        del row["test"]
    problems = load(written(tmp_path / "sanitized-mbpp.json", *rows)).problems
    assert len(problems) == sum(11 <= row["task_id"] <= 510 for row in rows) > 200
    assert all(case.in_process is False for p in problems for case in p.hidden if isinstance(case, CheckCase))
    with SandboxGrader() as grader, ThreadPoolExecutor(grader.slots) as threads:
        verdicts = list(
            threads.map(lambda problem: grader.judge(job_of(problem, "hidden", problem.reference)), problems)
        )
    assert {verdict.outcome for verdict in verdicts} == {"passed"}
