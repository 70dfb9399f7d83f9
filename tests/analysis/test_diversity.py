"""Diversity and gain of small written runs against values worked out by hand and by enumeration."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from cotbench.analysis import run_table
from cotbench.analysis.diverse import DiversitySettings, diversity_notes, measure
from cotbench.analysis.diversity import RunDiversity
from cotbench.analysis.diversity_text import COLUMNS, diversity_csv, diversity_markdown, diversity_plain
from cotbench.analysis.gain import Gain, gain
from cotbench.core.errors import ConfigurationError
from cotbench.core.ids import text_digest
from cotbench.core.seen import Seen
from cotbench.store import RunDirectory, RunWriter, UnitRow
from cotbench.store.judgements import JudgementRow, judge_directory
from cotbench.store.observations import ObservationRow
from tests.analysis.builder import attempt, manifest, spec, verdict

ADD = "def f(x):\n    return x + 2\n"
ADD_NOTED = "def f(x):\n    return x + 2  # two\n"
ADD_RENAMED = "def f(n):\n    return n + 2\n"
ADD_BRACED = "def f(n):\n    return (n + 2)\n"
TWICE = "def f(x):\n    return x * 2\n"
BROKEN = "def f(x:\n"

PROGRAMS = {"p1": [ADD, ADD, ADD_NOTED, ADD_RENAMED, ADD_BRACED, TWICE], "p2": [ADD, ADD, TWICE], "p3": [ADD]}
OUTPUTS = {ADD: "4", ADD_NOTED: "4", ADD_RENAMED: "4", ADD_BRACED: "5", TWICE: "4"}
"""What each program prints; by outputs another partition than by trees."""


def write(
    path: Path,
    programs: Mapping[str, Sequence[str | None]],
    passes: Mapping[str, str],
    *,
    model: str = "provider/tiny",
    outputs: Mapping[str, str] | None = None,
) -> RunDirectory:
    """Write a run of these programs; `passes` has + or - per program for public and hidden cases alike."""
    directory = RunDirectory(path)
    directory.claim()
    directory.write_manifest(manifest(list(programs)))
    directory.write_spec(spec(model=model))
    with RunWriter(path, writer="w") as writer:
        for problem, codes in programs.items():
            for index, code in enumerate(codes):
                writer.append(attempt(problem, index, code=code))
                outcome = "passed" if passes[problem][index] == "+" else "wrong"
                for suite in ("public", "hidden") if code is not None else ():
                    writer.append(verdict(problem, index, outcome, suite=suite))
            for code in {code for code in codes if code is not None and outputs is not None}:
                seen = (Seen("passed", (outputs or {})[code]),)
                writer.append(ObservationRow(problem, text_digest(code), "inputs", "1", seen, 0.1))
            writer.append(UnitRow(problem, 0, "done", None, len(codes), {}, at=1050.0))
    return directory


def measured(*runs: RunDirectory, **settings: object) -> tuple[RunDiversity, ...]:
    return measure([run_table(run) for run in runs], DiversitySettings(**settings))  # type: ignore[arg-type]


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    passes = {"p1": "++++-+", "p2": "--+", "p3": "+"}
    return write(tmp_path / "run", PROGRAMS, passes, outputs=OUTPUTS)


def test_each_rung_of_the_ladder(run: RunDirectory) -> None:
    (found,) = measured(run)
    first, second, third = found.problems
    assert first.sizes == {"exact": (2, 1, 1, 1, 1), "tokens": (4, 1, 1), "tree": (5, 1), "behaviour": (5, 1)}
    # Different pairs of 15: all but the one equal pair; all but 6 pairs of four; 5 pairs with the odd one.
    assert [first.difference(rung) for rung in first.sizes] == pytest.approx([14 / 15, 9 / 15, 5 / 15, 5 / 15])
    assert second.difference("tree") == pytest.approx(2 / 3) and second.difference("behaviour") == 0.0
    assert (third.difference("exact"), third.difference("edits")) == (None, None)
    # The programs that pass the public cases, ADD_BRACED not among them, all print 4.
    assert (first.useful, second.useful) == ((5,), (1,))
    # Of walks of equal length one word differs; five of fifteen pairs hold TWICE.
    assert first.edits == pytest.approx(first.difference("tree") * second.edits / second.difference("tree"))
    tree = found.rung("tree")
    assert tree is not None and (tree.difference.problems, tree.difference.value) == (
        2,
        pytest.approx((1 / 3 + 2 / 3) / 2),
    )


def test_effective_numbers_are_in_the_programs_that_every_problem_has(run: RunDirectory) -> None:
    (found,) = measured(run)
    assert found.draws == 3
    exact = found.rung("exact")
    assert exact is not None
    triples = list(itertools.combinations([ADD, ADD, ADD_NOTED, ADD_RENAMED, ADD_BRACED, TWICE], 3))
    expected = (sum(len(set(triple)) for triple in triples) / len(triples) + 2) / 2
    assert exact.hill[0].value == pytest.approx(expected)
    assert exact.hill[0].interval.low >= 1 and exact.hill[0].interval.high <= 3
    (wider,) = measured(run, draws=6)
    rung = wider.rung("exact")
    assert rung is not None and (rung.hill[0].value, rung.hill[0].problems) == (5.0, 1)
    assert any("1 problem with fewer than 6 programs" in note for note in diversity_notes(wider))
    with pytest.raises(ConfigurationError, match="--draws 7: the problem with most programs has 6"):
        measured(run, draws=7)


def test_a_part_of_the_programs(run: RunDirectory) -> None:
    (passed,) = measured(run, among="passed")
    assert passed.problems[0].sizes["exact"] == (2, 1, 1, 1)
    (failed,) = measured(run, among="failed")
    assert [row.programs for row in failed.problems] == [1, 2, 0]
    assert failed.problems[1].difference("exact") == 0.0


def test_without_observations_there_is_no_behaviour_and_broken_programs_count(tmp_path: Path) -> None:
    codes: dict[str, list[str | None]] = {"p1": [BROKEN, BROKEN, ADD, None]}
    (found,) = measured(write(tmp_path / "run", codes, {"p1": "--+-"}))
    assert found.problems[0].programs == 3 and found.rung("behaviour") is None and found.useful is None
    assert found.problems[0].difference("tree") == pytest.approx(2 / 3)
    assert "no behaviour: not every program was watched on inputs" in diversity_notes(found)
    with pytest.raises(ConfigurationError, match="no problem has two programs that passed"):
        measured(RunDirectory(tmp_path / "run"), among="passed")


def test_where_only_some_programs_were_watched_there_is_no_behaviour(tmp_path: Path) -> None:
    directory = write(
        tmp_path / "run", {"p1": [ADD, TWICE], "p2": [ADD, ADD]}, {"p1": "+-", "p2": "++"}, outputs=OUTPUTS
    )
    with RunWriter(directory.path) as writer:
        writer.append(attempt("p2", 2, code=BROKEN))
    (found,) = measured(directory)
    # Problems whose programs were all watched, here p1, may be those whose programs all pass the public cases.
    assert found.rung("behaviour") is None and found.useful is None
    assert any(note.startswith("no behaviour: ") for note in diversity_notes(found))


def judged(run: RunDirectory, answers: Mapping[tuple[int, int], str], method: str = "m (prompts 0)") -> None:
    directory = judge_directory(run.path, "m")
    directory.mkdir(parents=True, exist_ok=True)
    with RunWriter(directory, writer="w") as writer:
        for (first, second), answer in answers.items():
            keys = f"p1::0::{first}", f"p1::0::{second}"
            writer.append(JudgementRow("p1", *keys, method, answer, asked=(first, second) not in ((0, 1), (1, 0))))  # type: ignore[arg-type]


def test_a_judges_word(run: RunDirectory) -> None:
    answers = {(0, 1): "same", (1, 0): "same", (0, 5): "different", (5, 0): "different"}
    judged(run, {**answers, (2, 3): "same", (3, 2): "different", (2, 4): "unreadable", (4, 2): "same"})
    (found,) = measured(run)
    # Seven readable answers, three of them different; both orders of two pairs were asked and read, one agrees.
    assert found.problems[0].different == {"m (prompts 0)": pytest.approx(3 / 7)}
    (judge,) = found.judges
    assert (judge.pairs, judge.asked, judge.unreadable) == (4, 6, 1)
    assert judge.orders is not None and (judge.orders.pairs, judge.orders.share) == (2, 0.5)
    (passed,) = measured(run, among="passed")
    assert passed.problems[0].different == {"m (prompts 0)": pytest.approx(3 / 6)}


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[RunDiversity, ...], Gain]:
    """Return six runs of three models on eight problems with 4 attempts each, programs and passes drawn at random."""
    rng = np.random.default_rng(5)
    runs: list[RunDirectory] = []
    for number in range(6):
        codes = {f"p{p}": [f"x = {rng.integers(1 + number)}\n" for _ in range(4)] for p in range(8)}
        passes = {name: "".join("+-"[int(rng.integers(2))] for _ in range(4)) for name in codes}
        path = tmp_path_factory.mktemp("gain") / f"run{number}"
        runs.append(write(path, codes, passes, model=f"provider/m{number % 3}"))
    found = measured(*runs)
    return found, gain(found, [run.name for run in runs])


def test_gain_is_worked_out_from_the_points(several: tuple[tuple[RunDiversity, ...], Gain]) -> None:
    found, gained = several
    assert gained.k == 2 and len(gained.runs) == 6 and len(gained.problems) == 48
    point, table = gained.runs[3], found[3].table
    one = np.mean([row.passed / 4 for row in table.evaluated])
    two = np.mean([1 - (4 - row.passed) * (3 - row.passed) / 12 for row in table.evaluated])
    assert (point.pass_one, point.pass_k) == (pytest.approx(one), pytest.approx(two))
    assert point.gain("relative") == pytest.approx((two - one) / one)
    for row in gained.rows:
        points = gained.runs if row.level == "runs" else gained.problems
        kept = [each for each in points if each.gain(row.gain) is not None]
        expected = spearmanr([each.differences[row.rung] for each in kept], [each.gain(row.gain) for each in kept])
        assert row.plain is not None and row.plain.estimate == pytest.approx(expected.statistic)
        assert row.points == len(kept) and row.plain.clusters == (
            3 if row.level == "runs" else len({each.problem for each in kept})
        )
    # Three models are too few clusters for an interval; problems are not.
    assert [row.plain.low is None for row in gained.rows if row.plain] == [row.level == "runs" for row in gained.rows]
    assert any("fewer than 4 models" in note for note in gained.notes)


def test_a_k_that_is_not_there(several: tuple[tuple[RunDiversity, ...], Gain]) -> None:
    found, _ = several
    labels = [run.table.name for run in found]
    assert gain(found, labels, k=4).k == 4
    with pytest.raises(ConfigurationError, match="too few attempts for k = 5"):
        gain(found, labels, k=5)
    with pytest.raises(ConfigurationError, match="--k 1"):
        gain(found, labels, k=1)


def test_the_forms_agree(several: tuple[tuple[RunDiversity, ...], Gain], run: RunDirectory) -> None:
    found, gained = several
    labels = [one.table.name for one in found]
    settings = DiversitySettings()
    plain = json.loads(json.dumps(diversity_plain(found, labels, settings, gained)))
    lines = list(csv.DictReader(io.StringIO(diversity_csv(found, labels, gained))))
    assert set(lines[0]) == set(COLUMNS)
    told = {
        (line["run"], line["rung"]): float(line["value"])
        for line in lines
        if line["level"] == "run" and line["quantity"] == "D"
    }
    for one in plain["runs"]:
        for rung in one["rungs"]:
            assert told[one["run"], rung["rung"]] == pytest.approx(rung["difference"]["value"], rel=1e-5)
    text = diversity_markdown(found, labels, settings, gained)
    assert text.count("\n| equal trees |") == 6 and "| problems | equal trees |" in text
    useful = [
        line
        for line in csv.DictReader(io.StringIO(diversity_csv(measured(run), ["run"], None)))
        if line["quantity"] == "useful behaviours"
    ]
    assert [(line["problem"], line["value"]) for line in useful[1:]] == [("p1", "1"), ("p2", "1"), ("p3", "1")]
