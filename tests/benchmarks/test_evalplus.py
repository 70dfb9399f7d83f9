"""HumanEval+ and MBPP+: rows of our own in both forms, and EvalPlus's files where they are there."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cotbench.benchmarks.evalplus import ORACLES, base_cases, load_humaneval_plus, load_mbpp_plus
from cotbench.benchmarks.evalplus_inputs import restore
from cotbench.benchmarks.registry import load_benchmark
from cotbench.core.asserts import assert_cases
from cotbench.core.errors import BenchmarkError
from cotbench.core.problem import UNKNOWN, Benchmark, CallCase, CheckCase, Entry, Problem
from cotbench.core.verdict import Job, Limits
from cotbench.engine.references import with_references
from cotbench.grading import SandboxGrader

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not (DATA / "MbppPlus.jsonl.gz").is_file(), reason="EvalPlus's files are not in ../shared/data"
)

HALVES = {
    "task_id": "HumanEval/900",
    "prompt": 'HALF = 0.5\n\n\ndef halves(ns):\n    """ Halve.\n    >>> halves([1, 4])\n    [0.5, 2.0]\n    """\n',
    "entry_point": "halves",
    "canonical_solution": "    return [n * HALF for n in ns]\n",
    "test": "",
    "contract": "",
    "base_input": [[[6]]],
    "plus_input": [[[]], [[1e308, float("inf")]]],
    "atol": 0.001,
}
DISTANCE = {
    "task_id": "Mbpp/124",
    "prompt": '"""\nWrite a function.\nassert math.isclose(distance(0, 1j), 1.0, rel_tol=0.001)\n"""\n',
    "entry_point": "distance",
    "canonical_solution": "def distance(a, b):\n    return abs(a - b)\n",
    "base_input": [["0", "1j"]],
    "plus_input": {},
    "atol": 0,
    "assertion": "",
}
DISTANCE_OF_THE_HUB = {
    "task_id": 124,
    "prompt": "Write a function.",
    "code": DISTANCE["canonical_solution"],
    "source_file": "x",
    "test_imports": [],
    "test_list": ["assert math.isclose(distance(0, 1j), 1.0, rel_tol=0.001)"],
    "test": (
        "def is_floats(x): ...\n\ndef assertion(out, exp, atol): ...\n\ninputs = [(0.0, 1j), [inf, 2]]\nresults = []\n"
        "for i, (inp, exp) in enumerate(zip(inputs, results)):\n    assertion(distance(*inp), exp, 0.5)\n"
    ),
}


def written(path: Path, *rows: object) -> Path:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def test_a_row_of_humaneval_plus_becomes_a_problem(tmp_path: Path) -> None:
    benchmark = load_benchmark(str(written(tmp_path / "any.jsonl.gz", HALVES)))
    (problem,) = benchmark.problems
    assert benchmark.name == "humaneval+"
    assert problem.statement == problem.starter == HALVES["prompt"]
    assert problem.entry == Entry("function", "halves")
    assert problem.prelude == "HALF = 0.5\n"
    assert problem.public == (CallCase(([1, 4],), [0.5, 2.0]),)
    assert problem.hidden == tuple(CallCase((ns,), UNKNOWN) for ns in ([6], [], [1e308, float("inf")]))
    assert (problem.comparer, problem.tolerance, problem.oracle) == ("evalplus", 0.001, "")
    assert problem.reference == f"{HALVES['prompt']}{HALVES['canonical_solution']}"
    assert problem.time_limit == 4.0
    assert base_cases(problem) == 1
    assert base_cases(replace(problem, tags=("graphs",))) is None


def test_a_row_of_mbpp_plus_becomes_a_problem(tmp_path: Path) -> None:
    path = written(tmp_path / "any.jsonl", DISTANCE)
    benchmark = load_benchmark(str(path))
    (problem,) = benchmark.problems
    assert benchmark == load_benchmark(f"mbpp+:{path}")
    assert benchmark.name == "mbpp+"
    assert problem.statement == DISTANCE["prompt"]
    assert (problem.starter, problem.prelude) == ("", "")
    assert problem.hidden == (CallCase((0.0, 1j), UNKNOWN),)
    assert list(map(type, problem.hidden[0].arguments)) == [float, complex]  # type: ignore[union-attr]
    assert problem.reference == DISTANCE["canonical_solution"]
    assert base_cases(problem) == 1
    (public,) = problem.public
    assert isinstance(public, CheckCase)
    assert "assert math.isclose(distance(0, 1j), 1.0, rel_tol=0.001)" in public.program


def test_the_form_of_the_hub_gives_the_same_problem(tmp_path: Path) -> None:
    (plain,) = load_benchmark(str(written(tmp_path / "a.jsonl", DISTANCE))).problems
    (hub,) = load_benchmark(str(written(tmp_path / "b.jsonl", DISTANCE_OF_THE_HUB))).problems
    assert hub == replace(
        plain, hidden=(CallCase((0.0, 1j), UNKNOWN), CallCase((float("inf"), 2), UNKNOWN)), tolerance=0.5, tags=()
    )


def test_the_digest_covers_the_inputs(tmp_path: Path) -> None:
    changed = HALVES | {"plus_input": [[[]], [[1e308]]]}
    digests = [
        load_humaneval_plus(written(tmp_path / name, row)).digest
        for name, row in (("a.jsonl", HALVES), ("b.jsonl.gz", HALVES), ("c.jsonl", changed))
    ]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (HALVES | {"base_input": [], "plus_input": []}, "HumanEval/900: it has no inputs"),
        (HALVES | {"base_input": [6]}, "row 1: base_input.0: "),
        (HALVES | {"atol": -1}, "row 1: atol: "),
        (HALVES | {"entry_point": "thirds"}, "does not define its entry point thirds"),
        (DISTANCE | {"base_input": [["0"]]}, "row 1: an input is not of the form that problem 124 has"),
        (DISTANCE_OF_THE_HUB | {"test": "inputs = [f()]\n"}, "row 1: test: it does not state its inputs"),
        ([], "row 1: "),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: object, said: str) -> None:
    load = load_mbpp_plus if isinstance(row, dict) and "Mbpp" in str(row["task_id"]) else load_humaneval_plus
    with pytest.raises(BenchmarkError, match=said) as raised:
        load(written(tmp_path / "bad.jsonl", row))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"not json\n", b"\x1f\x8bnot gzip"])
@pytest.mark.parametrize("file", ["bad.jsonl", "bad.jsonl.gz"])
def test_a_file_of_something_else_is_one_line(tmp_path: Path, content: bytes, file: str) -> None:
    (tmp_path / file).write_bytes(content)
    with pytest.raises(BenchmarkError, match=file) as raised:
        load_mbpp_plus(tmp_path / file)
    assert "\n" not in str(raised.value)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No hub; the folder is the empty cache."""
    monkeypatch.setenv("COTBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    return tmp_path / "cache"


def test_nothing_reachable_says_what_was_tried(nowhere: Path) -> None:
    with pytest.raises(BenchmarkError) as raised:
        load_benchmark("mbpp+")
    text = str(raised.value)
    assert "\n" not in text
    for part in (f"no {nowhere / 'benchmarks' / 'MbppPlus.jsonl.gz'}", "hub does not answer", "mbpp+:PATH"):
        assert part in text


def test_a_release_in_the_cache_needs_no_hub(nowhere: Path) -> None:
    (nowhere / "benchmarks").mkdir(parents=True)
    written(nowhere / "benchmarks" / "HumanEvalPlus.jsonl.gz", HALVES)
    assert [problem.id for problem in load_benchmark("humaneval+").problems] == ["HumanEval/900"]


def test_the_hub_is_asked_for_its_own_name(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def load_dataset(name: str, split: str) -> list[object]:
        asked.append(f"{name} {split}")
        return [DISTANCE_OF_THE_HUB]

    monkeypatch.setattr("cotbench.benchmarks.hub._hub_answers", lambda: True)
    monkeypatch.setattr("datasets.load_dataset", load_dataset)
    assert [problem.id for problem in load_benchmark("mbpp+").problems] == ["Mbpp/124"]
    assert asked == ["evalplus/mbppplus test"]


@pytest.mark.parametrize(
    ("number", "arguments", "restored"),
    [
        (1, [[1, [2]]], ([1, [2]],)),
        (2, [[3, 4], [5]], ((3, 4), (5,))),
        (63, [[[1, 2], [3]]], ([(1, 2), (3,)],)),
        (75, [[[6, 24]], 6], ([(6, 24)], 6)),
        (106, [[5, 6], [9, 10]], ([5, 6], (9, 10))),
        (115, [[[1, 2], [], [3]]], ([{1, 2}, {}, {3}],)),
        (124, ["0", "1j"], (0.0, 1j)),
        (252, ["(1+2j)"], (1 + 2j,)),
        (250, [[1, 2], 1], ((1, 2), 1)),
        (307, [["a", 5], 1, 50], (("a", 5), 1, 50)),
        (259, [[[1, 3]], [[6, 7]]], (((1, 3),), ((6, 7),))),
        (278, [[1, [2, [3]], "a"]], ((1, (2, [3]), "a"),)),
        (722, [{"a": [6.2, 70]}, 6.0], ({"a": (6.2, 70)}, 6.0)),
        (580, [[4, [7, [2]], 3]], ((4, (7, (2,)), 3),)),
    ],
)
def test_types_that_json_lacks_are_restored(number: int, arguments: list[object], restored: tuple[object, ...]) -> None:
    (found,) = restore(number, [arguments])
    assert repr(found) == repr(restored)


@pytest.mark.parametrize(
    ("line", "case"),
    [
        ("assert f([1], -2) == (3, None)", CallCase(([1], -2), (3, None))),
        ("  assert f(None)==None", CallCase((None,), None)),
        ("assert f(1)", CallCase((1,), True)),
        ("assert not f(1)", CallCase((1,), False)),
        ("assert set(f(1)) == set([2])", CallCase((1,), [2])),
        ("assert f(g(1)) == 2", None),
        ("assert f(1) == 2 == 2", None),
        ("assert g(1) == 2", None),
        ("assert f(a=1) == 2", None),
        ("assert not f(g)", None),
    ],
)
def test_asserts_become_cases(line: str, case: CallCase | None) -> None:
    (found,) = assert_cases(f'"""\nSay f.\n{line}\n"""\n', "f", as_sets=True)
    if case is None:
        assert isinstance(found, CheckCase)
        assert found.program.endswith(f"def check(f):\n    {line}\n")
    else:
        assert found == case


def test_sets_are_cases_only_where_outputs_are_looked_at_as_sets() -> None:
    (found,) = assert_cases("assert set(f(1)) == set([2])", "f")
    assert isinstance(found, CheckCase)
    assert assert_cases("assert f(1 ==\nasserted f(1)", "f") == ()


@pytest.fixture(scope="module")
def real() -> dict[str, Benchmark]:
    files = {"humaneval+": "HumanEvalPlus.jsonl.gz", "mbpp+": "MbppPlus.jsonl.gz"}
    return {name: load_benchmark(str(DATA / file)) for name, file in files.items()}


@needs_data
def test_all_problems_are_there(real: dict[str, Benchmark]) -> None:
    humaneval, mbpp = real["humaneval+"], real["mbpp+"]
    assert (humaneval.name, len(humaneval.problems)) == ("humaneval+", 164)
    assert (mbpp.name, len(mbpp.problems)) == ("mbpp+", 378)
    assert [problem.id for problem in humaneval.problems if problem.oracle] == ["HumanEval/32"]
    # The problems of three oracles are no longer in this release.
    missing = {"are_equivalent", "sum_div", "intersection_array"}
    assert {problem.oracle for problem in mbpp.problems} == {"", *ORACLES["mbpp"]} - missing
    assert {problem.tolerance for problem in mbpp.problems} == {0.0, 1e-4}
    assert all(problem.public for problem in mbpp.problems)
    assert [int(p.id.split("/")[1]) for p in humaneval.problems if not p.public] == [38, 41, 50, 83, 116]
    # 1,570 + 122,683 and 1,174 + 39,841 inputs, of which five are left out.
    assert sum(len(problem.hidden) for problem in humaneval.problems) == 124_253
    assert sum(len(problem.hidden) for problem in mbpp.problems) == 41_010
    assert sum(base_cases(problem) or 0 for problem in mbpp.problems) == 1_174


@needs_data
def test_most_asserts_are_calls(real: dict[str, Benchmark]) -> None:
    checks = [problem.id for problem in real["mbpp+"].problems if not isinstance(problem.public[0], CallCase)]
    assert "Mbpp/82" in checks
    assert len(checks) < 20
    by_id = {problem.id: problem for problem in real["mbpp+"].problems}
    assert by_id["Mbpp/2"].public == (CallCase(((3, 4, 5, 6), (5, 7, 4, 10)), (4, 5)),)
    assert by_id["Mbpp/737"].public == (CallCase(("annie",), True),)
    assert by_id["Mbpp/803"].public == (CallCase((10,), False),)


@pytest.fixture(scope="module")
def grader() -> Iterator[SandboxGrader]:
    with SandboxGrader(slots=2) as grader:
        yield grader


CHOSEN = {
    "humaneval+": ("HumanEval/0", "HumanEval/2", "HumanEval/32", "HumanEval/133"),
    "mbpp+": tuple(
        f"Mbpp/{number}" for number in (2, 63, 82, 106, 124, 252, 278, 558, 580, 581, 596, 722, 737, 787, 793)
    ),
}


@needs_data
@pytest.mark.parametrize("name", CHOSEN)
def test_references_pass_their_own_cases(
    real: dict[str, Benchmark], grader: SandboxGrader, tmp_path: Path, name: str
) -> None:
    benchmark = real[name]
    chosen = [problem for problem in benchmark.problems if problem.id in CHOSEN[name]]
    assert len(chosen) == len(CHOSEN[name])

    def fault(problem: Problem, code: str, expected: str) -> str:
        limits = Limits(seconds=problem.time_limit)
        cases = (*problem.public, *problem.hidden)
        job = Job(
            code, problem.entry, cases, problem.comparer, limits, problem.prelude, problem.tolerance, problem.oracle
        )
        verdict = grader.judge(job)
        return "" if verdict.outcome == expected else f"{problem.id}: {verdict.outcome}: {verdict.detail}"

    faults = []
    for problem in with_references(benchmark, chosen, grader, tmp_path):
        faults.append(fault(problem, problem.reference, "passed"))
        faults.append(fault(problem, f"def {problem.entry.name}(*a):\n    return 'no'\n", "wrong"))
    assert not any(faults), "\n".join(filter(None, faults))
