"""Strategies that change what is asked, on the simulated model: they come out at the truth, and nothing crosses a split."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cotbench.analysis import run_table
from cotbench.cli.export import app as export_app
from cotbench.cli.run import app
from cotbench.latent import Truth
from cotbench.store import RunDirectory

MODEL = "sim/latent?seed=3&polarity=0.6"
BENCHMARK = "latent?problems=28"
RUNS: dict[str, tuple[str, ...]] = {
    "role": ("diverse",),
    "verbalized": ("diverse", "--preset", "verbalized"),
    "rewrite": ("rewrite", "--set", "checks=1"),
    "plansteps": ("plansteps",),
    "survival": ("plansteps", "--set", "branches=2", "--set", "plans=2", "--attempts", "all"),
    "meta": ("meta", "--set", "templates=2"),
    "star": ("star", "--set", "pool=12", "--set", "hint=program"),
}
ATTEMPTS = 5


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of all RUNS, made in this process."""
    folder = tmp_path_factory.mktemp("prompted")
    for name, strategy in RUNS.items():
        assert start(folder, name, *strategy) == 0
    return folder


def start(folder: Path, name: str, *more: str) -> int:
    """Make or continue a run and return the exit code."""
    count = [] if "--attempts" in more else ["--attempts", str(ATTEMPTS)]
    done = CliRunner().invoke(app, ["--strategy", *more, *count, "--limit", "all", "--name", name, *common(folder)])
    return done.exit_code


def common(folder: Path) -> list[str]:
    return ["--model", MODEL, "--benchmark", BENCHMARK, "--results", str(folder), "--allow-unsafe", "--quiet"]


def rows_of(run: Path, kind: str) -> list[dict[str, Any]]:
    return [json.loads(line) for shard in run.glob(f"{kind}/*.jsonl") for line in shard.read_text().splitlines()]


def manifest_of(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "manifest.json").read_text())
    return found


def passed(run: Path, suite: str = "hidden") -> dict[tuple[str, int], bool]:
    """Return whether each attempt of the run's own problems passed, by problem and index."""
    own = manifest_of(run)["problems"]
    rows = [row for row in rows_of(run, "verdicts") if row["suite"] == suite and row["problem"] in own]
    return {(row["problem"], row["index"]): row["outcome"] == "passed" for row in rows}


def truth_about(problems: list[str]) -> Truth:
    """Return the truth about some problems of the benchmark only."""
    whole = Truth.of(MODEL, BENCHMARK, temperature=0.8)
    numbers = sorted(int(name.rsplit("/", 1)[1]) for name in problems)
    return Truth(tuple(whole.minds[number] for number in numbers))


CLOSED_FORMS: dict[str, Callable[[Truth, int], float]] = {
    "role": lambda truth, k: truth.repeated(k),
    "verbalized": lambda truth, k: truth.listed(k, attempts=ATTEMPTS),
    "rewrite": lambda truth, k: truth.repeated(k),
    "plansteps": lambda truth, k: truth.ideasearch(k),
    "meta": lambda truth, k: truth.repeated(k),
    "star": lambda truth, k: truth.repeated(k),
}


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_a_run_comes_out_at_the_truth_about_its_problems(results: Path, name: str) -> None:
    made: defaultdict[str, list[bool]] = defaultdict(list)
    for (problem, _), right in passed(results / name).items():
        made[problem].append(right)
    assert set(made) == set(manifest_of(results / name)["problems"]) and {len(each) for each in made.values()} == {
        ATTEMPTS
    }
    truth = truth_about(list(made))
    for k in (1, 2, 5):
        values = [1 - math.comb(ATTEMPTS - sum(each), k) / math.comb(ATTEMPTS, k) for each in made.values()]
        expected = CLOSED_FORMS[name](truth, k)
        # The variance of a mean over all choices of k of n is at most k / n of that of one choice (Hoeffding 1948), and
        # problems differ, so that theirs is at most that of one whose chance is the mean.
        spread = math.sqrt(k / ATTEMPTS * expected * (1 - expected) / len(values))
        assert abs(sum(values) / len(values) - expected) < 2.5 * spread, k


def test_a_plan_decides_at_the_step_that_holds_its_idea(results: Path) -> None:
    """The simulated model names its idea in the second of three steps: before it a program is plain, then it is planned."""
    right = passed(results / "survival")
    after: defaultdict[int, list[bool]] = defaultdict(list)
    for row in rows_of(results / "survival", "attempts"):
        steps = [step for step in row["lineage"] if step["kind"] == "step"]
        assert [step["label"].split(".")[1] for step in steps] == [str(place) for place in range(1, len(steps) + 1)]
        after[len(steps)].append(right[row["problem"], row["index"]])
    assert {length: len(found) for length, found in after.items()} == dict.fromkeys(range(4), 28 * 2 * 2)
    truth = truth_about(list(manifest_of(results / "survival")["problems"]))
    for length, found in after.items():
        expected = truth.repeated(1) if length < 2 else truth.ideasearch(1)
        # Programs of one plan hang together: two of each count as one, at the most.
        assert abs(sum(found) / len(found) - expected) < 2.5 * math.sqrt(0.25 / (28 * 2)), length


def test_stated_probabilities_are_those_of_the_model(results: Path) -> None:
    for row in rows_of(results / "verbalized", "attempts")[:20]:
        _, probability, _ = row["lineage"]
        assert probability["kind"] == "probability" and 0 <= float(probability["text"]) <= 1


