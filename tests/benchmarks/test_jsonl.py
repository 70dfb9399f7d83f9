"""Users' own files of problems."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from cotbench.benchmarks.registry import load_benchmark
from cotbench.core.errors import BenchmarkError
from cotbench.core.problem import CallCase, CheckCase, Entry, StdinCase

DOUBLE: dict[str, Any] = {
    "id": "double",
    "statement": "Return twice x.",
    "entry": "double",
    "starter": "def double(x):\n",
    "public": [{"arguments": [1], "expected": 2}],
    "hidden": [{"arguments": [4], "expected": 8}, {"check": "def check(candidate):\n    assert candidate(0) == 0\n"}],
    "difficulty": "easy",
    "date": "2026-01-01",
    "tags": ["numbers"],
    "time_limit": 2,
}
ECHO: dict[str, Any] = {
    "id": "echo",
    "statement": "Print the line.\u2028",
    "entry": "stdin",
    "hidden": [{"stdin": "a\n", "expected": "a\n"}],
}


def written(path: Path, *problems: object) -> Path:
    lines = [item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in problems]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_problems_are_read_in_order(tmp_path: Path) -> None:
    benchmark = load_benchmark(str(written(tmp_path / "mine.jsonl", DOUBLE, "", ECHO)))
    double, echo = benchmark.problems
    assert benchmark.name == "mine"
    assert double.entry == Entry("function", "double")
    assert double.public == (CallCase((1,), 2),)
    assert double.hidden == (CallCase((4,), 8), CheckCase(DOUBLE["hidden"][1]["check"]))
    assert (double.comparer, double.time_limit, double.tags) == ("exact", 2.0, ("numbers",))
    assert echo.entry == Entry("stdin")
    assert echo.hidden == (StdinCase("a\n", "a\n"),)
    assert echo.comparer == "livecodebench-stdin"
    assert echo.source == "mine.jsonl"


def test_a_compressed_file_is_the_same_benchmark(tmp_path: Path) -> None:
    plain = written(tmp_path / "mine.jsonl", DOUBLE)
    packed = tmp_path / "mine.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert load_benchmark(str(packed)) == _renamed(load_benchmark(str(plain)), "mine.jsonl.gz")


def _renamed(benchmark: Any, source: str) -> Any:
    import dataclasses

    problems = tuple(dataclasses.replace(problem, source=source) for problem in benchmark.problems)
    return dataclasses.replace(benchmark, problems=problems)


def test_the_digest_follows_the_content(tmp_path: Path) -> None:
    one = load_benchmark(str(written(tmp_path / "a.jsonl", DOUBLE)))
    other = load_benchmark(
        str(written(tmp_path / "b.jsonl", DOUBLE | {"hidden": [{"arguments": [5], "expected": 10}]}))
    )
    assert one.digest != other.digest


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ([1], "valid dictionary"),
        (DOUBLE | {"hiden": []}, "hiden: Extra inputs"),
        ({"id": "x", "statement": "s", "entry": "f"}, "hidden: Field required"),
        (DOUBLE | {"hidden": []}, "hidden: "),
        (DOUBLE | {"entry": "not a name"}, "entry: 'not a name'"),
        (DOUBLE | {"hidden": [{"arguments": 4, "expected": 8}]}, r"hidden\.0\.arguments"),
        (DOUBLE | {"hidden": [{"arguments": [4]}]}, r"hidden\.0: a case holds arguments and expected"),
        (DOUBLE | {"public": [{"stdin": "", "expected": ""}]}, r"public\.0: a case holds"),
        (DOUBLE | {"public": [{"check": ""}]}, r"public\.0: `check`"),
        (ECHO | {"hidden": [{"stdin": "a", "expected": 1}]}, r"hidden\.0: `stdin` and `expected` must be texts"),
        (DOUBLE | {"checker": "def check("}, "checker: the source is not a Python program"),
        (DOUBLE | {"checker": "x = 1"}, "checker: the source does not define a function check"),
        (DOUBLE | {"checker": "def check(given, produced): return True"}, r"checker: .*\(given, produced, expected\)"),
        (DOUBLE | {"time_limit": 0}, "time_limit: "),
        (DOUBLE | {"time_limit": "4"}, "time_limit: "),
        (ECHO, "echo is already on line 1"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, line: object, said: str) -> None:
    path = written(tmp_path / "bad.jsonl", ECHO, line)
    with pytest.raises(BenchmarkError, match=said) as raised:
        load_benchmark(str(path))
    assert "bad.jsonl, line 2: " in str(raised.value)


def test_files_without_problems_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="holds no problems"):
        load_benchmark(str(written(tmp_path / "none.jsonl")))
    (tmp_path / "torn.jsonl.gz").write_bytes(gzip.compress(b"{}" * 99)[:20])
    with pytest.raises(BenchmarkError, match="cannot read"):
        load_benchmark(str(tmp_path / "torn.jsonl.gz"))


def test_a_checker_and_a_reference_are_read(tmp_path: Path) -> None:
    checker = "def check(given, produced, expected): return produced > given[0]"
    more = {"checker": checker, "reference": "def double(x): return 2 * x"}
    problem = load_benchmark(str(written(tmp_path / "p.jsonl", {**DOUBLE, **more}))).problems[0]
    assert (problem.comparer, problem.oracle, problem.reference) == ("checker", checker, more["reference"])
    with pytest.raises(BenchmarkError, match="not both"):
        load_benchmark(str(written(tmp_path / "q.jsonl", {**DOUBLE, "checker": checker, "comparer": "exact"})))


def test_a_test_program_may_ask_to_run_beside_the_program(tmp_path: Path) -> None:
    case = {"check": "def check(candidate): pass", "in_process": True}
    problem = load_benchmark(str(written(tmp_path / "p.jsonl", {**DOUBLE, "hidden": [case]}))).problems[0]
    assert problem.hidden == (CheckCase("def check(candidate): pass", in_process=True),)
    with pytest.raises(BenchmarkError, match=r"hidden\.0"):
        load_benchmark(
            str(written(tmp_path / "q.jsonl", {**DOUBLE, "hidden": [{"arguments": [], "in_process": True}]}))
        )
