"""Study files: what they say, and a refusal that names key and line before anything is spent."""

from __future__ import annotations

from pathlib import Path

import pytest

from cotbench.cli.members import plan_runs
from cotbench.cli.study_clock import StudyClock
from cotbench.config import ConfigFile, Settings, load_file
from cotbench.core.errors import ConfigurationError

RESULTS = Path("nowhere")


def planned(path: Path, text: str, flags: Settings | None = None) -> list[tuple[str, str, str, int | None]]:
    (path / "s.yaml").write_text(text)
    plan = plan_runs(flags or Settings(), load_file(path / "s.yaml"), RESULTS)
    return [(member.label, member.spec.model, member.spec.benchmark, member.spec.attempts) for member in plan.members]


TWO = "study:\n  strategies: [repeated, {strategy: plansearch, preset: paper, attempts: 9}]\n"


def test_strategies_models_and_benchmarks_multiply(tmp_path: Path) -> None:
    text = f"{TWO}  models: [a/x, {{model: b/y, top_p: 0.5}}]\n  benchmarks: [humaneval, {{benchmark: mbpp+, attempts: 4}}]\n"
    assert planned(tmp_path, text + "attempts: 5\n") == [
        (label, model, benchmark, attempts)
        for benchmark, usual in (("humaneval", 5), ("mbpp+", 4))
        for model in ("a/x", "b/y")
        for label, attempts in (("repeated", usual), ("plansearch paper", 9))
    ]
    flags = Settings(model="c/z", benchmark="starter", attempts=2, strategy="plansearch")
    assert planned(tmp_path, text, flags) == [("plansearch paper", "c/z", "starter", 2)]


def test_a_budget_of_tokens_gives_attempts_enough_to_use_it(tmp_path: Path) -> None:
    text = f"{TWO}  tokens_per_problem: 5000\nmodel: a/x\n"
    assert [row[3] for row in planned(tmp_path, text)] == [100, 9]
    plan = plan_runs(Settings(max_tokens_per_problem=2000), load_file(tmp_path / "s.yaml"), RESULTS)
    assert (plan.tokens, plan.study) == (2000, "s")
    assert [member.spec.problem_caps.tokens for member in plan.members] == [2000, 2000]


def test_several_strategies_of_the_command_line_share_what_else_is_said() -> None:
    flags = Settings(strategy="repeated, plansearch", model="a/x", options={"shots": "2"})
    plan = plan_runs(flags, ConfigFile(Settings(seed=7)), RESULTS)
    assert [(m.label, m.spec.seed, m.spec.options["shots"]) for m in plan.members] == [
        ("repeated", 7, 2),
        ("plansearch", 7, 2),
    ]
    assert not plan.single and plan.study == ""
    with pytest.raises(ConfigurationError, match="repeated: strategy repeated has no option depth"):
        plan_runs(Settings(strategy="plansearch,repeated", options={"depth": "2"}), ConfigFile(), RESULTS)
    with pytest.raises(ConfigurationError, match="is there twice"):
        plan_runs(Settings(strategy="repeated,repeated"), ConfigFile(), RESULTS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("study: [a]\n", "line 1: study must be a mapping"),
        ("study:\n  models: [m]\n", "line 1: study has no strategies"),
        ("study:\n  strategies: []\n", "line 1: study has no strategies"),
        (
            "study:\n  strategie: [repeated]\n",
            "line 2: unknown key 'strategie' in study.*did you mean strategies",
        ),
        (
            "study:\n  strategies:\n    - repeated\n    - {strategy: plansearch,\n       presets: paper}\n",
            "line 5: unknown key 'presets' in an entry of study.strategies.*did you mean preset",
        ),
        (
            "study:\n  strategies: [{strategy: repeated, limit: 3}]\n",
            "line 2: limit cannot stand in an entry of study.strategies.*top of the file or in study.benchmarks",
        ),
        ("study:\n  strategies: [{preset: paper}]\n", "entry 1 of study.strategies names no strategy"),
        ("study:\n  strategies: [repeated, repeated]\n", "line 2: 'repeated' is twice in study.strategies"),
        ("study:\n  strategies: [{strategy: repeated, temperature: hot}]\n", "line 2: temperature = 'hot': a number"),
        ("study:\n  strategies: [repeated]\nstrategy: plansearch\n", "line 3: strategy and study.strategies are both"),
        ("study:\n  strategies: [repeated]\n  models: [a]\nmodel: b\n", "line 4: model and study.models are both"),
        ("study:\n  strategies: [repeated]\npreset: paper\n", "line 3: in a study preset belongs to one strategy"),
        (
            "study:\n  strategies: [repeated]\n  tokens_per_problem: many\n",
            "line 3: tokens_per_problem must be a whole",
        ),
        (
            "max_tokens_per_problem: 9\nstudy:\n  strategies: [repeated]\n  tokens_per_problem: 9\n",
            "line 4: tokens_per_problem and max_tokens_per_problem are both given",
        ),
        ("study:\n  strategies: [{strategy: repeated, max_usd: 3}]\n", "max_usd cannot stand.*top of the file"),
        ("study:\n  name: a/b\n  strategies: [repeated]\n", "line 2: 'a/b' is not a name"),
        ("study:\n  strategies: [repeated, {name: 'a,b', strategy: repeated}]\n", "'a,b' is not a name for an entry"),
        ("study:\n  strategies: [repeated]\nstuddy: 3\n", "unknown setting 'studdy'.*did you mean study"),
        ("study:\n  strategies: [repeated, {name: two, strategy: repeated}]\n", "is the same run as repeated"),
        (
            "study:\n  strategies: [repeated, {strategy: plansearch, options: {dept: 1}}]\n",
            "plansearch: .*no option dept",
        ),
        ("study:\n  strategies: [repeated]\nattempts: all\n", "repeated: .*has no natural end"),
    ],
)
def test_a_fault_is_named_with_its_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        planned(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("options: 3\n", r"options = 3: a mapping \(name: value\) was expected"),
        ("units: 1.5\n", "units = 1.5: a whole number was expected"),
        ("units: 0\n", "units = 0: must be greater than or equal to 1"),
        ("options: {words: [1]}\n", "options: words: true, false, a number or a text was expected"),
        ("prices: {m: 3}\n", "prices m: a mapping"),
        ("ids: []\n", "at least one name was expected"),
    ],
)
def test_values_are_refused_in_plain_words(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        load_file(tmp_path / "c.yaml")


def test_the_time_left_counts_runs_by_what_they_owe() -> None:
    """Half of the second of runs that owe 10, 20 and 30 calls: 20 of 60 are done, the other 40 take twice as long."""
    clock = StudyClock([10, 20, 30])
    assert clock.seconds_left(0.0, 5.0) is None
    clock.begin(1)
    assert clock.seconds_left(0.5, 60.0) == pytest.approx(120.0)
    assert clock.where == "run 2 of 3"
