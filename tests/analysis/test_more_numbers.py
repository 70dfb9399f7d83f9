"""What stands beside pass@k: selection, the Pareto front, groups, extrapolation, a published table; in every format."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cotbench.analysis import Comparison, RunTable, Wanted, as_csv, as_latex, as_markdown, compare, run_table
from cotbench.analysis.cost import Cost
from cotbench.analysis.coverage import coverage
from cotbench.analysis.extrapolated import extrapolated
from cotbench.analysis.frontier import frontiers
from cotbench.analysis.groups import GroupBy
from cotbench.analysis.n_of_k import filtered_values, selected_values
from cotbench.analysis.reference import read_reference, reference_names
from cotbench.core.errors import ConfigurationError
from cotbench.stats.intervals import mean_interval
from cotbench.store import ProblemInfo, RunWriter

from .builder import manifest, spec, verdict, write_run


def with_public(path: Path, marks: dict[str, str], public: dict[str, str]) -> RunTable:
    """Write a run whose programs have verdicts on public cases too."""
    directory = write_run(path, marks)
    with RunWriter(path, writer="public") as writer:
        for problem, line in public.items():
            for index, mark in enumerate(line):
                writer.append(verdict(problem, index, "passed" if mark == "+" else "wrong", suite="public"))
    return run_table(directory)


def test_n_at_k_of_the_worked_example(tmp_path: Path) -> None:
    # N = 20, A = 3 pass public and hidden cases, B = 4 public ones only.
    table = with_public(tmp_path / "r", {"a": "+++" + "-" * 17}, {"a": "+" * 7 + "-" * 13})
    [row] = table.problems
    assert (row.public_passed, row.both_passed) == (7, 3)
    assert selected_values([row], 1, [1, 8]) == pytest.approx(np.array([[0.15, 0.424]]), abs=5e-4)
    assert selected_values([row], 2, [8]) == pytest.approx(np.array([[0.680]]), abs=5e-4)
    # Filtered: 3 right among 7 submissions, whatever was drawn.
    assert filtered_values([row], [1, 2, 8])[0] == pytest.approx([3 / 7, 1 - (4 * 3) / (7 * 6), 1.0])


def test_a_comparison_holds_them_with_their_own_intervals(tmp_path: Path) -> None:
    marks = dict.fromkeys("abcdef", "+-+-")
    public = {"a": "++++", "b": "+--+", "c": "----", "d": "-++-", "e": "++--", "f": "+++-"}
    tables = [with_public(tmp_path / name, marks, public) for name in ("one", "two")]
    found = compare(tables, wanted=Wanted(submissions=(1, 2))).runs[1]
    assert [(row.n, row.k) for row in found.selected] == [(1, 1), (1, 2), (1, 4), (2, 2), (2, 4)]
    rows = tables[1].problems
    for row in found.selected:
        values = selected_values(rows, row.n, [row.k])[:, 0]
        assert (row.estimate, row.interval) == (pytest.approx(values.mean()), mean_interval(values))
    for kept in found.filtered:
        values = filtered_values(rows, [kept.k])[:, 0]
        assert (kept.estimate, kept.interval) == (pytest.approx(values.mean()), mean_interval(values))
    for whole in found.rows:
        assert whole.interval == mean_interval(coverage(rows, [whole.k])[:, 0])


def test_without_public_cases_the_selector_picks_at_random(tmp_path: Path) -> None:
    made = manifest(["a"])
    made = replace(made, problems={"a": ProblemInfo("easy", "", 0, 3)})
    table = run_table(write_run(tmp_path / "r", {"a": "+---"}, made_with=made))
    assert selected_values(table.problems, 1, [1, 4])[0] == pytest.approx([0.25, 0.25])


def test_right_programs_that_fail_public_cases_are_never_submitted(tmp_path: Path) -> None:
    table = with_public(tmp_path / "r", {"a": "+-", "b": ""}, {"a": "-+"})
    assert table.problems[0].both_passed == 0
    assert selected_values(table.problems, 1, [2]).tolist() == [[0], [0]]


def cost(solved: int, tokens: int | None, usd: float | None) -> Cost:
    return Cost(10, 100, solved, 1, tokens, None if tokens is None else 0, usd)


def test_the_pareto_front() -> None:
    names = ["cheap", "worse", "dear", "same", "file"]
    costs = [cost(4, 100, 0.0), cost(3, 200, 0.0), cost(6, 300, 0.0), cost(4, 100, 0.0), cost(9, None, None)]
    [front] = frontiers(names, costs)
    assert (front.by, front.front) == ("tokens", ("cheap", "same", "dear"))
    assert front.dominated == {"worse": ("cheap", "same")}
    assert front.unknown == ("file",)
    assert [each.by for each in frontiers(["a"], [cost(1, 5, 0.1)])] == ["tokens", "usd"]


def grouped_runs(path: Path) -> list[RunTable]:
    infos = {
        "a": ProblemInfo("hard", "2024-05-03", 1, 3, platform="leetcode"),
        "b": ProblemInfo("easy", "2024-05-09T10:00:00", 1, 3, platform="leetcode"),
        "c": ProblemInfo("easy", "2024-06-01", 1, 3, platform="atcoder"),
        "d": ProblemInfo("", "", 1, 3, platform=""),
    }
    made = manifest(list(infos))
    made = replace(made, problems=infos)
    marks = [{"a": "--", "b": "++", "c": "+-", "d": "++"}, {"a": "++", "b": "++", "c": "--", "d": "--"}]
    strategies = ("repeated", "plansearch")
    return [
        run_table(write_run(path / name, these, run=spec(strategy=name), made_with=made))
        for name, these in zip(strategies, marks, strict=True)
    ]


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("difficulty", [("easy", 2, 0.75, 0.5), ("hard", 1, 0, 1), ("none", 1, 1, 0)]),
        ("platform", [("atcoder", 1, 0.5, 0), ("leetcode", 2, 0.5, 1), ("none", 1, 1, 0)]),
        ("month", [("2024-05", 2, 0.5, 1), ("2024-06", 1, 0.5, 0), ("none", 1, 1, 0)]),
    ],
)
def test_groups_by_hand(tmp_path: Path, by: GroupBy, groups: list[tuple[str, int, float, float]]) -> None:
    found = compare(grouped_runs(tmp_path), ks=[1], wanted=Wanted(group_by=by)).grouping
    assert found is not None
    shown = [(g.name, g.problems, g.values[0].estimate, g.values[1].estimate) for g in found.groups]
    assert shown == groups
    assert [g.differences[0].estimate for g in found.groups] == [plan - base for _, _, base, plan in groups]
    macro = [sum(values) / 3 for values in zip(*((base, plan) for _, _, base, plan in groups), strict=True)]
    assert [row.estimate for row in found.macro] == pytest.approx(macro)
    assert all(row.interval.low <= row.estimate <= row.interval.high for row in found.macro)


def test_problems_that_nothing_is_said_of_cannot_be_grouped(tmp_path: Path) -> None:
    runs = [run_table(write_run(tmp_path / name, {"a": "+"})) for name in ("one", "two")]
    with pytest.raises(ConfigurationError, match="its problems have no platform"):
        compare(runs, wanted=Wanted(group_by="platform"))


def test_extrapolation_is_refused_beyond_ten_times_the_attempts(tmp_path: Path) -> None:
    marks = {"a": "+---", "b": "++--", "c": "----", "d": "++++", "e": "-+-+"}
    table = run_table(write_run(tmp_path / "r", marks))
    [near] = extrapolated("r", table.problems, [40])
    assert near.low <= near.estimate <= near.high
    assert (near.attempts, near.note) == (4, "")
    assert near.power_law is not None and 0.8 <= near.power_law <= 1
    with pytest.raises(ConfigurationError, match="beyond 40") as caught:
        extrapolated("r", table.problems, [41])
    assert "--force" in caught.value.hint
    [far] = extrapolated("r", table.problems, [1000], force=True)
    assert far.estimate >= near.estimate
    assert far.note == "beyond 10 × the attempts"
    unsolved = run_table(write_run(tmp_path / "none", {"a": "--", "b": "--"}))
    with pytest.raises(ConfigurationError, match="no attempt passed"):
        extrapolated("none", unsolved.problems, [4])


def test_the_published_table() -> None:
    assert reference_names() == ("plansearch2024",)
    table = read_reference("plansearch2024")
    assert len(table.rows) == 13
    assert table.ks("repeated") == {1: 0, 200: 1}
    found = {(row.model, row.benchmark): row.values for row in table.rows}
    assert found["Claude-3.5-Sonnet", "LiveCodeBench"] == (40.3, 55.6, 70.2, 77.0)
    # The gains of PlanSearch over repeated sampling at 200, in the order of the rows.
    gains = [11.6, 12.4, 17.1, 21.4, 0.5, 3.2, 1.3, 7.9, 9.6, 7.2, 4.8, 10.7, 10.7]
    assert [round(row.values[3] - row.values[1], 1) for row in table.rows] == gains
    assert "mixes three models" in table.notes[0]
    with pytest.raises(ConfigurationError, match="no reference 'plansearch'") as caught:
        read_reference("plansearch")
    assert caught.value.hint == "did you mean plansearch2024?"


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    wanted = Wanted(
        axis="attempts",
        group_by="difficulty",
        submissions=(1, 2),
        farther=(20,),
        reference="plansearch2024",
        band="simultaneous",
    )
    return compare(grouped_runs(tmp_path_factory.mktemp("all")), wanted=wanted)


def test_every_format_has_every_number(everything: Comparison) -> None:
    plain = json.loads(json.dumps(everything.to_plain(), allow_nan=False))
    assert plain["budgets"]["runs"][1]["values"][0]["estimate"] == pytest.approx(0.5)
    assert plain["band"] == "simultaneous"
    lines = list(csv.DictReader(io.StringIO(as_csv(everything))))
    kinds = {line["quantity"] for line in lines}
    assert {"pass_at_k", "n_at_k", "filtered_pass_at_k", "difference", "solved_at_budget", "curve"} <= kinds
    assert {"difference_at_budget", "macro_pass_at_k", "extrapolated", "power_law", "reference"} <= kinds
    assert sum(line["quantity"] == "reference" for line in lines) == 13 * 4
    [hard] = [
        line
        for line in lines
        if (line["quantity"], line["group"], line["run"], line["k"]) == ("pass_at_k", "hard", "plansearch", "1")
    ]
    assert (hard["value"], hard["problems"]) == ("1", "1")
    markdown, latex = as_markdown(everything), as_latex(everything)
    for words in (
        "2@k in",
        "Pareto front",
        "equal cost",
        "by difficulty",
        "beyond the attempts",
        "PlanSearch, table 1",
    ):
        assert words in markdown
        assert words in latex
    assert markdown.count("| GPT-4o |") == 3
    assert "mixes three models" in markdown
    numbers = re.compile(r"\d+\.\d")
    assert set(numbers.findall(markdown)) <= set(numbers.findall(latex))


def test_latex_is_escaped_and_closed(tmp_path: Path) -> None:
    runs = [run_table(write_run(tmp_path / name, {"a_1": "+-", "b%": "--"})) for name in ("r_1&2", "50% {x}^~#$\\")]
    text = as_latex(compare(runs))
    assert r"r\_1\&2" in text
    assert r"50\% \{x\}\textasciicircum{}\textasciitilde{}\#\$\textbackslash{}" in text
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") == text.count(r"\toprule")
    body = [line for line in text.splitlines() if not line.startswith("%")]
    assert not re.search(r"(?<!\\)[%#]", "\n".join(body))
    tables = re.findall(r"\\begin\{tabular\}\{@\{\}(l r*|lr*)@\{\}\}(.*?)\\end\{tabular\}", text, re.S)
    assert len(tables) == text.count(r"\begin{table}")
    for columns, inside in tables:
        rows = [line for line in inside.splitlines() if line.endswith(r"\\")]
        assert {len(re.findall(r"(?<!\\)&", row)) + 1 for row in rows} == {len(columns)}
