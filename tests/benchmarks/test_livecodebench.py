"""LiveCodeBench's files, on problems of our own in their schema."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import pickle
import time
import tracemalloc
import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.live_problems import LiveProblem, live_problem, packed, write_rows
from cotbench.benchmarks import hub
from cotbench.benchmarks.livecodebench import load
from cotbench.benchmarks.registry import load_benchmark
from cotbench.core.errors import BenchmarkError
from cotbench.core.problem import CallCase, Entry, Problem, StdinCase
from cotbench.core.stored import StoredCases
from cotbench.engine.references import with_references
from cotbench.engine.sandbox import refuse_unknown_comparers
from cotbench.engine.verdict_cache import job_of
from cotbench.grading import SandboxGrader

CALLS = [{"input": '[1, 2]\n"é"', "output": "[[1], null]", "testtype": "functional"}]
LINES = [{"input": "3 4\n", "output": "7\n", "testtype": "stdin"}, {"input": "", "output": "", "testtype": "stdin"}]
FUNCTION = {
    "question_title": "Pick",
    "question_content": "Pick things.\n",
    "platform": "leetcode",
    "question_id": "2777",
    "contest_id": "weekly-contest-350",
    "contest_date": "2023-06-18T00:00:00",
    "starter_code": "class Solution:\n    def pick(self, nums: List[int], name: str) -> list:\n        ",
    "difficulty": "easy",
    "public_test_cases": json.dumps(CALLS),
    "private_test_cases": packed(json.dumps([*CALLS, *CALLS])),
    "metadata": '{"func_name": "pick"}',
}
PROGRAM = {
    "question_title": "A. Add",
    "question_content": "Add the numbers.",
    "platform": "atcoder",
    "question_id": "abc301_a",
    "contest_id": "abc301",
    "contest_date": "2023-05-13T00:00:00",
    "starter_code": "",
    "difficulty": "medium",
    "public_test_cases": json.dumps(LINES[:1]),
    "private_test_cases": json.dumps(LINES),
    "metadata": "{}",
}


def one(path: Path, row: dict[str, str], **changes: object) -> Problem:
    (problem,) = load(write_rows(path / "test.jsonl", [row | changes])).problems  # type: ignore[list-item]
    return problem


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files 1 to 3, with the problems 0 1, 2, 3 4 5."""
    for name, numbers in [("test", (0, 1)), ("test2", (2,)), ("test3", (3, 4, 5))]:
        write_rows(tmp_path / f"{name}.jsonl", (live_problem(number).row for number in numbers))
    return tmp_path


def numbers_of(problems: Iterable[Problem]) -> list[int]:
    return [int(problem.id.removeprefix("own").partition("_")[0]) for problem in problems]


def test_a_row_with_a_function_becomes_a_problem(tmp_path: Path) -> None:
    problem = one(tmp_path, FUNCTION)
    case = CallCase(([1, 2], "é"), [[1], None])
    assert (problem.id, problem.statement, problem.starter) == ("2777", "Pick things.\n", FUNCTION["starter_code"])
    assert problem.entry == Entry("function", "pick")
    assert problem.public == (case,)
    assert list(problem.hidden) == [case, case, case]
    assert (problem.comparer, problem.time_limit) == ("livecodebench-call", 6.0)
    assert (problem.date, problem.difficulty, problem.source) == ("2023-06-18", "easy", "leetcode")
    assert problem.tags == ("contest:weekly-contest-350",)


def test_a_row_of_standard_input_becomes_a_problem(tmp_path: Path) -> None:
    problem = one(tmp_path, PROGRAM)
    assert (problem.entry, problem.starter, problem.comparer) == (Entry("stdin"), "", "livecodebench-stdin")
    assert problem.public == (StdinCase("3 4\n", "7\n"),)
    # Public and private ones, as the official judge takes them; what the source repeats stays.
    assert list(problem.hidden) == [*problem.public, StdinCase("3 4\n", "7\n"), StdinCase("", "")]
    assert (problem.date, problem.difficulty, problem.source) == ("2023-05-13", "medium", "atcoder")


@pytest.mark.parametrize("row", [FUNCTION, PROGRAM], ids=["function", "stdin"])
def test_both_encodings_hold_the_same_cases(tmp_path: Path, row: dict[str, str]) -> None:
    text = row["public_test_cases"]
    for private in (text, packed(text)):
        problem = one(tmp_path, row, private_test_cases=private)
        assert list(problem.hidden) == [*problem.public, *problem.public]


