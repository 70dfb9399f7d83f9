"""The command that is printed for another run repeats the settings of the first, and itself completes to them."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

from cotbench.cli.specify import ATTEMPTS, complete
from cotbench.cli.suggesting import command_for
from cotbench.config import Settings


def test_defaults_need_no_flags() -> None:
    assert command_for("repeated", complete(Settings())) == "cotbench run --strategy repeated"


def test_all_attempts_become_a_number_only_where_a_strategy_never_ends() -> None:
    spec = replace(complete(Settings()), attempts=None)
    assert command_for("plansearch", spec).endswith("--strategy plansearch --attempts all")
    assert "--attempts" not in command_for("repeated", spec)
    assert complete(Settings(strategy="repeated")).attempts == ATTEMPTS


def test_the_idea_model_and_the_results_are_named() -> None:
    spec = complete(Settings(idea_model="openai/gpt-4o", attempts=7))
    words = shlex.split(command_for("repeated", spec, Path("my results")))
    flags = dict(zip(words[2::2], words[3::2], strict=True))
    assert flags["--idea-model"] == "openai/gpt-4o"
    assert flags["--results"] == "my results"
    assert flags["--attempts"] == "7"
    assert "--results" not in command_for("repeated", spec, Path("results"))


def test_limits_that_were_given_are_given_again() -> None:
    spec = complete(Settings(model="a/x", concurrency=3, timeout=9.5, rpm=7, tpm=8, prompt_cache=False, max_calls=5))
    said = command_for("repeated", spec)
    for flag in ("--concurrency 3", "--timeout 9.5", "--rpm 7", "--tpm 8", "--no-prompt-cache", "--max-calls 5"):
        assert flag in said
    assert "--concurrency" not in command_for("repeated", complete(Settings(model="a/x")))


def test_what_no_flag_says_well_comes_from_the_spec() -> None:
    run = Path("results/one")
    few = complete(Settings(ids=["a", "b"]))
    assert "--ids a,b" in command_for("repeated", few, run=run)
    many = complete(Settings(ids=[f"problem-{number}" for number in range(9)], attempts="all"))
    assert command_for("repeated", many, run=run) == (
        "cotbench run --strategy repeated --config results/one/spec.yaml --attempts 3"
    )


def test_a_greedy_run_does_not_make_the_other_one_greedy() -> None:
    spec = complete(Settings(strategy="repeated", preset="greedy"))
    assert (spec.sampling.temperature, spec.attempts) == (0, 1)
    assert command_for("plansearch", spec) == "cotbench run --strategy plansearch"
