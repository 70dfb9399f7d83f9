"""The command that is printed for another run repeats the settings of the first, and itself completes to them."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

from cotbench.cli.specify import ATTEMPTS, command_for, complete
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