@pytest.mark.parametrize("metadata", ["", "{}", '{"func_name": null}', '{"other": 1}'])
def test_without_a_function_name_it_is_a_program(tmp_path: Path, metadata: str) -> None:
    assert one(tmp_path, PROGRAM, metadata=metadata).entry == Entry("stdin")


def test_where_no_case_is_private_the_public_ones_decide(tmp_path: Path) -> None:
    problem = one(tmp_path, PROGRAM, private_test_cases="[]")
    assert list(problem.hidden) == list(problem.public)
    with pytest.raises(BenchmarkError, match=r"line 1: private_test_cases: there are no cases"):
        len(one(tmp_path, PROGRAM, private_test_cases="[]", public_test_cases="[]").hidden)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"question_id": ""}, "question_id"),
        ({"contest_date": "soon"}, "contest_date"),
        ({"contest_date": None}, "contest_date"),
        ({"private_test_cases": None}, "private_test_cases: a text is needed"),
        ({"metadata": '{"func_name": "a b"}'}, "func_name: 'a b' is not the name"),
        ({"metadata": "[]"}, "metadata: "),
        ({"metadata": "{"}, "metadata: "),
        ({"public_test_cases": "{}"}, "public_test_cases: "),
        ({"public_test_cases": '[{"input": "1"}]'}, "public_test_cases: 0.output"),
        ({"public_test_cases": "[" * 9999}, "public_test_cases: "),
        ({"public_test_cases": '[{"input": "nan?", "output": "1"}]', "metadata": '{"func_name": "f"}'}, "0: input"),
    ],
)
def test_a_row_that_cannot_be_understood_is_named(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(BenchmarkError, match=r"test\.jsonl, line 1: ") as raised:
        one(tmp_path, PROGRAM, **changes)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("private", "said"),
    [
        (base64.b64encode(zlib.compress(pickle.dumps(["[]"]))).decode(), "a pickle of something else than one text"),
        ("AAAA", "not a zlib stream"),
        ("not base64", "neither JSON nor base64"),
        (packed("not JSON"), "Expecting value"),
        (packed('[{"input": 1, "output": ""}]'), "0.input"),
    ],
)
def test_private_cases_that_cannot_be_read_are_named_when_a_run_counts_them(
    tmp_path: Path, private: str, said: str
) -> None:
    problem = one(tmp_path, PROGRAM, private_test_cases=private)
    with pytest.raises(BenchmarkError, match=r"line 1: private_test_cases: ") as raised:
        len(problem.hidden)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("release", "name", "numbers"),
    [
        (None, "livecodebench@release_v3", [0, 1, 2, 3, 4, 5]),
        ("release_v1", "livecodebench@release_v1", [0, 1]),
        ("release_v2", "livecodebench@release_v2", [0, 1, 2]),
        ("release_v3", "livecodebench@release_v3", [0, 1, 2, 3, 4, 5]),
        ("v2", "livecodebench@v2", [2]),
        ("v2_v3", "livecodebench@v2_v3", [2, 3, 4, 5]),
    ],
)
def test_a_release_is_all_files_up_to_its_number(
    folder: Path, release: str | None, name: str, numbers: list[int]
) -> None:
    benchmark = load_benchmark(f"livecodebench@{release}:{folder}" if release else f"livecodebench:{folder}")
    assert benchmark.name == name
    assert numbers_of(benchmark.problems) == numbers
    files = [folder / f"{stem}.jsonl" for stem in ("test", "test2", "test3")]
    kept = {"v2": files[1:2], "v2_v3": files[1:], "release_v1": files[:1], "release_v2": files[:2]}.get(
        release or "", files
    )
    assert benchmark.digest == hashlib.sha256(b"".join(file.read_bytes() for file in kept)).hexdigest()


@pytest.mark.parametrize(
    ("spelled", "said"),
    [
        ("livecodebench@release_v6:{}", "has no test4.jsonl, test5.jsonl, test6.jsonl, which release_v6 needs"),
        ("livecodebench@release_latest:{}", "which release_v6 needs"),
        ("livecodebench@release_v7:{}", "no release 'release_v7'"),
        ("livecodebench@v3_v2:{}", "no release 'v3_v2'"),
        ("livecodebench@:{}", "no release ''"),
        ("livecodebench@release_v1:{}/test.jsonl", "is not a folder"),
        ("livecodebench:{}/gone.jsonl", "there is no file"),
        ("humaneval@release_v1", "humaneval has no releases"),
        ("livecodebench@release_v1:", "names no file"),
    ],
)
def test_a_release_that_is_not_there_says_what_is_missing(folder: Path, spelled: str, said: str) -> None:
    with pytest.raises(BenchmarkError, match=said):
        load_benchmark(spelled.format(folder))


