"""Expected outputs from references: run once in the real sandbox, kept, and made again when the copy is damaged."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cotbench.core.errors import BenchmarkError, GradingError
from cotbench.core.problem import UNKNOWN, Benchmark, CallCase, Entry, Problem, StdinCase
from cotbench.core.verdict import Job, Limits, Observation, Verdict
from cotbench.engine.references import TIME_FACTOR, with_references
from cotbench.grading import SandboxGrader


class Counted:
    """The real grader, and how often a program was observed."""

    def __init__(self, grader: SandboxGrader) -> None:
        self._grader = grader
        self.observed = 0
        self.slots = grader.slots
        self.isolation = grader.isolation

    def judge(self, job: Job) -> Verdict:
        return self._grader.judge(job)

    def observe(self, job: Job) -> Observation:
        self.observed += 1
        return self._grader.observe(job)

    def close(self) -> None:
        self._grader.close()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxGrader]:
    with SandboxGrader(slots=2) as grader:
        yield grader


@pytest.fixture
def grader(sandbox: SandboxGrader) -> Counted:
    return Counted(sandbox)


SPLIT = Problem(
    id="Ours/split",
    statement="",
    entry=Entry("function", "split"),
    public=(CallCase((7, 2), (3, 1)), CallCase((9, 2), UNKNOWN)),
    hidden=(CallCase((8, 3), UNKNOWN), CallCase((1, 2), (0, 1)), CallCase((-1, 2), UNKNOWN)),
    prelude="TWO = 2\n",
    reference="def split(a, b):\n    return a // b, a % b + TWO - TWO\n",
    comparer="evalplus",
)
KINDS = Problem(
    id="Ours/kinds",
    statement="",
    entry=Entry("function", "kind"),
    hidden=tuple(CallCase((number,), UNKNOWN) for number in range(9)),
    reference=(
        "def kind(n):\n    return [(1, [2]), {3}, {4: (5,)}, frozenset({6}), 7j, 2**100, float('inf'), b'8', None][n]\n"
    ),
    comparer="evalplus",
)
KNOWN = Problem(id="Ours/known", statement="", entry=Entry("stdin"), hidden=(StdinCase("1", "1"),))
ALL = Benchmark("ours", "d1", (SPLIT, KNOWN, KINDS))
OUTPUTS = [(1, [2]), {3}, {4: (5,)}, frozenset({6}), 7j, 2**100, float("inf"), b"8", None]


def test_what_is_unknown_is_filled_in(grader: Counted, tmp_path: Path) -> None:
    said: list[tuple[int, int]] = []
    cache = tmp_path / "not" / "there"
    split, known, kinds = with_references(
        ALL, ALL.problems, grader, cache, lambda done, total: said.append((done, total))
    )
    # 9 = 4·2 + 1, 8 = 2·3 + 2, -1 = -1·2 + 1
    assert split.public == (CallCase((7, 2), (3, 1)), CallCase((9, 2), (4, 1)))
    assert split.hidden == (CallCase((8, 3), (2, 2)), CallCase((1, 2), (0, 1)), CallCase((-1, 2), (-1, 1)))
    assert known is KNOWN
    outputs = [case.expected for case in kinds.hidden if isinstance(case, CallCase)]
    assert list(map(type, outputs)) == list(map(type, OUTPUTS))
    assert outputs == OUTPUTS
    assert said == [(1, 2), (2, 2)]
    assert replace(split, public=SPLIT.public, hidden=SPLIT.hidden) == SPLIT


def test_a_reference_is_run_once(grader: Counted, tmp_path: Path) -> None:
    first = with_references(ALL, ALL.problems, grader, tmp_path)
    assert grader.observed == 2
    assert with_references(ALL, ALL.problems, grader, tmp_path) == first
    assert with_references(ALL, (KINDS,), grader, tmp_path) == first[2:]
    assert grader.observed == 2
    assert with_references(replace(ALL, digest="d2"), (SPLIT,), grader, tmp_path) == first[:1]
    assert grader.observed == 3
    shorter = replace(KINDS, hidden=KINDS.hidden[:2])
    with_references(ALL, (shorter,), grader, tmp_path)
    with_references(ALL, (replace(KINDS, reference=KINDS.reference + "\n"),), grader, tmp_path)
    assert grader.observed == 5


@pytest.mark.parametrize("damage", ["cut", "empty", "other", "folder", "lines"])
def test_a_damaged_copy_is_made_again(grader: Counted, tmp_path: Path, damage: str) -> None:
    first = with_references(ALL, (KINDS,), grader, tmp_path)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    if damage == "folder":
        file.unlink()
        file.mkdir()
    elif damage == "lines":
        kept = gzip.decompress(whole).split(b"\n")
        file.write_bytes(gzip.compress(b"\n".join(kept[:-2]) + b"\n"))
    else:
        file.write_bytes({"cut": whole[:-9], "empty": b"", "other": gzip.compress(b'{"slowest": "x"}\n[')}[damage])
    assert with_references(ALL, (KINDS,), grader, tmp_path) == first
    assert grader.observed == 2
    with_references(ALL, (KINDS,), grader, tmp_path)
    assert grader.observed == (3 if damage == "folder" else 2)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_cache_that_cannot_be_written_costs_only_time(grader: Counted, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for count in (1, 2):
        (split,) = with_references(ALL, (SPLIT,), grader, tmp_path / "file")
        assert split.hidden[0] == CallCase((8, 3), (2, 2))
        assert grader.observed == count


def test_a_slow_reference_gets_more_time(grader: Counted, tmp_path: Path) -> None:
    slow = replace(
        SPLIT, time_limit=0.1, reference="import time\n\n\ndef split(a, b):\n    time.sleep(0.2)\n    return a\n"
    )
    (found,) = with_references(ALL, (slow,), grader, tmp_path)
    assert found.time_limit >= TIME_FACTOR * 0.2
    assert with_references(ALL, (slow,), grader, tmp_path)[0].time_limit == found.time_limit
    assert with_references(ALL, (SPLIT,), grader, tmp_path)[0].time_limit == SPLIT.time_limit == 4.0


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("", "Ours/split has neither expected outputs nor a reference"),
        ("def split(a, b):\n    return 1 // (a + 1)\n", "Ours/split fails at case 3 of 3: error: ZeroDivisionError"),
        ("def other(): ...\n", "Ours/split fails at case 1 of 3: error"),
        ("def split(a, b):\n    return object()\n", "Ours/split returns at case 1 of 3 cannot be compared"),
        ("def split(a, b):\n    return float('nan') if b == 3 else 1\n", "Ours/split returns at case 2 of 3 cannot"),
    ],
)
def test_a_reference_that_is_of_no_use_is_named(grader: Counted, tmp_path: Path, reference: str, said: str) -> None:
    with pytest.raises(BenchmarkError, match=said):
        with_references(ALL, (KINDS, replace(SPLIT, reference=reference)), grader, tmp_path)


def test_a_program_is_judged_by_the_reference(grader: Counted, tmp_path: Path) -> None:
    (kinds,) = with_references(ALL, (KINDS,), grader, tmp_path)

    def verdict(code: str) -> Verdict:
        return grader.judge(Job(code, kinds.entry, kinds.hidden, kinds.comparer, Limits()))

    assert verdict(KINDS.reference).outcome == "passed"
    wrong = verdict(KINDS.reference.replace("2**100", "2**100 + 1"))
    assert (wrong.outcome, wrong.passed) == ("wrong", 5)


def test_a_closed_grader_ends_it(tmp_path: Path) -> None:
    grader = SandboxGrader(slots=1)
    grader.close()
    with pytest.raises(GradingError, match="closed"):
        with_references(ALL, ALL.problems, grader, tmp_path)
    assert list(tmp_path.iterdir()) == []
