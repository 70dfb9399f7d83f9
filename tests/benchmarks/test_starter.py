"""The starter problems: their form, and what their authors' programs prove about their cases."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from importlib import resources

import pytest

from cotbench.benchmarks import starter
from cotbench.benchmarks.starter import AuthoredProblem, load, load_authored, parse_authored
from cotbench.benchmarks.subset import BANDS
from cotbench.core.errors import BenchmarkError
from cotbench.core.problem import Case
from cotbench.core.verdict import Job, Limits
from cotbench.grading import SandboxGrader

AUTHORED = load_authored()


def name(authored: AuthoredProblem) -> str:
    return authored.problem.id


@pytest.mark.parametrize("authored", AUTHORED, ids=name)
def test_a_problem_is_complete(authored: AuthoredProblem) -> None:
    problem = authored.problem
    assert 2 <= len(problem.public) <= 3
    assert len(problem.hidden) >= 15
    inputs = [_input(case) for case in (*problem.public, *problem.hidden)]
    assert not [text for text, count in Counter(inputs).items() if count > 1], "the same input twice"
    assert len(authored.wrong) >= 2
    assert len({wrong.name for wrong in authored.wrong}) == len(authored.wrong)
    assert authored.approaches and authored.title and problem.tags
    if problem.difficulty in ("hard", "expert"):
        assert len(authored.approaches) >= 2
    date.fromisoformat(problem.date)
    for program in (authored.reference, authored.brute_force, *(wrong.code for wrong in authored.wrong)):
        ast.parse(program)
    if problem.entry.kind == "function":
        assert f"def {problem.entry.name}(" in problem.starter
        assert problem.entry.name in problem.statement
        assert problem.comparer == "exact"
    else:
        assert not problem.starter
        assert problem.comparer == "livecodebench-stdin"
        assert all(text.endswith("\n") or not text for text in inputs), "input without a newline at its end"


def _input(case: Case) -> str:
    return repr(getattr(case, "arguments", None)) if hasattr(case, "arguments") else str(getattr(case, "stdin", ""))


def test_the_benchmark_covers_every_band_with_both_kinds() -> None:
    kinds = Counter((authored.problem.difficulty, authored.problem.entry.kind) for authored in AUTHORED)
    assert set(kinds) == {(band, kind) for band in BANDS for kind in ("function", "stdin")}


def test_the_digest_changes_with_the_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = load()
    assert whole.problems == tuple(authored.problem for authored in AUTHORED)
    assert whole.digest == load().digest
    monkeypatch.setattr(starter, "load_authored", lambda: AUTHORED[1:])
    assert load().digest != whole.digest


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("hidden:", "hiden:", "hidden: Field required"),
        ("difficulty: trivial", "difficulty: simple", "difficulty: Input should be"),
        ("id: fn-01", "id: fn-99", "id: fn-99"),
        ("kind: function, ", "kind: stdin, ", "entry: a function has a name"),
        ("expected: 2", "expectd: 2", r"public\.0\.expectd: Extra"),
        ("title:", "\ttitle:", "not YAML"),
    ],
)
def test_a_faulty_file_is_named_with_its_field(old: str, new: str, said: str) -> None:
    file = next(name for authored in AUTHORED if (name := f"{authored.problem.id}.yaml").startswith("fn-01"))
    text = resources.files("cotbench.benchmarks").joinpath("starter", file).read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(BenchmarkError, match=said) as raised:
        parse_authored(text.replace(old, new, 1), file)
    assert str(raised.value).startswith(f"{file}: ")


@pytest.fixture(scope="module")
def grader() -> Iterator[SandboxGrader]:
    with SandboxGrader() as judge:
        yield judge


def test_right_programs_pass_and_wrong_ones_fail(grader: SandboxGrader) -> None:
    """All at once, because judging waits for processes: one problem after the other would take minutes."""

    def faults(item: tuple[AuthoredProblem, str, str]) -> str:
        authored, program, code = item
        problem = authored.problem
        limits = Limits(seconds=problem.time_limit)
        cases = (*problem.public, *problem.hidden)
        verdict = grader.judge(Job(code, problem.entry, cases, problem.comparer, limits, problem.prelude))
        right = program in ("reference", "brute force")
        if verdict.outcome == "infra" or (verdict.outcome == "passed") is not right:
            return f"{problem.id}: {program}: {verdict.outcome}, {verdict.detail}"
        return ""

    programs = [
        (authored, program, code)
        for authored in AUTHORED
        for program, code in (
            ("reference", authored.reference),
            ("brute force", authored.brute_force),
            *((f"wrong: {wrong.name}", wrong.code) for wrong in authored.wrong),
        )
    ]
    with ThreadPoolExecutor(grader.slots) as threads:
        found = [fault for fault in threads.map(faults, programs) if fault]
    assert not found, "\n".join(found)