def test_a_folder_with_a_gap_is_no_release(folder: Path) -> None:
    (folder / "test.jsonl").unlink()
    benchmark = load_benchmark(f"livecodebench:{folder}")
    assert (benchmark.name, numbers_of(benchmark.problems)) == ("livecodebench", [2, 3, 4, 5])
    (folder / "empty").mkdir()
    with pytest.raises(BenchmarkError, match=r"none of LiveCodeBench's files .*test6\.jsonl"):
        load_benchmark(f"livecodebench:{folder / 'empty'}")


def test_a_file_is_known_by_its_content(folder: Path) -> None:
    (folder / "test3.jsonl").rename(folder / "mine.jsonl")
    benchmark = load_benchmark(str(folder / "mine.jsonl"))
    assert (benchmark.name, numbers_of(benchmark.problems)) == ("livecodebench", [3, 4, 5])


def test_a_problem_that_is_there_twice_is_refused(folder: Path) -> None:
    write_rows(folder / "test3.jsonl", [live_problem(1).row])
    with pytest.raises(BenchmarkError, match=r"test3\.jsonl, line 1: own1_.* is already at .*test\.jsonl, line 2"):
        load(folder)


def test_other_files_hold_the_same_problems(folder: Path, tmp_path: Path) -> None:
    import datasets

    plain = folder / "test3.jsonl"
    squeezed = tmp_path / "a.jsonl.gz"
    squeezed.write_bytes(gzip.compress(plain.read_bytes()))
    table = tmp_path / "a.parquet"
    datasets.Dataset.from_list([json.loads(line) for line in plain.read_text().splitlines()]).to_parquet(str(table))
    (tmp_path / "tables").mkdir()
    for number, row in enumerate(plain.read_text().splitlines()):
        one_row = datasets.Dataset.from_list([json.loads(row)])
        one_row.to_parquet(str(tmp_path / "tables" / f"test-0000{number}-of-00003.parquet"))
    wanted = load(plain)
    assert load(tmp_path / "tables").digest == load(table).digest
    assert load(squeezed).digest == wanted.digest
    for file in (squeezed, table):
        for problem, same in zip(wanted.problems, load(file).problems, strict=True):
            assert problem.view() == same.view()
            assert list(problem.hidden) == list(same.hidden)


@pytest.mark.parametrize("content", [b"", b"\n", b"not json\n", b"[1]\n", b"\xff\xfe\n"])
@pytest.mark.parametrize("name", ["test.jsonl", "test.jsonl.gz", "test.parquet", "test.txt"])
def test_a_file_of_something_else_is_one_line(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BenchmarkError, match=r"test\.(jsonl|parquet|txt)") as raised:
        load(tmp_path / name)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("change", ["edit", "cut", "remove"])
def test_a_file_that_changes_after_loading_fails_nobody(tmp_path: Path, change: str) -> None:
    problem = one(tmp_path, PROGRAM)
    file = tmp_path / "test.jsonl"
    assert len(problem.hidden) == 3
    if change == "edit":
        file.write_bytes(file.read_bytes().replace(b"3 4", b"3 5"))
    elif change == "cut":
        file.write_bytes(file.read_bytes()[:-20])
    else:
        file.unlink()
    with pytest.raises(BenchmarkError, match=r"test\.jsonl, line 1: .*(changed|no longer)"):
        list(problem.hidden)
    with SandboxGrader(slots=1) as grader, pytest.raises(Exception, match="the cases cannot be read"):
        grader.judge(job_of(problem, "hidden", "print(7)\n"))


def test_no_hidden_case_is_read_before_it_is_needed(tmp_path: Path) -> None:
    problem = one(tmp_path, FUNCTION, private_test_cases="unreadable")
    benchmark = load(tmp_path / "test.jsonl")
    refuse_unknown_comparers(benchmark)
    with SandboxGrader(slots=1) as grader:
        assert with_references(benchmark, benchmark.problems, grader, tmp_path / "cache") == benchmark.problems
    assert "Stored" not in repr(problem.view())
    assert repr(problem.hidden) == "StoredCases(CallCase)"


def test_stored_cases_are_a_sequence() -> None:
    reads: list[int] = []

    def read() -> tuple[StdinCase, ...]:
        reads.append(1)
        return tuple(StdinCase(str(number), "") for number in range(5))

    cases = StoredCases(StdinCase, read)
    assert len(cases) == 5
    assert len(cases) == 5
    assert len(reads) == 1
    assert cases[1] == StdinCase("1", "")
    assert list(cases[3:]) == list(read()[3:])
    assert list(cases) == list(read())