def test_a_rewriting_is_kept_as_often_as_a_program_passes_the_public_cases(results: Path) -> None:
    run = results / "rewrite"
    told = [
        any(step["kind"] == "statement" for step in row["lineage"])
        for row in rows_of(run, "attempts")
        if row["index"] < 4
    ]
    expected = truth_about(list(manifest_of(run)["problems"])).public_pass_rate()
    assert abs(sum(told) / len(told) - expected) < 2.5 * math.sqrt(0.25 / len(told))


@pytest.mark.parametrize(("name", "count"), [("meta", 2), ("star", 12)])
def test_what_is_set_apart_is_never_in_the_run_however_it_is_extended(results: Path, name: str, count: int) -> None:
    manifest = manifest_of(results / name)
    apart, own = set(manifest["groundwork"]["problems"]), set(manifest["problems"])
    assert len(apart) == count and len(own) == 28 - count and not apart & own
    calls = [row for row in rows_of(results / name, "calls") if row["problem"] in apart]
    assert calls and all(row["path"].startswith("ground/") and row["unit"] == 0 for row in calls)
    assert not [row for row in rows_of(results / name, "calls") if row["problem"] in own and "ground" in row["path"]]
    # A later session wants another number of attempts: nothing is asked again before the units, and the split is the same.
    before = (results / name / "groundwork.json").read_bytes()
    assert start(results, name, *RUNS[name], "--attempts", "6") == 0
    again = manifest_of(results / name)
    assert (results / name / "groundwork.json").read_bytes() == before and again["groundwork"] == manifest["groundwork"]
    assert len([row for row in rows_of(results / name, "calls") if row["problem"] in apart]) == len(calls)
    assert len(rows_of(results / name, "attempts")) - sum(
        row["problem"] in apart for row in rows_of(results / name, "attempts")
    ) == 6 * len(own)


def test_star_learns_as_much_as_the_public_cases_let_through(results: Path) -> None:
    run = results / "star"
    found = json.loads((run / "groundwork.json").read_text())["found"]
    apart = found["set_apart"]
    truth = truth_about(apart)
    once = truth.public_pass_rate()
    for row in found["rounds"]:
        assert abs(row["right"] / len(apart) - once) < 2.5 * math.sqrt(0.25 / len(apart))
        assert set(row["right_with_hint"]) <= {"case", "expected", "sketch", "program"}
    shown = [row for row in rows_of(run, "calls") if row["problem"] not in apart and len(row["messages"]) == 5]
    assert len(shown) == len([row for row in rows_of(run, "calls") if row["problem"] not in apart])


def test_what_star_learned_is_exported_without_hints_and_without_the_problems_of_the_run(results: Path) -> None:
    run = results / "star"
    own, apart = manifest_of(run)["problems"], manifest_of(run)["groundwork"]["problems"]
    texts = {row["digest"]: row["text"] for row in rows_of(run, "texts")}
    hints = ("fails on", "It can be solved like this", "This program solves it")
    assert all(any(hint in text for text in texts.values()) for hint in hints), "all hints were given"
    outcomes = {(row["problem"], row["index"], row["suite"]): row["outcome"] for row in rows_of(run, "verdicts")}
    for form, suite in (("sft", "hidden"), ("sft", "public"), ("dpo", "hidden")):
        done = CliRunner().invoke(
            export_app, [str(run), "--format", form, "--passed", suite, "--out", str(run / "rows")]
        )
        assert done.exit_code == 0, done.output
        rows = [json.loads(line) for line in (run / "rows").read_text().splitlines()]
        assert (
            rows and {row["problem"] for row in rows} <= set(apart) and not {row["problem"] for row in rows} & set(own)
        )
        for row in rows:
            said = "".join(message["content"] for message in row["prompt"])
            assert not [hint for hint in hints if hint in said] and row["problem"] in said
            assert len(row["prompt"]) == 1, "no worked examples: what is trained on is the bare question"
            assert outcomes[row["problem"], row["index"], suite] == "passed"


def test_a_groundwork_that_a_cap_stops_goes_on_from_what_it_paid_for(results: Path) -> None:
    assert start(results, "capped", *RUNS["star"], "--max-calls", "20") == 3
    run = results / "capped"
    before = rows_of(run, "calls")
    assert len(before) == 20 and not (run / "groundwork.json").exists() and not rows_of(run, "units")
    table = run_table(RunDirectory(run))
    assert (table.foreign, table.spent.calls) == (0, 20)
    assert start(results, "capped", *RUNS["star"], "--max-calls", "2000") == 0
    assert (run / "groundwork.json").read_bytes() == (results / "star" / "groundwork.json").read_bytes()
    keys = [row["key"] for row in rows_of(run, "calls")]
    assert len(keys) == len(set(keys)) and {row["key"] for row in before} <= set(keys)


def test_a_problem_that_is_set_apart_cannot_be_asked_for(results: Path) -> None:
    apart = sorted(manifest_of(results / "star")["groundwork"]["problems"])
    done = CliRunner().invoke(app, ["--strategy", *RUNS["star"], *common(results), "--ids", apart[0]])
    assert done.exit_code == 1 and f"{apart[0]} is one of the problems that star sets apart" in str(done.exception)


def test_findings_that_were_changed_are_refused(results: Path) -> None:
    path = results / "meta" / "groundwork.json"
    kept = path.read_text()
    path.write_text(kept.replace("The way is", "The only way is"))
    try:
        arguments = [
            "--strategy",
            *RUNS["meta"],
            *common(results),
            "--name",
            "meta",
            "--limit",
            "all",
            "--attempts",
            "9",
        ]
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 3 and "was changed after the run began from it" in done.output
    finally:
        path.write_text(kept)