def test_memory_does_not_grow_with_the_hidden_cases(tmp_path: Path) -> None:
    numbers = [number for number in range(120) if number % 8 >= 4]
    path = write_rows(tmp_path / "big.jsonl", (live_problem(number, cases=4, size=50_000).row for number in numbers))
    load(path)
    tracemalloc.start()
    try:
        problems = load(path).problems
        held, loading = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        assert sum(len(problem.hidden) for problem in problems) == sum(4 + len(problem.public) for problem in problems)
        counted, counting = tracemalloc.get_traced_memory()
        everything = [tuple(problem.hidden) for problem in problems]
        eager, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(everything) == len(numbers) == 60
    # What is held has no share of the cases; what loading and counting need for a moment is one problem's.
    whole = eager - counted
    assert whole > 10 << 20
    assert held < whole / 20
    assert loading - held < whole / 4
    assert counting - held < whole / 4


@pytest.mark.parametrize(
    ("numbers", "cases", "size"), [(range(8), 4, 60), ((3, 5), 1, 5 << 20)], ids=["of each kind", "5 MB"]
)
def test_right_programs_pass_and_wrong_ones_fail(tmp_path: Path, numbers: Sequence[int], cases: int, size: int) -> None:
    made = [live_problem(number, cases=cases, size=size) for number in numbers]
    problems = load(write_rows(tmp_path / "own.jsonl", (item.row for item in made))).problems
    with SandboxGrader(slots=2) as grader:

        def outcomes(pair: tuple[Problem, LiveProblem]) -> tuple[str, str]:
            problem, item = pair
            right, wrong = (grader.judge(job_of(problem, "hidden", code)) for code in (item.right, item.wrong))
            return right.outcome, wrong.outcome

        with ThreadPoolExecutor(2) as threads:
            found = list(threads.map(outcomes, zip(problems, made, strict=True)))
    assert found == [("passed", "wrong")] * len(made)


def test_the_official_imports_are_there_and_hide_no_method(tmp_path: Path) -> None:
    answer = (
        "class Solution:\n    def {}(self, nums: List[int], name: str) -> list:\n        return [[nums[0]], None]\n"
    )
    with SandboxGrader(slots=1) as grader:
        # `count` and `pow` are names that a star import or Python itself brings.
        for name in ("pick", "count", "pow"):
            problem = one(tmp_path, FUNCTION, metadata=json.dumps({"func_name": name}))
            for code in (answer.format(name), f"def {name}(nums, name):\n    return ([nums[0]], None)\n"):
                assert grader.judge(job_of(problem, "hidden", code)).outcome == "passed"
            assert grader.judge(job_of(problem, "hidden", "x = 1\n")).outcome == "error"
        code = "deque([1]), heappush([], 1), sqrt(4), lru_cache, pow(2, 5, 7), math.inf\nprint(sum(map(int, input().split())))"
        problem = one(tmp_path, PROGRAM, private_test_cases=json.dumps(LINES[:1]))
        assert grader.judge(job_of(problem, "hidden", code)).outcome == "passed"


def test_the_hubs_copy_on_disk_needs_no_network(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    repository = tmp_path / "hub" / "datasets--livecodebench--code_generation_lite"
    snapshot = repository / "snapshots" / ("7" * 40)
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("7" * 40)
    for file in folder.glob("*.jsonl"):
        file.rename(snapshot / file.name)
    assert numbers_of(load_benchmark("livecodebench@release_v2").problems) == [0, 1, 2]
    began = time.monotonic()
    with pytest.raises(BenchmarkError) as raised:
        load_benchmark("livecodebench")
    assert time.monotonic() - began < 8
    text = str(raised.value)
    for part in ("test6.jsonl of livecodebench/code_generation_lite", "hub does not answer", "livecodebench:FOLDER"):
        assert part in text
    assert "\n" not in text
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(BenchmarkError, match="HF_HUB_OFFLINE"):
        load_benchmark("livecodebench")
    assert capfd.readouterr() == ("", "")


def test_a_hub_that_answers_is_asked_for_the_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def download(name: str, file: str, *, repo_type: str, local_files_only: bool) -> str:
        if local_files_only:
            raise FileNotFoundError(file)
        asked.append((f"{repo_type}/{name}", file))
        return str(folder / file)

    monkeypatch.setattr(hub, "_hub_answers", lambda: True)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    assert numbers_of(load_benchmark("livecodebench@release_v2").problems) == [0, 1, 2]
    assert asked == [("dataset/livecodebench/code_generation_lite", file) for file in ("test.jsonl", "test2.jsonl")]
